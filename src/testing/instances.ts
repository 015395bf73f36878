import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../config.ts';
import { type Core, openCore } from '../core.ts';
import { SILENT_METER } from '../domain/meter.ts';
import { createLogger } from '../logger.ts';
import { formatKeyFile, newKey } from '../security/key-file-format.ts';
import { NO_ALERTS } from '../services/ports/operator-alerts.ts';
import { systemClock } from '../system-clock.ts';
import { type SmtpSink, startSmtpSink } from './mail/smtp-sink.ts';
import { MailboxStock } from './mailbox-stock.ts';
import { createEmpty } from './postgres/empty-database.ts';
import { ServiceProcess } from './service-process.ts';

/** Loaded before the program: lets its machine's clock be wrong. */
const WRONG_CLOCK = `
  const { now } = Date;
  const wrong = Number(process.env.CLOCK_IS_AHEAD);
  Date.now = () => now() + wrong;`;

/** How long an instance may take to start beside others on a busy machine, in milliseconds. */
const START = 60_000;

/** Instances of the service on one database and one embedded pair, each a process of its own. */
export interface Instances extends AsyncDisposable {
  /** `host:port` of the SIP that all of them are called by. */
  readonly target: string;
  readonly smtp: SmtpSink;
  /** The same database, keys and use cases in this process, which takes no calls and delivers no mails. */
  readonly core: Core;
  readonly stock: MailboxStock;
  /** Starts one more. @param ahead how far its machine's clock is ahead, in milliseconds. */
  start(ahead: number): Promise<ServiceProcess>;
}

/** Starts the database, the pair and a mail server, and no instance yet. */
export async function prepareInstances(): Promise<Instances> {
  await using opening = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'touchtone-instances-'));
  opening.defer(() => rm(folder, { recursive: true, force: true }));
  const [keyFile, preload] = [join(folder, 'keys.json'), join(folder, 'clock.mjs')];
  await writeFile(keyFile, formatKeyFile({ keys: [newKey()], retired: [] }), { mode: 0o600 });
  await writeFile(preload, WRONG_CLOCK);
  const database = opening.use(await createEmpty());
  const smtp = await startSmtpSink();
  opening.defer(() => smtp.close());
  const engines = opening.use(await startPair());
  const { sipPort, drachtioPort, eventSocketPort } = await engines.line('The embedded pair is ready');
  const secret = await readFile(join(engines.dataDir, 'embedded-secret'), 'utf8');
  const target = `127.0.0.1:${String(sipPort)}`;
  const shared = {
    DATABASE_URL: database.url,
    SECRET_KEY_FILE: keyFile,
    SMTP_URL: `smtp://127.0.0.1:${smtp.port}`,
    DRAIN_SECONDS: '120',
    // All calls come from one address.
    SOURCE_FAILURES_SLOWED: 'unlimited',
    SOURCE_FAILURES_REFUSED: 'unlimited',
  };
  const environment = {
    ...shared,
    DRACHTIO_URL: `drachtio://:${secret}@127.0.0.1:${String(drachtioPort)}`,
    FREESWITCH_URLS: `freeswitch://:${secret}@127.0.0.1:${String(eventSocketPort)}`,
  };
  const core = await openCoreBeside({ ...shared, DATA_DIR: folder }, opening);
  const opened = opening.move();
  return {
    target,
    smtp,
    core,
    stock: new MailboxStock(core),
    start: async (ahead) =>
      opened.use(
        await ServiceProcess.start({
          command: [process.execPath, '--import', preload, 'src/main.ts'],
          environment: { ...environment, CLOCK_IS_AHEAD: String(ahead) },
          startWithin: START,
        }),
      ),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

function startPair(): Promise<ServiceProcess> {
  return ServiceProcess.start({
    command: [process.execPath, 'src/embedded-main.ts'],
    until: 'The embedded pair is ready',
    startWithin: START,
    environment: { EMBEDDED_DRACHTIO_LISTEN: '127.0.0.1:0', EMBEDDED_MEDIA_LISTEN: '127.0.0.1:0' },
  });
}

async function openCoreBeside(
  environment: Readonly<Record<string, string>>,
  opened: AsyncDisposableStack,
): Promise<Core> {
  const config = readConfig(environment);
  const log = createLogger('silent');
  const parts = { config, log, clock: systemClock, meter: SILENT_METER, alerts: NO_ALERTS };
  return openCore(parts, opened);
}
