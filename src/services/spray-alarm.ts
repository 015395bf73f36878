import type { Clock } from '../domain/clock.ts';
import type { CredentialId } from '../domain/credential.ts';
import type { Log } from '../domain/log.ts';
import type { Meter } from '../domain/meter.ts';
import type { OperatorAlerts } from './ports/operator-alerts.ts';
import type { FailureSource } from './source-key.ts';

/** Failures at so many mailboxes from one source within so many minutes are a spray. */
export interface SprayLimits {
  /** 2 to 100. */
  readonly mailboxes: number;
  readonly minutes: number;
}

/** Few people share a number, and ten of them rarely mistype within ten minutes. */
export const SPRAY_DEFAULTS: SprayLimits = { mailboxes: 10, minutes: 10 };

export interface SprayAlarmParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly alerts: OperatorAlerts;
}

/** What a source has failed at lately. Times are on the monotonic clock. */
interface Suspect {
  /** When it last failed there, those longest ago first. */
  readonly failures: Map<CredentialId, number>;
  lastFailureAt: number;
  alarmedAt: number;
}

const MINUTE = 60_000;

/**
 * Most failures that are remembered, of all sources together; then the sources that have been quiet longest are
 * forgotten. A failure costs a hash, and a machine with four cores computes fewer than this in the ten minutes that
 * count by default: no flood of sources makes it forget one that goes on.
 */
const MOST_REMEMBERED = 50_000;

/**
 * Notices a source that fails at many mailboxes within some minutes: a few PINs tried at each stay below what any one
 * of them counts. The operator is told once for each source in that time.
 *
 * A failure where there is no mailbox counts for the decoy that stood in for it, so nothing that was keyed is kept here;
 * another try at the same extension counts no more, as at a mailbox. What is kept is kept in memory: a restart forgets
 * it, and each of several processes sees the failures of its own calls only.
 */
export class SprayAlarm {
  readonly #parts: SprayAlarmParts;
  readonly #limits: SprayLimits;
  readonly #window: number;
  readonly #most: number;
  /** By source, those that have been quiet longest first. */
  readonly #suspects = new Map<string, Suspect>();
  #remembered = 0;

  /** @param most failures to remember. */
  constructor(parts: SprayAlarmParts, limits: SprayLimits, most: number = MOST_REMEMBERED) {
    this.#parts = parts;
    this.#limits = limits;
    this.#window = limits.minutes * MINUTE;
    this.#most = most;
  }

  /** How many failures are remembered. */
  get remembered(): number {
    return this.#remembered;
  }

  /** A sign-in has failed, at a mailbox or a decoy. */
  failed(source: FailureSource, credential: CredentialId): void {
    const now = this.#parts.clock.monotonic();
    const suspect = this.#suspects.get(source.key) ?? newSuspect();
    this.#suspects.delete(source.key);
    this.#suspects.set(source.key, suspect);
    this.#note(suspect, credential, now);
    if (suspect.failures.size >= this.#limits.mailboxes && now - suspect.alarmedAt >= this.#window) {
      suspect.alarmedAt = now;
      this.#alarm(source);
    }
    this.#forget(now);
  }

  #note(suspect: Suspect, credential: CredentialId, now: number): void {
    const { failures } = suspect;
    const before = failures.size;
    failures.delete(credential);
    failures.set(credential, now);
    suspect.lastFailureAt = now;
    for (const [oldest, at] of failures) {
      if (now - at < this.#window && failures.size <= this.#limits.mailboxes) break;
      failures.delete(oldest);
    }
    this.#remembered += failures.size - before;
  }

  #forget(now: number): void {
    for (const [key, { failures, lastFailureAt }] of this.#suspects) {
      if (now - lastFailureAt < this.#window && this.#remembered <= this.#most) return;
      this.#suspects.delete(key);
      this.#remembered -= failures.size;
    }
  }

  #alarm({ kind, name, key }: FailureSource): void {
    const { clock, log, meter, alerts } = this.#parts;
    const { mailboxes, minutes } = this.#limits;
    meter.count('spray-alarm', kind);
    log.warn({ event: 'spray', source: key, mailboxes, minutes }, 'Sign-ins fail at many mailboxes from one source');
    alerts.raise({ kind: 'spray', at: clock.now(), source: { kind, name }, mailboxes, minutes });
  }
}

function newSuspect(): Suspect {
  return { failures: new Map(), lastFailureAt: Number.NEGATIVE_INFINITY, alarmedAt: Number.NEGATIVE_INFINITY };
}
