# syntax=docker/dockerfile:1
# Digests are those of multi-platform indices (amd64 and arm64); deploy/README.md says where each was read.
FROM node:24.21.0-bookworm-slim@sha256:d6aa754f16b3197301076f047b5def2f02ea1dbbc2ca920407d46d7ec7f87b20 AS modules
WORKDIR /opt/touchtone
COPY package.json package-lock.json ./
# The image has its own Node, so the runtimes that npm carries for bare machines stay out.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

# What builds the pages stays out of the image, too.
FROM node:24.21.0-bookworm-slim@sha256:d6aa754f16b3197301076f047b5def2f02ea1dbbc2ca920407d46d7ec7f87b20 AS pages
WORKDIR /opt/touchtone
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN npm run build:web

FROM node:24.21.0-bookworm-slim@sha256:d6aa754f16b3197301076f047b5def2f02ea1dbbc2ca920407d46d7ec7f87b20
# tini hands signals on and collects orphans. Nothing else is installed, and what runs here needs neither npm nor a shell.
RUN apt-get update && apt-get install -y --no-install-recommends tini && rm -rf /var/lib/apt/lists/* \
  && rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn-*
ENV NODE_ENV=production DATA_DIR=/var/lib/touchtone NODE_COMPILE_CACHE=/tmp/compiled
WORKDIR /opt/touchtone
# Named volumes take over whom their folder belongs to. What the image itself has belongs to root, so the service cannot change it.
RUN install -d -o node -g node -m 0750 /var/lib/touchtone /var/spool/touchtone
COPY --from=modules /opt/touchtone/node_modules ./node_modules
COPY package.json LICENSE touchtone ./
COPY prompts ./prompts
COPY src ./src
COPY --from=pages /opt/touchtone/src/admin/web/dist ./src/admin/web/dist
USER node
VOLUME ["/var/lib/touchtone"]
EXPOSE 5060/udp 5060/tcp 20000-29999/udp
STOPSIGNAL SIGTERM
# That it lives, and no more: a service that waits for its database or a media server is not mended by a restart.
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["tini", "--"]
CMD ["node", "src/main.ts"]
