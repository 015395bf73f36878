import { Readable } from 'node:stream';
import type { Cancel, Clock } from '../../../domain/clock.ts';

/** How often something is sent even if nothing happens, in milliseconds: proxies end what is silent. */
const KEEP_ALIVE = 20_000;

/** What may wait for a client to take it, in bytes; of more, it is told only that it has missed something. */
const MOST_WAITING = 65_536;

/** Server-sent events for one client (HTML Living Standard §9.2). */
export class EventStream {
  /** What is sent as the answer. */
  readonly body: Readable;
  readonly #clock: Clock;
  #cancel: Cancel | undefined;
  #hasMissed = false;
  #isEnding = false;

  /** @param onEnd called once, when the client is gone or {@link end} was called. */
  constructor(clock: Clock, onEnd: () => void) {
    this.#clock = clock;
    this.body = new Readable({ read: () => this.#catchUp(), highWaterMark: MOST_WAITING });
    this.body.once('close', () => {
      this.#cancel?.();
      onEnd();
    });
    this.#keepAlive();
  }

  /** Sends an event, or leaves it out while the client does not take what was sent before. */
  send(event: string, data: unknown, id?: number): void {
    if (this.#isEnding || this.body.destroyed) return;
    if (this.#hasMissed || this.body.readableLength >= MOST_WAITING) {
      this.#hasMissed = true;
      return;
    }
    this.#push(event, data, id);
  }

  #push(event: string, data: unknown, id?: number): void {
    const lines = [`event: ${event}`, ...(id === undefined ? [] : [`id: ${id}`]), `data: ${JSON.stringify(data)}`];
    this.body.push(`${lines.join('\n')}\n\n`);
  }

  /**
   * Ends it when what was sent has been taken; nothing is sent any more.
   *
   * @param last the name of an event that says why; it is sent even where others were left out.
   */
  end(last?: string): void {
    this.#cancel?.();
    if (this.#isEnding || this.body.destroyed) return;
    this.#isEnding = true;
    if (last !== undefined) this.#push(last, {});
    this.body.push(null);
  }

  /** Called when the client takes something; not again until something was pushed, so this is, however much waits. */
  #catchUp(): void {
    if (!this.#hasMissed || this.#isEnding) return;
    this.#hasMissed = false;
    this.#push('resync', {});
  }

  #keepAlive(): void {
    this.#cancel = this.#clock.after(KEEP_ALIVE, () => {
      if (!this.#hasMissed && !this.body.destroyed) this.body.push(': still here\n\n');
      this.#keepAlive();
    });
  }
}
