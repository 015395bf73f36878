import { type App, startApp } from './app.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import type { Log } from './domain/log.ts';
import { createLogger } from './logger.ts';
import { redactText } from './security/redaction.ts';
import type { DemoDirectory } from './services/demo-directory.ts';
import { systemClock } from './system-clock.ts';
import { captureLibraryConsole } from './telephony/telephony.ts';

/** What whoever starts the service in a terminal needs to know next; it goes to standard error, beside the log. */
function greet(app: App, config: Config): void {
  const lines = ['', 'Touchtone is ready for calls.'];
  if (app.demo !== undefined) lines.push(...greetingOf(app.demo, app.sip, config));
  process.stderr.write(`${lines.join('\n')}\n\n`);
}

function greetingOf(demo: DemoDirectory, sip: readonly string[], config: Config): readonly string[] {
  const targets = sip.map((address) => address.replace('sip:', `sip:${demo.accessNumber}@`));
  const [first] = targets;
  return [
    ...(demo.created ? ['A mailbox to try it with has been made: Tony Smith.'] : []),
    ...(targets.length > 0 ? [`  Call       ${targets.join('  or  ')}`] : [`  Call       ${demo.accessNumber}`]),
    `  Extension  ${demo.extension}`,
    `  PIN        in the welcome mail: ${demo.mailFile ?? `a file in ${config.dataDir}/mail`}`,
    ...(first === undefined ? [] : [`  No phone at hand? In another terminal: npm run phone -- ${first}`]),
  ];
}

/** How long closing may take, in milliseconds, before the process ends whatever is still open. */
const CLOSING_DEADLINE = 20_000;

/** What ends a running service. */
type StopCause = 'drained' | 'second-signal' | 'fault';

/** The first signal drains, a second one stops at once, and so does a fault that nothing caught. */
function untilStopped(app: App, log: Log): Promise<StopCause> {
  const stopped = Promise.withResolvers<StopCause>();
  let draining = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (draining) {
      log.warn({ signal }, 'Stopping now');
      stopped.resolve('second-signal');
      return;
    }
    draining = true;
    log.info({ signal, calls: app.telephony.calls.count }, 'Draining: no new calls; a second signal stops now');
    app.drain().then(() => stopped.resolve('drained'), stopped.reject);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // Nothing is known of the state behind such a fault, so the service ends cleanly and its supervisor starts it anew.
  process.on('uncaughtException', (error) => {
    log.error({ fault: faultText(error), at: error.stack?.split('\n').slice(1, 6) }, 'A fault that nothing caught');
    stopped.resolve('fault');
  });
  return stopped.promise;
}

/** What an error says, without whatever in it might be a digit that somebody keyed. */
function faultText(error: unknown): string {
  return redactText(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

async function serve(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel);
  captureLibraryConsole(log);
  const app = await startApp({ config, log, clock: systemClock });
  log.info({ sip: app.sip }, 'Ready for calls');
  greet(app, config);
  const cause = await untilStopped(app, log);
  const overdue = setTimeout(() => {
    log.error({}, 'Closing took too long');
    process.exit(1);
  }, CLOSING_DEADLINE);
  await app.close();
  clearTimeout(overdue);
  log.info({ cause }, 'Stopped');
  process.exitCode = cause === 'fault' ? 1 : 0;
}

/** Timers of the program do not keep the process alive, so something has to while it starts and runs. */
async function main(): Promise<void> {
  const alive = setInterval(() => undefined, 2 ** 30);
  try {
    await serve();
  } catch (error) {
    const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.message : String(error);
    process.stderr.write(`Touchtone cannot start.\n${text}\n`);
    process.exitCode = 1;
  } finally {
    clearInterval(alive);
  }
}

await main();
