import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type App, startApp } from '../app.ts';
import { readConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { DEFAULT_KIND, POSTGRES } from './databases.ts';
import { type DeliveredMail, readDeliveredMails, type WelcomeFacts, welcomeFactsIn } from './delivered-mails.ts';
import { MailboxStock, type StockedMailbox } from './mailbox-stock.ts';
import { type ScratchDatabase, takeScratch } from './postgres/postgres-databases.ts';
import { ShiftedClock } from './shifted-clock.ts';

/** Where the tests' calls go when drachtio-server is a real one, which says for itself where it listens: `host:port`. */
const TARGET = process.env.TEST_SIP_TARGET;

/** The engines under test; absent, the embedded ones. */
const ENGINE_SETTINGS = ['DRACHTIO_URL', 'FREESWITCH_URLS'] as const;

/** How long what a call used may take to be released after it, in milliseconds. */
const RELEASE_DEADLINE = 10_000;

/** How often it is looked whether it is, in milliseconds. */
const LOOK_EVERY = 10;

/** The whole service, in this process, with a data folder of its own and its demonstration directory. */
export interface RunningService {
  readonly app: App;
  readonly dataDir: string;
  /** The URL of its database where that is PostgreSQL. */
  readonly server: string | undefined;
  /** The clock that it runs by. */
  readonly clock: ShiftedClock;
  /** `host:port` of its SIP. */
  readonly target: string;
  readonly accessNumber: string;
  /** What the welcome mail of the demonstration mailbox tells; its PIN has to be changed at the first sign-in. */
  readonly welcome: WelcomeFacts;
  /** A mailbox that lets its caller in without more ado. */
  readonly mailbox: StockedMailbox;
  /** More mailboxes, for tests that change theirs. */
  readonly stock: MailboxStock;
  /** What has been mailed to an address, once everything that is queued has been delivered. */
  mailsTo(address: string): Promise<readonly DeliveredMail[]>;
  /** The address to call a number of the service by; the access number when none is given. */
  uri(number?: string): string;
  /** The log so far, one JSON text a line. */
  readonly log: readonly string[];
  /** The log lines of a message so far. */
  logged(message: string): readonly Readonly<Record<string, unknown>>[];
  /** Waits for what the log says of the end of a call, which may come a moment after it; rejects when nothing comes. */
  endOf(sipCallId: string): Promise<Readonly<Record<string, unknown>>>;
  /** Waits until no call is alive and everything that calls use is released; rejects, naming what is left. */
  released(): Promise<void>;
  /** Checks that everything is released, then stops. */
  close(): Promise<void>;
}

function isLogLine(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Everything that is still held by calls; an empty text when nothing is. */
async function leftovers(app: App): Promise<string> {
  const figures = app.telephony.figures();
  const { signalling = {}, media = {} } = await app.embeddedLoad();
  const held = {
    calls: figures.calls,
    endpoints: figures.endpoints,
    dialogs: signalling.dialogs ?? 0,
    openRequests: signalling.openRequests ?? 0,
    channels: media.channels ?? 0,
  };
  return Object.values(held).some((count) => count !== 0) ? JSON.stringify(held) : '';
}

async function untilReleased(app: App): Promise<void> {
  const deadline = performance.now() + RELEASE_DEADLINE;
  for (;;) {
    const held = await leftovers(app);
    if (held === '') return;
    if (performance.now() > deadline) throw new Error(`Calls have left something behind: ${held}`);
    await sleep(LOOK_EVERY);
  }
}

/** Looks into a log that grows for a line; rejects when it does not come. */
async function lineIn<T>(find: () => T | undefined, wanted: string): Promise<T> {
  const deadline = performance.now() + RELEASE_DEADLINE;
  for (;;) {
    const line = find();
    if (line !== undefined) return line;
    if (performance.now() > deadline) throw new Error(`The log has nothing of ${wanted}`);
    await sleep(LOOK_EVERY);
  }
}

/** A database for a service that has none of its own, where the environment asks for PostgreSQL. */
async function serverDatabase({ DATA_DIR }: Readonly<Record<string, string>>): Promise<ScratchDatabase | undefined> {
  return DEFAULT_KIND === POSTGRES && DATA_DIR === undefined ? takeScratch() : undefined;
}

function settingsFor(url: string, dataDir: string): Readonly<Record<string, string>> {
  return { DATABASE_URL: url, SECRET_KEY_FILE: join(dataDir, 'touchtone.key'), SMTP_URL: 'smtp://127.0.0.1' };
}

/**
 * Starts the service as `npm start` does, on loopback and free ports, with the log at debug kept in memory.
 *
 * @param settings environment variables besides or instead of those that every test service has.
 * @param server the URL of an own database of PostgreSQL, which is kept.
 */
export async function startService(
  settings: Readonly<Record<string, string>> = {},
  server?: string,
): Promise<RunningService> {
  const dataDir = settings.DATA_DIR ?? (await mkdtemp(join(tmpdir(), 'touchtone-')));
  const engines = ENGINE_SETTINGS.map((name) => [name, process.env[name]] as const);
  const scratch = server === undefined ? await serverDatabase(settings) : undefined;
  const url = server ?? scratch?.url;
  const read = readConfig({
    ...Object.fromEntries(engines),
    DATA_DIR: dataDir,
    SIP_LISTEN: '127.0.0.1:0',
    HTTP_LISTEN: '127.0.0.1:0',
    ...(url === undefined ? {} : settingsFor(url, dataDir)),
    ...settings,
  });
  // Tests read mails in a folder, which is for one instance alone; there is one.
  const config = url === undefined ? read : { ...read, smtp: undefined, createSecretKeyFile: true };
  const log: string[] = [];
  const logger = createLogger('debug', { write: (line) => void log.push(line) });
  const clock = new ShiftedClock();
  const app = await startApp({ config, log: logger, clock });
  const stock = new MailboxStock(app.core);
  const target = app.sip[0]?.replace('sip:', '') ?? TARGET;
  if (target === undefined) {
    await app.close();
    throw new Error('TEST_SIP_TARGET does not say where the real drachtio-server is');
  }
  const welcome = welcomeFactsIn(await readDeliveredMails(dataDir));
  const { accessNumber } = welcome;
  const logged = (message: string): readonly Readonly<Record<string, unknown>>[] =>
    log
      .map((line): unknown => JSON.parse(line))
      .filter(isLogLine)
      .filter((line) => line.msg === message);
  return {
    app,
    dataDir,
    server: url,
    clock,
    target,
    accessNumber,
    welcome,
    mailbox: await stock.add(),
    stock,
    mailsTo: async (address) => {
      await app.core.mail.idle();
      return (await readDeliveredMails(dataDir)).filter(({ to }) => to === address);
    },
    uri: (number = accessNumber) => `sip:${number}@${target}`,
    log,
    logged,
    endOf: (sipCallId) =>
      lineIn(() => logged('Call ended').find((line) => line.sipCallId === sipCallId), 'the end of the call'),
    released: () => untilReleased(app),
    close: async () => {
      try {
        await untilReleased(app);
      } finally {
        await app.close();
        await scratch?.giveBack();
        if (settings.DATA_DIR === undefined) await rm(dataDir, { recursive: true, force: true });
      }
    },
  };
}
