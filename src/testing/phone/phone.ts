import { fileURLToPath } from 'node:url';
import { Call } from './call.ts';
import type { CallListener, CallOptions } from './call-options.ts';
import { loadPromptPack, type PromptPack } from './prompt-pack.ts';
import { T1 } from './transaction.ts';
import { type Address, type Transport, UserAgent, type WireOptions } from './user-agent.ts';

/** How a phone is set up. */
export interface PhoneOptions extends WireOptions {
  /** The local IPv4 or IPv6 address for SIP and RTP; default 127.0.0.1. */
  readonly host?: string;
  /** How it speaks SIP; default UDP. */
  readonly transport?: Transport;
  /** The local SIP port; default any free one. */
  readonly port?: number;
  /** The phone's own number, in From; default 1001. */
  readonly number?: string;
  readonly displayName?: string;
  /** What it may hear; default the pack in prompts/en-US. `none` recognises nothing. */
  readonly prompts?: PromptPack | 'none';
  /** RFC 3261's T1 in milliseconds; default 500. Shorter ones make tests of lost messages quicker. */
  readonly t1?: number;
}

/** How long closing waits for the far side to confirm that it hung up, in milliseconds. */
const CLOSE_DEADLINE_MS = 2_000;

/** Loads the prompts that the service speaks; load it once where many phones share it. */
export async function loadServicePrompts(): Promise<PromptPack> {
  return await loadPromptPack(fileURLToPath(new URL('../../../prompts/en-US/', import.meta.url)));
}

/** A SIP phone to be scripted: any number of calls, over UDP, TCP or TLS, with G.711 and touch tones. */
export class Phone {
  readonly #agent: UserAgent;
  readonly #options: PhoneOptions;
  readonly #pack: PromptPack | undefined;
  readonly #calls = new Set<Call>();

  private constructor(agent: UserAgent, options: PhoneOptions, pack: PromptPack | undefined) {
    this.#agent = agent;
    this.#options = options;
    this.#pack = pack;
  }

  /** Binds the phone's SIP socket and loads the prompts. Rejects when the port is taken or a prompt cannot be read. */
  static async create(options: PhoneOptions = {}): Promise<Phone> {
    const pack = options.prompts === 'none' ? undefined : (options.prompts ?? (await loadServicePrompts()));
    const local = { host: options.host ?? '127.0.0.1', port: options.port ?? 0 };
    const agent = await UserAgent.open(local, options.t1 ?? T1, options.transport, options);
    return new Phone(agent, options, pack);
  }

  /** The local SIP address. */
  get address(): Address {
    return this.#agent.local;
  }

  /** Sends an INVITE to a `sip:` URI and resolves with the call before it is answered. */
  async dial(target: string, options: CallOptions = {}, listener: CallListener = {}): Promise<Call> {
    const context = {
      agent: this.#agent,
      host: this.address.host,
      number: this.#options.number ?? '1001',
      displayName: this.#options.displayName,
      pack: this.#pack,
    };
    const call = await Call.start(context, target, options, listener);
    this.#calls.add(call);
    void call.closed.then(() => this.#calls.delete(call));
    return call;
  }

  /** Calls a `sip:` URI and resolves when it is answered; rejects, with the ladder, when it is not. */
  async call(target: string, options: CallOptions = {}, listener: CallListener = {}): Promise<Call> {
    const call = await this.dial(target, options, listener);
    await call.answered();
    return call;
  }

  /** Hangs up whatever is still connected, waits up to 2 s for the confirmation, then stops every socket and timer. */
  async close(): Promise<void> {
    const deadline = Promise.withResolvers<void>();
    const cancel = this.#agent.timers.after(CLOSE_DEADLINE_MS, () => deadline.resolve());
    const calls = [...this.#calls];
    const hungUp = Promise.allSettled(calls.map((call) => call.hangUp()));
    await Promise.race([hungUp, deadline.promise]);
    cancel();
    for (const call of calls) call.abandon();
    await Promise.all(calls.map((call) => call.closed));
    await this.#agent.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
