import type { Cancel } from '../clock.ts';
import type { Activity, Done } from './activity.ts';
import type { Channel } from './channel.ts';

/** The `sleep` application: waits for a number of milliseconds, unless it is cut short. */
export class Sleep implements Activity {
  readonly #done: Done;
  readonly #cancel: Cancel;
  readonly #isOnTop: () => boolean;
  #over = false;
  #ended = false;

  private constructor(channel: Channel, milliseconds: number, done: Done) {
    this.#done = done;
    this.#isOnTop = () => channel.isOnTop(this);
    this.#cancel = channel.clock.after(milliseconds, () => {
      this.#over = true;
      // What was started meanwhile is let finish first, as it runs inside this one.
      if (this.#isOnTop()) this.#end();
    });
  }

  static start(channel: Channel, argument: string, done: Done): Sleep | undefined {
    const milliseconds = Number.parseInt(argument, 10);
    if (milliseconds > 0) return new Sleep(channel, Math.min(milliseconds, longestSleep), done);
    done();
    return undefined;
  }

  source(): undefined {
    // It has no sound of its own.
  }

  key(): void {
    // Keys do not end it.
  }

  break(): void {
    this.#end();
  }

  hangUp(): void {
    this.#end();
  }

  resume(): void {
    if (this.#over) this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancel();
    this.#done();
  }
}

/** What a timer can wait for: 24 days. */
const longestSleep = 2 ** 31 - 1;
