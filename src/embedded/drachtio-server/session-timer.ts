import { randomInt } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { TimerSet } from '../sip/timer-set.ts';
import type { SessionAgreement } from './session-expires.ts';

/** drachtio-server refreshes up to so many milliseconds before or after the middle, so that calls do not do it at once. */
const mostJitter = 5_000;

export interface SessionTimerEvents {
  /** It is time to refresh, which is our work. Say {@link SessionTimer.start} or {@link SessionTimer.tryAgainIn} then. */
  onRefreshDue(): void;
  /** Nobody has refreshed in time. The timer is off. */
  onExpired(): void;
}

/*
 * The session timer of one dialog: RFC 4028 §10.
 *
 *          start                        they refresh: the whole interval
 *   off ----------> running ------------------------------------------> onExpired (off)
 *    ^    stop       |  ^ start: a refresh succeeded
 *    +---------------+  |
 *                    |  +-- we refresh: half the interval, or a second attempt --> onRefreshDue
 */

/** Counts the interval of a session, and says when to refresh it or that it is over. */
export class SessionTimer {
  readonly #timers: TimerSet<'refresh' | 'expiry'>;
  #agreement: SessionAgreement | undefined;

  constructor(clock: Clock, events: SessionTimerEvents) {
    this.#timers = new TimerSet(clock, (name) => {
      if (name === 'refresh') events.onRefreshDue();
      else {
        this.stop();
        events.onExpired();
      }
    });
  }

  /** What is being counted; `undefined` when the session does not expire. */
  get agreement(): SessionAgreement | undefined {
    return this.#agreement;
  }

  /** Begins the interval anew: the session was refreshed, or a timer agreed on. */
  start(agreement: SessionAgreement): void {
    this.stop();
    this.#agreement = agreement;
    const interval = agreement.seconds * 1_000;
    this.#timers.start('expiry', interval);
    if (agreement.refresher === 'us') this.#timers.start('refresh', interval / 2 + jitterOf(interval));
  }

  /** Another attempt to refresh after `milliseconds`; when the session is over before, it expires. */
  tryAgainIn(milliseconds: number): void {
    if (this.#agreement !== undefined) this.#timers.start('refresh', milliseconds);
  }

  /** Harmless when it is off. */
  stop(): void {
    this.#timers.stopAll();
    this.#agreement = undefined;
  }
}

/** Some milliseconds about 0; less with an interval so short that five seconds would be much of it. */
function jitterOf(interval: number): number {
  const most = Math.floor(Math.min(mostJitter, interval / 18));
  return most === 0 ? 0 : randomInt(-most, most + 1);
}
