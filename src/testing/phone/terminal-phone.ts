import { writeFile } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import type { ReadStream } from 'node:tty';
import type { Call } from './call.ts';
import type { CallEnding, CallOptions } from './call-options.ts';
import { Phone } from './phone.ts';
import type { HeardPrompt } from './recogniser.ts';
import { readKeys, type Step } from './script.ts';
import { isEventKey } from './telephone-event.ts';
import { Timers } from './timers.ts';

/** What the terminal phone is told on the command line. */
export interface TerminalSettings {
  readonly target: string;
  readonly host: string;
  readonly transport: 'udp' | 'tcp' | 'tls';
  /** For TLS: whom the service's certificate must come from, as PEM; those that Node knows when undefined. */
  readonly authority: string | undefined;
  readonly number: string;
  readonly options: CallOptions;
  readonly by: 'telephone-event' | 'info';
  /** Where to save the call's audio. */
  readonly save: string | undefined;
  /** What to do without hands; undefined: keys come from the input. */
  readonly steps: readonly Step[] | undefined;
  /** After the last step, or the end of the input: how long it has to be quiet before the phone hangs up, ms. */
  readonly lingerMs: number;
}

/** Where keys come from and text goes to. */
export interface Terminal {
  readonly input: NodeJS.ReadStream | NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Takes what is to be done when someone wishes to stop (Ctrl-C, SIGTERM). */
  onStop(stop: () => void): void;
}

/** How long to ring without any answer before giving up, in milliseconds. */
const ANSWER_DEADLINE_MS = 15_000;
const PATIENCE_MS = 3_000;

/**
 * A phone in a terminal: one call, keys from the keyboard, captions of what is said. Keys are shown as dots, because
 * they may be a PIN. Resolves with the exit code: 0 for a call that was answered, 1 for one that was not, 3 when a script
 * waited for something in vain.
 */
export class TerminalPhone {
  readonly #settings: TerminalSettings;
  readonly #terminal: Terminal;
  readonly #timers = new Timers();
  readonly #startedAt = performance.now();
  /** Whether the cursor stands behind dots. */
  #dots = false;
  #stops = 0;
  #failed = false;

  constructor(settings: TerminalSettings, terminal: Terminal) {
    this.#settings = settings;
    this.#terminal = terminal;
  }

  /** Places the call and resolves when it is over and everything is closed. */
  async run(): Promise<number> {
    const { target, host, transport, authority, number, options, save } = this.#settings;
    const phone = await Phone.create({ host, transport, authority, number });
    this.#line(`Calling ${target} as ${number} …`);
    const call = await phone.dial(
      target,
      { ...options, record: save !== undefined },
      {
        progress: (status) => this.#progress(status),
        prompt: (prompt, change) => this.#caption(prompt, change),
      },
    );
    const hurry = this.#timers.after(PATIENCE_MS, () => {
      if (call.messages.length === 0 || call.messages.every((step) => step.direction === 'sent')) {
        this.#line('Nothing answers there so far. Is the service running (npm start)? Still trying …');
      }
    });
    this.#terminal.onStop(() => this.#stop(call));
    const answered = await call.answered(ANSWER_DEADLINE_MS).then(
      () => true,
      () => false,
    );
    hurry();
    if (answered) await this.#talk(call);
    else call.abandon();
    const ending = await call.ended;
    this.#timers.close();
    this.#line(this.#farewell(ending, answered, call));
    if (save !== undefined && answered) {
      await writeFile(save, call.wav());
      this.#line(`Saved to ${save}: you on the left, the service on the right.`);
    }
    await phone.close();
    return this.#failed ? 3 : answered ? 0 : 1;
  }

  async #talk(call: Call): Promise<void> {
    const { steps } = this.#settings;
    const { input } = this.#terminal;
    const keyboard = steps === undefined && isTerminal(input);
    this.#line(keyboard ? 'Connected. Keys: 0–9 * #. Hang up: q or Ctrl-C.' : 'Connected.');
    if (keyboard) {
      input.setRawMode(true);
      const stopListening = this.#onText((text) => this.#typed(call, text));
      await call.ended;
      stopListening();
      input.setRawMode(false);
      return;
    }
    await (steps === undefined ? this.#followInput(call) : this.#follow(call, steps));
  }

  /** Presses what was typed; anything that is no key is passed over. */
  #typed(call: Call, text: string): void {
    for (const character of text) {
      if (character === 'q' || character === '\u0003' || character === '\u0004') this.#stop(call);
      else if (isEventKey(character)) void this.#press(call, character).catch((error) => this.#trouble(call, error));
    }
  }

  /** Presses keys as they come from a pipe; at its end, waits for quiet and hangs up. */
  async #followInput(call: Call): Promise<void> {
    const ended = Promise.withResolvers<void>();
    let following = this.#firstSound(call);
    const stopListening = this.#onText(
      (text) => {
        following = following.then(async () => {
          for (const step of readKeys(text)) await this.#do(call, step);
        });
        following.catch((error) => this.#trouble(call, error));
      },
      () => ended.resolve(),
    );
    await Promise.race([ended.promise, call.ended]);
    stopListening();
    await following.catch(() => undefined);
    await this.#linger(call);
  }

  async #follow(call: Call, steps: readonly Step[]): Promise<void> {
    try {
      await this.#firstSound(call);
      for (const step of steps) await this.#do(call, step);
      await this.#linger(call);
    } catch (error) {
      await this.#trouble(call, error);
    }
  }

  async #do(call: Call, step: Step): Promise<void> {
    switch (step.kind) {
      case 'press':
        for (const key of step.keys) await this.#press(call, key);
        return;
      case 'hear':
        await call.heard(step.id, { within: step.withinMs });
        return;
      case 'wait':
        await Promise.race([this.#timers.sleep(step.milliseconds), call.ended]);
        return;
      case 'hang-up':
        await call.hangUp();
    }
  }

  /** Nobody dials before hearing anything: a service that detects keys from its first sound on would miss them. */
  async #firstSound(call: Call): Promise<void> {
    await call.anySound({ within: PATIENCE_MS }).catch(() => undefined);
  }

  /** Waits until nothing more is said, then hangs up; the far side may do so before. */
  async #linger(call: Call): Promise<void> {
    const { lingerMs } = this.#settings;
    const longest = 24 * 60 * 60 * 1_000;
    await call.quiet(lingerMs, { within: longest }).then(
      () => call.hangUp(),
      () => undefined,
    );
  }

  async #press(call: Call, key: string): Promise<void> {
    this.#terminal.output.write(this.#dots ? '•' : '         •');
    this.#dots = true;
    await call.press(key, { by: this.#settings.by });
  }

  async #trouble(call: Call, error: unknown): Promise<void> {
    this.#failed = true;
    this.#line(error instanceof Error ? error.message : String(error));
    await call.hangUp().catch(() => undefined);
  }

  /** The first wish to stop hangs up properly; the second one stops without waiting. */
  #stop(call: Call): void {
    this.#stops++;
    if (this.#stops > 1) call.abandon();
    else call.hangUp().catch(() => call.abandon());
  }

  #progress(status: number): void {
    if (status === 180 || status === 183) this.#line('Ringing …');
  }

  #caption(prompt: HeardPrompt, change: 'started' | 'ended'): void {
    if (change === 'started') this.#line(prompt.caption, prompt.startedAt);
  }

  #farewell(ending: CallEnding, answered: boolean, call: Call): string {
    switch (ending.kind) {
      case 'hung-up':
        return 'You hung up.';
      case 'far-side-hung-up':
        return 'The service hung up.';
      case 'refused':
        return `Not connected: ${ending.status} ${ending.reason}.`;
      case 'cancelled':
        return 'You hung up before the call was answered.';
      case 'no-response':
      case 'phone-closed': {
        if (answered) return 'The call was left without a word.';
        const silent = call.messages.every((step) => step.direction === 'sent');
        return silent ? `Nothing answers at ${this.#settings.target}.` : 'The call was not answered.';
      }
    }
  }

  #onText(text: (text: string) => void, ended: () => void = () => undefined): () => void {
    const { input } = this.#terminal;
    const listener = (chunk: unknown) => text(String(chunk));
    input.on('data', listener);
    input.on('end', ended);
    input.resume();
    return () => {
      input.off('data', listener);
      input.off('end', ended);
      input.pause();
    };
  }

  #line(text: string, at = performance.now()): void {
    const seconds = Math.max(0, Math.floor((at - this.#startedAt) / 1_000));
    const clock = `${String(Math.floor(seconds / 60)).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
    this.#terminal.output.write(`${this.#dots ? '\n' : ''}  ${clock}  ${text}\n`);
    this.#dots = false;
  }
}

function isTerminal(stream: NodeJS.ReadableStream): stream is ReadStream {
  return 'isTTY' in stream && stream.isTTY === true;
}
