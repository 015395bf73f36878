import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readConfig } from '../../config.ts';
import { parseKeyFile } from '../../security/key-file-format.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** How docker-compose 2 writes a mount; version 1 writes it in one text. */
interface Mount {
  readonly source: string;
  readonly target: string;
  readonly read_only?: boolean;
}

interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart?: string;
  readonly ports?: readonly unknown[];
  readonly volumes?: readonly (string | Mount)[];
  readonly secrets?: readonly { readonly source: string }[];
  readonly [limit: string]: unknown;
}

interface Composition {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
}

function mountOf(volume: string | Mount): string {
  if (typeof volume === 'string') return volume;
  return `${volume.source}:${volume.target}:${volume.read_only === true ? 'ro' : 'rw'}`;
}

let folder: string;
let secrets: string;
let composition: Composition;
let services: readonly (readonly [string, Service])[];

/** What docker-compose makes of the file in an environment without settings of this machine. */
async function composed(environment: Readonly<Record<string, string>>): Promise<string> {
  const { PATH = '' } = process.env;
  const { stdout } = await run('docker-compose', ['--profile', 'sipp', '--env-file', join(folder, 'env'), 'config'], {
    cwd: ROOT,
    env: { PATH, ...environment },
  });
  return stdout;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-'));
  secrets = join(folder, 'secrets');
  await mkdir(secrets);
  await writeFile(join(folder, 'env'), '');
  await run(join(ROOT, 'deploy/make-secrets'), [secrets]);
  composition = parse(await composed({ SIP_ADDRESS: '192.0.2.10', TOUCHTONE_SECRETS: secrets }), { merge: true });
  services = Object.entries(composition.services);
});

afterAll(() => rm(folder, { recursive: true }));

describe('the secrets', () => {
  it('are random files that only their owner reads, and stay as they are when they are made again', async () => {
    const names = (await readdir(secrets)).sort();
    expect(names).toEqual(['database_password', 'drachtio_secret', 'freeswitch_password', 'pin_key']);
    const texts = new Set<string>();
    for (const name of names) {
      expect((await stat(join(secrets, name))).mode & 0o777, name).toBe(0o600);
      const text = await readFile(join(secrets, name), 'utf8');
      texts.add(text);
      if (name === 'pin_key') expect(parseKeyFile(text)?.keys).toHaveLength(1);
      else expect(text).toMatch(/^[A-Za-z0-9_-]{44}$/);
    }
    expect(texts.size).toBe(names.length);
    await run(join(ROOT, 'deploy/make-secrets'), [secrets]);
    for (const name of names) expect(texts).toContain(await readFile(join(secrets, name), 'utf8'));
  });

  it('are asked for by their files, and without them nothing starts', async () => {
    for (const [name, { file }] of Object.entries(composition.secrets)) expect(file).toBe(join(secrets, name));
    await expect(composed({ SIP_ADDRESS: '192.0.2.10' })).rejects.toThrow(/make-secrets/);
    await expect(composed({ TOUCHTONE_SECRETS: secrets })).rejects.toThrow(/say in .env/);
  });

  it('stand nowhere else: no setting is a password', async () => {
    for (const [name, { environment = {}, command = [], entrypoint = [] }] of services) {
      for (const [setting, value] of Object.entries(environment)) {
        if (/SECRET|PASSWORD|TOKEN|KEY/.test(setting)) expect(value, `${name} ${setting}`).toMatch(/^\/run\/secrets\//);
        if (URL.canParse(value)) expect(new URL(value).password, `${name} ${setting}`).toBe('');
      }
      expect([...command, ...entrypoint].join(' '), name).not.toMatch(/secret=|password=/i);
    }
    for (const file of ['docker-compose.yml', 'Dockerfile', ...(await deployedFiles())]) {
      expect(await readFile(join(ROOT, file), 'utf8'), file).not.toMatch(/ClueCon|cymru|secret="[^"]|:[^/@\s$:]+@\d/);
    }
  });
});

/** All files of deploy/ that programs read. */
async function deployedFiles(): Promise<readonly string[]> {
  const entries = await readdir(join(ROOT, 'deploy'), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.md') && !entry.parentPath.includes('secrets'))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length));
}

describe('every service', () => {
  it('is pinned, watched, started again, limited, and may do no more than it has to', () => {
    expect(services.map(([name]) => name).sort()).toEqual(
      ['drachtio', 'freeswitch', 'https', 'mail', 'postgres', 'sipp', 'touchtone'].sort(),
    );
    for (const [name, service] of services) {
      const { image, build, healthcheck, restart } = service;
      if (build === undefined) expect(image, name).toMatch(/:v?\d+\.\d+(\.\d+)?(-alpine)?(@sha256:[0-9a-f]{64})?$/);
      expect(healthcheck?.test[0], name).toMatch(/^CMD/);
      expect(restart, name).toBe(name === 'sipp' ? 'no' : 'unless-stopped');
      for (const limit of ['mem_limit', 'cpus', 'pids_limit']) expect(service[limit], `${name} ${limit}`).toBeDefined();
      expect(service, name).toMatchObject({ read_only: true, cap_drop: ['ALL'] });
      expect(service.security_opt, name).toEqual(['no-new-privileges:true']);
      expect(service.logging, name).toMatchObject({ options: { 'max-size': '20m' } });
    }
  });

  it('publishes nothing: on the network of the machine all but SIP, RTP and HTTPS listens on loopback', async () => {
    for (const [name, service] of services) {
      expect(service.ports, name).toBeUndefined();
      expect(service.network_mode, name).toBe('host');
    }
    const { touchtone, mail, postgres } = composition.services;
    expect(touchtone?.environment).toMatchObject({ HTTP_LISTEN: '127.0.0.1:8080' });
    expect(touchtone?.environment).not.toHaveProperty('EVENT_SOCKET_LISTEN');
    expect(mail?.environment).toMatchObject({ MP_SMTP_BIND_ADDR: '127.0.0.1:1025', MP_UI_BIND_ADDR: '127.0.0.1:8025' });
    expect(postgres?.command).toContain('listen_addresses=127.0.0.1');
    const freeswitch = await readFile(join(ROOT, 'deploy/freeswitch/freeswitch.xml'), 'utf8');
    for (const setting of ['listen-ip', 'sip-ip']) expect(freeswitch).toContain(`name="${setting}" value="127.0.0.1"`);
    expect(await readFile(join(ROOT, 'deploy/drachtio/drachtio.conf.xml'), 'utf8')).toMatch(
      /<admin [^>]*>127\.0\.0\.1</,
    );
    expect(await readFile(join(ROOT, 'deploy/caddy/Caddyfile'), 'utf8')).toMatch(/:8081 \{\s+bind 127\.0\.0\.1/);
  });

  it('reads what this repository has: the same files that the engines are tested with', async () => {
    const mounts = (name: string): readonly string[] => (composition.services[name]?.volumes ?? []).map(mountOf);
    expect(mounts('drachtio')).toContain(`${join(ROOT, 'deploy/drachtio')}:/etc/touchtone:ro`);
    expect(mounts('freeswitch')).toContain(`${join(ROOT, 'deploy/freeswitch')}:/etc/touchtone:ro`);
    expect(mounts('https')).toContain(`${join(ROOT, 'deploy/caddy/Caddyfile')}:/etc/caddy/Caddyfile:ro`);
    // Prompts lie where the service says that they do, and recordings in one place for both.
    expect(mounts('freeswitch')).toContain(`${join(ROOT, 'prompts')}:/opt/touchtone/prompts:ro`);
    expect(composition.services.touchtone?.environment).toMatchObject({ MEDIA_PROMPTS_DIR: '/opt/touchtone/prompts' });
    for (const name of ['freeswitch', 'touchtone'])
      expect(mounts(name)).toContain('recordings:/var/spool/touchtone:rw');
  });
});

describe('the service', () => {
  it('accepts the settings that it is given, with the secrets from their files', async () => {
    const given = composition.services.touchtone?.environment ?? {};
    const here = Object.entries(given).map(([name, value]) => [name, value.replace('/run/secrets', secrets)]);
    const config = readConfig(Object.fromEntries(here));
    expect(config.drachtio?.secret).toBe(await readFile(join(secrets, 'drachtio_secret'), 'utf8'));
    expect(config.freeswitches?.[0]?.secret).toBe(await readFile(join(secrets, 'freeswitch_password'), 'utf8'));
    expect(config.smtp).toMatchObject({ host: '127.0.0.1', port: 1025 });
    expect(config.trustedPeers.includes('127.0.0.1')).toBe(false);
    expect(config.database).toMatchObject({
      server: { host: '127.0.0.1', port: 5432, user: 'touchtone', database: 'touchtone' },
      passwordFile: join(secrets, 'database_password'),
    });
  });
});

describe('the logs of the engines', () => {
  it('stay below the level at which keys are in them', async () => {
    const freeswitch = await readFile(join(ROOT, 'deploy/freeswitch/freeswitch.xml'), 'utf8');
    expect([...freeswitch.matchAll(/<map name="\w+" value="([^"]*)"/g)].map(([, levels]) => levels)).toEqual([
      'warning,err,crit,alert',
    ]);
    expect(freeswitch).toContain('<param name="loglevel" value="warning"/>');
    expect(freeswitch).toContain('<param name="sip-trace" value="no"/>');
    const drachtio = await readFile(join(ROOT, 'deploy/drachtio/drachtio.conf.xml'), 'utf8');
    expect(drachtio).toContain('<loglevel>warning</loglevel>');
    expect(drachtio).toMatch(/<sofia-loglevel>[0-3]<\/sofia-loglevel>/);
    expect(JSON.stringify(composition.services)).not.toMatch(/loglevel/i);
  });

  it.each(['freeswitch/start.sh', 'drachtio/start.sh'])('%s starts nothing without a secret', async (script) => {
    const file = { FREESWITCH_PASSWORD_FILE: '/dev/null', DRACHTIO_SECRET_FILE: '/dev/null' };
    const { PATH = '' } = process.env;
    const started = run('sh', [join(ROOT, 'deploy', script)], {
      env: { PATH, FREESWITCH: 'true', DRACHTIO: 'true', ...file },
    });
    await expect(started).rejects.toMatchObject({ code: 78, stderr: expect.stringContaining('deploy/make-secrets') });
  });
});

describe('the image', () => {
  it('is built in stages whose tools stay out, runs as a user without rights, and hands signals on', async () => {
    const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
    const stages = dockerfile.match(/^FROM .*$/gm) ?? [];
    expect(stages).toHaveLength(3);
    for (const stage of stages) expect(stage).toMatch(/^FROM node:24\.[\d.]+-bookworm-slim@sha256:[0-9a-f]{64}/);
    expect(dockerfile).toContain('npm ci --omit=dev --omit=optional');
    const [, , image = ''] = dockerfile.split(/^FROM (?=node:24)/m).slice(1);
    expect(image).not.toMatch(/^RUN npm/m);
    expect(dockerfile.slice(0, dockerfile.indexOf(image))).toMatch(/ AS pages\n(.+\n)*RUN npm run build:web\n/);
    expect(image).toContain('COPY --from=pages /opt/touchtone/src/admin/web/dist ./src/admin/web/dist');
    expect(dockerfile.lastIndexOf('USER node')).toBeGreaterThan(dockerfile.lastIndexOf('COPY'));
    expect(dockerfile).toMatch(/^HEALTHCHECK/m);
    expect(dockerfile).toContain('ENTRYPOINT ["tini", "--"]');
    expect(dockerfile).toContain('CMD ["node", "src/main.ts"]');
  });
});
