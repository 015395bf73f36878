import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readDeliveredMails, type WelcomeFacts, welcomeFactsIn } from './delivered-mails.ts';
import { Waits } from './phone/waits.ts';

const ROOT = join(import.meta.dirname, '../..');
const READY = 'Ready for calls';

/** How long a start may take: a database, the prompts, a hash, two connections, all on a busy machine. Milliseconds. */
const START_DEADLINE_MS = 20_000;
/** How long a stop may take when no call is alive, in milliseconds. */
const STOP_DEADLINE_MS = 15_000;
/** Characters of output that a failure shows. */
const SHOWN = 4_000;

/**
 * Of the environment only what starting a program takes, and the engines, so that real ones can be asked for; where a
 * real drachtio-server takes calls is then in TEST_SIP_TARGET, as `host:port`.
 */
const PASSED_ON = [
  'PATH',
  'HOME',
  'NODE_COMPILE_CACHE',
  'DRACHTIO_URL',
  'FREESWITCH_URLS',
  'EVENT_SOCKET_LISTEN',
  'EVENT_SOCKET_ADVERTISED',
  'ADVERTISED_ADDRESS',
  'MEDIA_PROMPTS_DIR',
];

/** How the service is started; everything has a default. */
export interface ServiceOptions {
  /** Settings besides, or instead of, those that every such service has: loopback, any port, info. */
  readonly environment?: Readonly<Record<string, string>>;
  /** An own DATA_DIR, which is kept. Default: a new empty one, which is removed at the end. */
  readonly dataDir?: string;
  /** Fills the DATA_DIR before the program starts on it. */
  readonly prepare?: (dataDir: string) => Promise<void>;
  /** What is run in the root of the repository. Default: `node src/main.ts` with the node of this process. */
  readonly command?: readonly [string, ...string[]];
  /** How long the start may take, in milliseconds; default 20,000. */
  readonly startWithin?: number;
  /** The log line that the start waits for, for programs that never are ready for calls, or not yet. */
  readonly until?: string;
}

/** One line of the service's log. */
export type ServiceLogLine = Readonly<Record<string, unknown>> & { readonly msg: string };

/** How the process ended. */
export interface ServiceExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The service as its users start it: a process of its own, known by its log, its mails, and what it answers to calls. */
export class ServiceProcess {
  readonly dataDir: string;
  /** Resolves when the process is gone and all of its output was read; never rejects. */
  readonly exited: Promise<ServiceExit>;
  readonly #child: ChildProcess;
  readonly #keepsData: boolean;
  readonly #lines: ServiceLogLine[] = [];
  readonly #waits = new Waits(() => this.describe());
  /** A service never outlives who started it, nor does what it stored, not even when that fails. */
  readonly #orphaned = (): void => {
    this.#child.kill('SIGKILL');
    if (!this.#keepsData) rmSync(this.dataDir, { recursive: true, force: true });
  };
  #output = '';
  #exit: ServiceExit | undefined;
  #sip: readonly string[] = [];
  #http = '';

  private constructor(child: ChildProcess, dataDir: string, keepsData: boolean) {
    this.#child = child;
    this.dataDir = dataDir;
    this.#keepsData = keepsData;
    process.once('exit', this.#orphaned);
    this.exited = this.#watch();
  }

  /**
   * Starts the service and resolves when it is ready for calls, or has come as far as was asked. Rejects as `prepare`
   * does, and with what the service printed when it ends instead, or is not ready in time; nothing of it is left then.
   */
  static async start(options: ServiceOptions = {}): Promise<ServiceProcess> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'touchtone-service-')));
    const keepsData = options.dataDir !== undefined;
    try {
      await options.prepare?.(dataDir);
    } catch (error) {
      if (!keepsData) await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
    const service = new ServiceProcess(launch(options, dataDir), dataDir, keepsData);
    try {
      const line = await service.line(options.until ?? READY, options.startWithin ?? START_DEADLINE_MS);
      if (options.until === undefined) {
        service.#sip = readSipAddresses(line);
        service.#http = typeof line.http === 'string' ? line.http : '';
      }
    } catch (error) {
      await service[Symbol.asyncDispose]();
      throw error;
    }
    return service;
  }

  /** The process id; undefined when the program could not be started at all. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The addresses that it is called by, each a `sip:` URI without a user; one for UDP on loopback is first. */
  get sip(): readonly string[] {
    return this.#sip;
  }

  /** Where administrators reach it, `http://127.0.0.1:PORT`; empty before it is ready for calls. */
  get http(): string {
    return this.#http;
  }

  /** The log so far. */
  get lines(): readonly ServiceLogLine[] {
    return this.#lines;
  }

  /** Everything that it printed so far, on both streams, log or not. */
  get output(): string {
    return this.#output;
  }

  /** The URI to call a number of the service by. */
  uri(number: string): string {
    return (this.#sip[0] ?? '').replace(/^sip:(?:[^@]*@)?/, `sip:${number}@`);
  }

  /** Resolves with the first line of the log, old or new, that is this message; rejects after `within` ms or at the end. */
  async line(msg: string, within = 5_000): Promise<ServiceLogLine> {
    return await this.#waits.until(`the log line "${msg}"`, within, () => this.#lines.find((line) => line.msg === msg));
  }

  /** Resolves when this many lines of the log, old or new, fulfil the condition; rejects after `within` ms or at the end. */
  async linesThat(
    wanted: string,
    count: number,
    condition: (line: ServiceLogLine) => boolean,
    within = 5_000,
  ): Promise<readonly ServiceLogLine[]> {
    return await this.#waits.until(`${count} × ${wanted}`, within, () => {
      const found = this.#lines.filter(condition);
      return found.length >= count ? found : undefined;
    });
  }

  /**
   * Reads the welcome mail of the demonstration directory, as its user would. Rejects when there is not exactly one
   * welcome mail or a part of it is missing.
   */
  async readWelcome(): Promise<WelcomeFacts> {
    return welcomeFactsIn(await readDeliveredMails(this.dataDir));
  }

  /** What the service has printed last and how it stands, for people. */
  describe(): string {
    const exit = this.#exit;
    const how = exit === undefined ? 'is running' : `ended with ${exit.signal ?? `code ${exit.code}`}`;
    const cut = this.#output.length > SHOWN ? '…' : '';
    return `The service ${how}. It printed:\n${cut}${this.#output.slice(-SHOWN) || '(nothing)'}`;
  }

  /**
   * Stops the service by SIGTERM, as a service manager does, and waits for its end. Rejects when it had ended before,
   * does not end within the given milliseconds, or ends with anything but code 0; it is gone in any case.
   */
  async stop(within = STOP_DEADLINE_MS): Promise<void> {
    const endedBefore = this.#exit !== undefined;
    this.#child.kill('SIGTERM');
    const late = await this.#isLate(within);
    const { code, signal } = await this.#finish();
    if (endedBefore) throw new Error(`The service had ended before it was stopped.\n${this.describe()}`);
    if (late) throw new Error(`The service did not stop within ${within} ms.\n${this.describe()}`);
    if (code !== 0) throw new Error(`The service stopped with ${signal ?? `code ${code}`}.\n${this.describe()}`);
  }

  /** Sends a signal and does nothing else. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends the service at once if it still runs, and removes its DATA_DIR unless that was given. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#finish();
  }

  async #finish(): Promise<ServiceExit> {
    if (this.#exit === undefined) this.#child.kill('SIGKILL');
    const exit = await this.exited;
    if (!this.#keepsData) await rm(this.dataDir, { recursive: true, force: true });
    return exit;
  }

  async #isLate(within: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(true), within);
    void this.exited.then(() => resolve(false));
    const late = await promise;
    clearTimeout(timer);
    return late;
  }

  #watch(): Promise<ServiceExit> {
    const { promise, resolve } = Promise.withResolvers<ServiceExit>();
    const { stdout, stderr } = this.#child;
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.#print(line));
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
    const ended = (exit: ServiceExit, how: string): void => {
      if (this.#exit !== undefined) return;
      this.#exit = exit;
      process.removeListener('exit', this.#orphaned);
      this.#waits.over(`the service ${how}`);
      resolve(exit);
    };
    this.#child.once('error', (error) => ended({ code: null, signal: null }, `could not be run: ${error.message}`));
    // Unlike `exit`, `close` comes when both streams have been read to their end.
    this.#child.once('close', (code, signal) => ended({ code, signal }, `ended with ${signal ?? `code ${code}`}`));
    return promise;
  }

  #print(text: string): void {
    this.#output += `${text}\n`;
    const line = readLogLine(text);
    if (line === undefined) return;
    this.#lines.push(line);
    this.#waits.changed();
  }
}

function launch({ command, environment }: ServiceOptions, dataDir: string): ChildProcess {
  const [program, ...args] = command ?? [process.execPath, 'src/main.ts'];
  return spawn(program, args, {
    cwd: ROOT,
    env: {
      ...Object.fromEntries(PASSED_ON.map((name) => [name, process.env[name]])),
      DATA_DIR: dataDir,
      SIP_LISTEN: '127.0.0.1:0',
      HTTP_LISTEN: '127.0.0.1:0',
      LOG_LEVEL: 'info',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Reads a line of the log; undefined for what is none, such as words for people. */
function readLogLine(text: string): ServiceLogLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const line: unknown = JSON.parse(text);
    return isLogLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function isLogLine(value: unknown): value is ServiceLogLine {
  return typeof value === 'object' && value !== null && 'msg' in value && typeof value.msg === 'string';
}

function readSipAddresses({ sip }: ServiceLogLine): readonly string[] {
  const own = Array.isArray(sip) ? sip.filter((address) => typeof address === 'string') : [];
  // A service behind a real drachtio-server does not know where that listens; its environment may.
  const { TEST_SIP_TARGET } = process.env;
  const addresses = own.length > 0 || TEST_SIP_TARGET === undefined ? own : [`sip:${TEST_SIP_TARGET}`];
  const byUdp = addresses.filter((address) => !/^sips:|;transport=(?!udp)/i.test(address));
  if (byUdp.length === 0) throw new Error('The service names no SIP address over UDP, nor does TEST_SIP_TARGET');
  const rank = (address: string): number => (address.includes('127.0.0.1') ? 0 : 1);
  return byUdp.sort((a, b) => rank(a) - rank(b));
}
