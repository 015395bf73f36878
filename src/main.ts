import { join } from 'node:path';
import { type App, startApp } from './app.ts';
import { type Config, readConfig } from './config.ts';
import { describeFault } from './domain/fault.ts';
import type { Log, LogFields } from './domain/log.ts';
import { createLogger } from './logger.ts';
import { redactText } from './security/redaction.ts';
import type { DemoDirectory } from './services/demo-directory.ts';
import { systemClock } from './system-clock.ts';
import { captureLibraryConsole } from './telephony/telephony.ts';

/** What whoever starts the service in a terminal needs to know next; it goes to standard error, beside the log. */
function greet(app: App, config: Config): void {
  const lines = ['', 'Touchtone is ready for calls.'];
  if (app.demo !== undefined) lines.push(...greetingOf(app.demo, app.sip, config));
  lines.push(...administrationOf(app));
  process.stderr.write(`${lines.join('\n')}\n\n`);
}

function greetingOf(demo: DemoDirectory, sip: readonly string[], config: Config): readonly string[] {
  const targets = sip.map((address) => address.replace('sip:', `sip:${demo.accessNumber}@`));
  const [first] = targets;
  return [
    ...(demo.created ? ['A mailbox to try it with has been made: Tony Smith.'] : []),
    ...(targets.length > 0 ? [`  Call       ${targets.join('  or  ')}`] : [`  Call       ${demo.accessNumber}`]),
    `  Extension  ${demo.extension}`,
    `  PIN        ${whereThePinIs(config)}`,
    ...(first === undefined ? [] : [`  No phone at hand? In another terminal: npm run phone -- ${first}`]),
  ];
}

/** Where administrators go, and where the token is that lets the first of them in. */
function administrationOf({ http, core }: App): readonly string[] {
  return [
    `  Administration  ${http}/admin`,
    `  For users       ${http}/me`,
    `  For programs    ${http}/api/v1/docs`,
    ...(core.firstToken === undefined ? [] : [`  Access token    in ${core.firstToken}; keep it safe`]),
  ];
}

/** The first PIN is in a mail, and nowhere else; at the first sign-in its user has to choose another. */
function whereThePinIs({ smtp, dataDir }: Config): string {
  return smtp === undefined
    ? `in the welcome mail, a file in ${join(dataDir, 'mail')}, until you choose another in your first call`
    : `in the welcome mail, which goes out by ${smtp.host}`;
}

/** How long closing may take, in milliseconds, before the process ends whatever is still open. */
const CLOSING_DEADLINE = 20_000;

/** What ends a running service. */
type StopCause = 'drained' | 'second-signal' | 'fault';

/**
 * What is done about signals and about faults that nothing caught. While the service starts, either ends the process at
 * once, for whatever was begun is completed or begun anew by the next start.
 */
class Stopping {
  readonly #log: Log;
  readonly #stopped = Promise.withResolvers<StopCause>();
  #app: App | undefined;
  #draining = false;

  constructor(log: Log) {
    this.#log = log;
    process.on('SIGTERM', (signal) => this.#onSignal(signal));
    process.on('SIGINT', (signal) => this.#onSignal(signal));
    process.on('uncaughtException', (error) => this.#onFault(error));
  }

  /** Resolves when the running service is to be closed: drained after a signal, or at once. */
  of(app: App): Promise<StopCause> {
    this.#app = app;
    return this.#stopped.promise;
  }

  /** The first signal drains, a second one stops at once. */
  #onSignal(signal: NodeJS.Signals): void {
    if (this.#app === undefined) {
      this.#log.info({ signal }, 'Stopped before it was ready');
      process.exit(0);
    }
    if (this.#draining) {
      this.#log.warn({ signal }, 'Stopping now');
      this.#stopped.resolve('second-signal');
      return;
    }
    this.#draining = true;
    const calls = this.#app.telephony.calls.count;
    this.#log.info({ signal, calls }, 'Draining: no new calls; a second signal stops now');
    this.#app.drain().then(() => this.#stopped.resolve('drained'), this.#stopped.reject);
  }

  /** Nothing is known of the state behind a fault, so the service ends cleanly and its supervisor starts it anew. */
  #onFault(error: unknown): void {
    this.#log.error(faultFields(error), 'A fault that nothing caught');
    if (this.#app === undefined) process.exit(1);
    this.#stopped.resolve('fault');
  }
}

/** What is logged of a fault whose text nobody can vouch for: without whatever in it might be a digit that was keyed. */
function faultFields(error: unknown): LogFields {
  const { name, message, frames } = describeFault(error);
  return { fault: redactText(`${name}: ${message}`), frames };
}

async function close(app: App, cause: StopCause, log: Log): Promise<void> {
  const overdue = setTimeout(() => {
    log.error({}, 'Closing took too long');
    process.exit(1);
  }, CLOSING_DEADLINE);
  await app.close(cause === 'second-signal');
  clearTimeout(overdue);
}

/** Runs the service to its end. Rejects when it cannot start; what goes wrong later is in the log and the exit code. */
async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  captureLibraryConsole(log);
  const stopping = new Stopping(log);
  const app = await startApp({ config, log, clock: systemClock });
  // A daemon that is told to hang up reads its files again; without any, the signal keeps its usual meaning.
  if (config.tlsFiles !== undefined) process.on('SIGHUP', () => void app.reloadCertificate());
  log.info({ sip: app.sip, http: app.http }, 'Ready for calls');
  greet(app, config);
  try {
    const cause = await stopping.of(app);
    await close(app, cause, log);
    log.info({ cause }, 'Stopped');
    process.exitCode = cause === 'drained' || cause === 'second-signal' ? 0 : 1;
  } catch (error) {
    log.error(faultFields(error), 'Stopping failed');
    process.exit(1);
  }
}

/** Timers of the program do not keep the process alive, so something has to while it starts and runs. */
async function main(): Promise<void> {
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    await serve();
  } catch (error) {
    process.stderr.write(`Touchtone cannot start.\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    clearInterval(alive);
  }
}

await main();
