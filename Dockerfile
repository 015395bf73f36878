# syntax=docker/dockerfile:1
FROM node:24.21.0-bookworm-slim AS modules
WORKDIR /opt/touchtone
COPY package.json package-lock.json ./
# The image has its own Node, so the runtimes that npm carries for bare machines stay out.
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund

# What builds the pages stays out of the image, too.
FROM node:24.21.0-bookworm-slim AS pages
WORKDIR /opt/touchtone
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json ./
COPY src ./src
RUN npm run build:web

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production DATA_DIR=/var/lib/touchtone
WORKDIR /opt/touchtone
RUN mkdir -p /var/lib/touchtone && chown node:node /var/lib/touchtone
COPY --from=modules /opt/touchtone/node_modules ./node_modules
COPY package.json LICENSE touchtone ./
COPY prompts ./prompts
COPY src ./src
COPY --from=pages /opt/touchtone/src/admin/web/dist ./src/admin/web/dist
USER node
VOLUME /var/lib/touchtone
EXPOSE 5060/udp 20000-29999/udp
STOPSIGNAL SIGTERM
CMD ["node", "src/main.ts"]
