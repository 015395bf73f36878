import type { EslEvent } from 'drachtio-fsmrf';
import type { Cancel, Clock } from '../domain/clock.ts';

/** What a media server says of itself, in its HEARTBEAT events and when it is asked for its `status`. */
export interface MediaServerVitals {
  readonly sessions: number;
  /** How many it takes at the same time. */
  readonly maxSessions: number;
  /** The share of its processors that is idle, 0–100. */
  readonly idleCpu: number;
}

function vitals(sessions: string | undefined, max: string | undefined, idle: string | undefined) {
  const found = { sessions: Number(sessions), maxSessions: Number(max), idleCpu: Number(idle) };
  const isWhole = Object.values(found).every((value) => Number.isFinite(value) && value >= 0);
  return isWhole && sessions !== undefined && max !== undefined && idle !== undefined ? found : undefined;
}

/** What a HEARTBEAT tells; undefined when it has not what one of FreeSWITCH has. */
export function vitalsOfHeartbeat(event: Pick<EslEvent, 'getHeader'>): MediaServerVitals | undefined {
  return vitals(event.getHeader('Session-Count'), event.getHeader('Max-Sessions'), event.getHeader('Idle-CPU'));
}

/** What the text that `status` answers tells; undefined when it is not FreeSWITCH's. */
export function vitalsOfStatus(text: string): MediaServerVitals | undefined {
  return vitals(
    /^(\d+) session\(s\) - peak/m.exec(text)?.[1],
    /^(\d+) session\(s\) max/m.exec(text)?.[1],
    /^min idle cpu [\d.]+\/([\d.]+)/m.exec(text)?.[1],
  );
}

/** FreeSWITCH's own interval, assumed until heartbeats have told which it is; milliseconds. */
const ASSUMED_INTERVAL = 20_000;

/** A pulse has stopped after so many intervals without a heartbeat. */
const MISSED = 3;

/**
 * Listens for heartbeats and says once when they stay away: a media server may answer what it is asked, and yet have
 * stopped doing its work. The next heartbeat starts the watch again.
 */
export class Pulse {
  readonly #clock: Clock;
  readonly #onStopped: () => void;
  #interval = ASSUMED_INTERVAL;
  #lastAt: number | undefined;
  #cancel: Cancel = () => undefined;
  #stopped = false;

  constructor(clock: Clock, onStopped: () => void) {
    this.#clock = clock;
    this.#onStopped = onStopped;
    this.#watch();
  }

  /** Whether the heartbeats have stayed away for three intervals. */
  get stopped(): boolean {
    return this.#stopped;
  }

  beat(): void {
    const now = this.#clock.monotonic();
    // After a silence, the gap says how long that was and not what the interval is. And a shorter gap is believed bit by
    // bit only: two heartbeats that have waited for this process come at the same moment.
    if (this.#lastAt !== undefined && !this.#stopped) {
      this.#interval = Math.max(now - this.#lastAt, this.#interval * 0.75);
    }
    this.#lastAt = now;
    this.#stopped = false;
    this.#watch();
  }

  /** Watches no more. */
  close(): void {
    this.#cancel();
  }

  #watch(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(MISSED * this.#interval, () => {
      this.#stopped = true;
      this.#onStopped();
    });
  }
}
