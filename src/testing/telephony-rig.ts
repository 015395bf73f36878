import type { AddressInfo } from 'node:net';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { CallFacts, Conversation } from '../conversation/conversation.ts';
import { HungUp } from '../conversation/hung-up.ts';
import type { Audio, Line } from '../conversation/line.ts';
import type { CallEnd } from '../domain/call-end.ts';
import type { CallOutcome } from '../domain/call-outcome.ts';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import { systemClock } from '../system-clock.ts';
import type { ServerAddress, Telephony, TelephonyOptions } from '../telephony/telephony.ts';
import { captureLibraryConsole, startTelephony } from '../telephony/telephony.ts';
import { CapturedLog } from './captured-log.ts';

/** The folder of prompts that rigs play from. */
export const PROMPTS = fileURLToPath(new URL('../../prompts', import.meta.url));

/** The number that rigs answer. */
export const ACCESS_NUMBER = '5000';

/** A piece of the prompt pack. */
export function prompt(id: string): Audio {
  return { id, file: `en-US/${id}.wav` };
}

/** What telephony talks to in a test: the embedded pair, or servers that somebody else started. */
export interface Engines {
  readonly drachtio: ServerAddress;
  readonly mediaServers: readonly ServerAddress[];
  /** Where phones call, such as `127.0.0.1:5060`. */
  readonly sip: string;
  /** The shortest session timer that they take, in seconds; RFC 4028's 90 unless it could be chosen. */
  readonly shortestSession?: number;
  /** Ends a media server at once, as a crash would. */
  killMediaServer(index: number): Promise<void>;
  /** What is still alive of any call in them; all 0 when nothing is. */
  left(): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

export interface EnginesOptions {
  /** How many; 1 by default. */
  readonly mediaServers?: number;
  /** RFC 3261's T1 in milliseconds, where it can be chosen: lost messages are then noticed sooner than after 32 s. */
  readonly t1?: number;
  /** The shortest session timer in seconds, where it can be chosen. */
  readonly shortestSession?: number;
}

/** Waits until `condition` holds; rejects with `what` when it does not within `within` milliseconds. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, within = 5_000): Promise<void> {
  const giveUp = performance.now() + within;
  while (!(await condition())) {
    if (performance.now() > giveUp) throw new Error(`Waited ${within} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The machine's clock, which knows how many of its timers are waiting. */
export class CountedClock implements Clock {
  readonly #waiting = new Set<Error>();

  get pending(): number {
    return this.#waiting.size;
  }

  /** Where the timers that are waiting were set, for whoever looks for a leak. */
  get origins(): readonly string[] {
    return [...this.#waiting].map(({ stack }) => stack ?? '');
  }

  now(): number {
    return systemClock.now();
  }

  monotonic(): number {
    return systemClock.monotonic();
  }

  after(milliseconds: number, callback: () => void): Cancel {
    const origin = new Error(`A timer of ${milliseconds} ms was set here`);
    this.#waiting.add(origin);
    const over = (): void => {
      this.#waiting.delete(origin);
    };
    const cancel = systemClock.after(milliseconds, () => {
      over();
      callback();
    });
    return () => {
      over();
      cancel();
    };
  }
}

/** A TCP connection that can be cut and restored, put between telephony and drachtio. */
export class Cable {
  readonly #server: Server;
  readonly #target: ServerAddress;
  readonly #sockets = new Set<Socket>();
  readonly #near = new Set<Socket>();
  #cut = false;
  #frozen = false;

  private constructor(target: ServerAddress) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(target: ServerAddress): Promise<Cable> {
    const cable = new Cable(target);
    await new Promise<void>((resolve) => cable.#server.listen(0, '127.0.0.1', resolve));
    return cable;
  }

  get address(): ServerAddress {
    return { ...this.#target, host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port };
  }

  #join(near: Socket): void {
    if (this.#cut) {
      near.destroy();
      return;
    }
    const far = connect({ host: this.#target.host, port: this.#target.port, noDelay: true });
    near.setNoDelay(true);
    this.#near.add(near);
    near.on('close', () => this.#near.delete(near));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('data', (chunk) => {
        if (!this.#frozen) other.write(chunk);
      });
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroySoon();
      });
    }
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Says something to telephony as if drachtio had said it: one frame of its protocol, without its length. */
  say(frame: string): void {
    for (const socket of this.#near) socket.write(`${Buffer.byteLength(frame)}#${frame}`);
  }

  /** Says what is no frame at all. */
  garble(bytes: string): void {
    for (const socket of this.#near) socket.write(bytes);
  }

  /** Lets nothing through any more, as a network does that has gone without a word. */
  freeze(): void {
    this.#frozen = true;
  }

  restore(): void {
    this.#cut = false;
    this.#frozen = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const DIAL_PLAN: DialPlan = {
  id: 'rig' as DialPlanId,
  name: 'rig',
  extensionDigits: 5,
  ...DIAL_PLAN_DEFAULTS,
};

/** What a scripted conversation does with one call. Throwing `HungUp` is its ordinary way to end. */
export type Script = (line: Line, call: CallFacts) => Promise<void>;

/** A conversation whose one screen is written by the test. */
export class ScriptedConversation implements Conversation {
  readonly calls: CallFacts[] = [];
  readonly outcomes: CallOutcome[] = [];
  readonly farewells: CallEnd[] = [];
  script: Script = async (line) => {
    await line.play([prompt('welcome'), prompt('enter-extension')]).end;
    await line.play([prompt('main-menu')]).end;
  };
  /** What a script that has returned comes to. */
  outcome: CallOutcome = { kind: 'left' };
  plan: DialPlan = DIAL_PLAN;
  lookUp: (number: string) => Promise<DialPlan | undefined> = async (number) =>
    number === ACCESS_NUMBER ? this.plan : undefined;

  dialPlanOf(calledNumber: string): Promise<DialPlan | undefined> {
    return this.lookUp(calledNumber);
  }

  async run(line: Line, call: CallFacts): Promise<CallOutcome> {
    this.calls.push(call);
    const outcome = await this.#talk(line, call);
    this.outcomes.push(outcome);
    return outcome;
  }

  async #talk(line: Line, call: CallFacts): Promise<CallOutcome> {
    try {
      await this.script(line, call);
      return this.outcome;
    } catch (error) {
      if (error instanceof HungUp) return { kind: 'ended', by: error.by, signedIn: false };
      return { kind: 'fault' };
    }
  }

  farewell(reason: CallEnd): readonly Audio[] {
    this.farewells.push(reason);
    return [prompt('goodbye')];
  }
}

/** Telephony over a pair of engines, with everything a test wants to look at. */
export interface TelephonyRig {
  readonly telephony: Telephony;
  readonly conversation: ScriptedConversation;
  readonly log: CapturedLog;
  readonly clock: CountedClock;
  readonly cable: Cable;
  /** The URI of a number at the service. */
  uri(number?: string): string;
  /** The fields of every "Call ended" line so far. */
  ended(): readonly Readonly<Record<string, unknown>>[];
  /** Closes telephony. Fails when it left a timer behind. */
  close(): Promise<void>;
}

/** Starts telephony over the given engines. `options` replaces what is not as the test wants it. */
export async function startTelephonyRig(
  engines: Engines,
  options: Partial<TelephonyOptions> = {},
): Promise<TelephonyRig> {
  const conversation = new ScriptedConversation();
  const log = new CapturedLog();
  const clock = new CountedClock();
  const cable = await Cable.to(engines.drachtio);
  const restoreConsole = captureLibraryConsole(log);
  try {
    const telephony = await startTelephony({
      drachtio: cable.address,
      mediaServers: engines.mediaServers,
      conversation,
      maxCalls: 20,
      isAllowedPeer: () => true,
      isTrustedPeer: () => false,
      mediaPromptsDir: PROMPTS,
      log,
      clock,
      ...(engines.shortestSession === undefined ? {} : { shortestSession: engines.shortestSession }),
      ...options,
    });
    return {
      telephony,
      conversation,
      log,
      clock,
      cable,
      uri: (number = ACCESS_NUMBER) => `sip:${number}@${engines.sip}`,
      ended: () => log.lines.filter(({ message }) => message === 'Call ended').map(({ fields }) => fields),
      close: async () => {
        await telephony.close();
        await cable.close();
        restoreConsole();
        if (clock.pending > 0) throw new Error(`Timers are left:\n${clock.origins.join('\n')}`);
      },
    };
  } catch (error) {
    await cable.close();
    restoreConsole();
    throw error;
  }
}

/**
 * The engines that tests run against: the embedded pair, or what the module named by TOUCHTONE_TEST_ENGINES starts, such
 * as a real drachtio-server and FreeSWITCH. The module exports `startEngines` with the signature of this function.
 */
export async function startEngines(options: EnginesOptions = {}): Promise<Engines> {
  const module: unknown = await import(process.env.TOUCHTONE_TEST_ENGINES ?? './embedded-engines.ts');
  if (!isEnginesModule(module)) throw new Error('TOUCHTONE_TEST_ENGINES names a module without `startEngines`');
  return module.startEngines(options);
}

function isEnginesModule(module: unknown): module is { startEngines(options: EnginesOptions): Promise<Engines> } {
  return typeof module === 'object' && module !== null && 'startEngines' in module;
}
