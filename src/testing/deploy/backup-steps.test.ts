import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../config.ts';
import { type Core, openCore } from '../../core.ts';
import { SILENT_METER } from '../../domain/meter.ts';
import { createLogger } from '../../logger.ts';
import { NO_ALERTS } from '../../services/ports/operator-alerts.ts';
import { systemClock } from '../../system-clock.ts';
import { BY_STOCK, MailboxStock, type StockedMailbox } from '../mailbox-stock.ts';
import { type Cluster, startCluster, UNSAFE } from '../postgres/cluster.ts';
import { connectTo } from '../postgres/shared-cluster.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Who may connect: the tests as they like, the service as in docker-compose.yml. */
const ACCESS = ['host all test 127.0.0.1/32 trust', 'host all touchtone 127.0.0.1/32 scram-sha-256', ''].join('\n');

/** In the place of `docker`: does natively what the guide has done in a container, where the secrets have another place. */
const DOCKER = `#!/usr/bin/env bash
set -eu
case "$2" in
  exec) shift 4; exec "\${@//\\/run\\/secrets/$SECRETS}" ;;
  run) shift 6; cd "$ROOT"; exec "$NODE" "$@" ;;
  stop | up) echo "$2" >> "$SECRETS/../composed" ;;
  *) exit 64 ;;
esac
`;

/** What the guide has one type, block by block. */
async function steps(): Promise<readonly string[]> {
  const guide = await readFile(join(ROOT, 'deploy/README.md'), 'utf8');
  const section = guide.split('\n## Backup\n')[1]?.split('\n## ')[0] ?? '';
  return section.split('\n\n').filter((block) => block.trimStart() !== block && block.includes('docker'));
}

describe('the steps of deploy/README.md for a backup', () => {
  const opened = new AsyncDisposableStack();
  let cluster: Cluster;
  let folder: string;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'touchtone-steps-'));
    opened.defer(() => rm(folder, { recursive: true }));
    // PostgreSQL reads its list of who may connect as another user.
    await chmod(folder, 0o755);
    const [access, secrets] = [join(folder, 'access'), join(folder, 'secrets')];
    await writeFile(access, ACCESS);
    await run(join(ROOT, 'deploy/make-secrets'), [secrets]);
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/docker'), DOCKER, { mode: 0o755 });
    cluster = opened.use(await startCluster([...UNSAFE, `hba_file=${access}`]));
    const password = (await readFile(join(secrets, 'database_password'), 'utf8')).trim();
    await ask(`create role touchtone superuser login password '${password}'`);
    await ask('create database touchtone owner touchtone');
    environment = {
      PATH: [join(folder, 'bin'), cluster.programs, process.env.PATH].join(':'),
      ...{ PGHOST: '127.0.0.1', PGPORT: String(cluster.port), ROOT, NODE: process.execPath, SECRETS: secrets },
      DATABASE_URL: `postgres://touchtone@127.0.0.1:${cluster.port}/touchtone`,
      DATABASE_PASSWORD_FILE: join(secrets, 'database_password'),
      SECRET_KEY_FILE: join(secrets, 'pin_key'),
      SMTP_URL: 'smtp://127.0.0.1',
      DATA_DIR: folder,
    };
  });

  afterAll(() => opened.disposeAsync());

  async function ask(statement: string, database = 'postgres'): Promise<void> {
    const client = await connectTo(cluster.url(database));
    await client.query(statement).finally(() => client.end());
  }

  /** The service's use cases, as a start of it finds the database. */
  async function withCore<T>(use: (core: Core) => Promise<T>): Promise<T> {
    await using closed = new AsyncDisposableStack();
    const config = readConfig(environment);
    const log = createLogger('silent');
    return await use(
      await openCore({ config, log, clock: systemClock, meter: SILENT_METER, alerts: NO_ALERTS }, closed),
    );
  }

  async function carryOut(block: string): Promise<string> {
    const kept = join(folder, 'kept-key');
    const placed = block.replaceAll('SOMEWHERE-ELSE', kept).replaceAll('deploy/secrets', join(folder, 'secrets'));
    // Only root gives files to others.
    const commands = process.getuid?.() === 0 ? placed : placed.replace(' -o 1000 -g 1000', '');
    return (await run('sh', ['-ec', commands], { cwd: folder, env: environment })).stdout;
  }

  it('save what a restore brings back, whatever became of database and key file', async () => {
    const [save, restore] = await steps();
    if (save === undefined || restore === undefined) throw new Error('The guide has no steps');
    let mailbox: StockedMailbox | undefined;
    await withCore(async (core) => {
      await core.directory.ensureDemoDirectory();
      mailbox = await new MailboxStock(core).add({ failures: 2 });
      await carryOut(save);
      await core.pinAdministration.lock(mailbox.id, BY_STOCK);
    });
    if (mailbox === undefined) throw new Error('There is a mailbox');
    const { dialPlanId, extension, pin } = mailbox;
    // As after an upgrade that is taken back.
    await ask('create table hologram (id int primary key)', 'touchtone');
    await ask("insert into kysely_migration values ('9999-holograms', '2036-01-01T00:00:00.000Z')", 'touchtone');
    await copyFile('/dev/null', join(folder, 'secrets/pin_key'));

    expect(await carryOut(restore)).toContain('intact');
    expect(await readFile(join(folder, 'composed'), 'utf8')).toBe('stop\nup\n');
    await expect(ask('select * from hologram', 'touchtone')).rejects.toThrow('does not exist');
    const source = { callId: 'steps', peer: '198.51.100.7', peerIsTrusted: false };
    const verdict = await withCore(({ signIn }) => signIn.attempt(dialPlanId, extension, pin, source));
    expect(verdict).toMatchObject({ kind: 'signed-in', session: { failures: { count: 2 } } });
  });
});
