import type { Cancel, Clock } from '../domain/clock.ts';
import { describeFault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import { type Actor, type AuditDetails, audit } from './audit.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { Database } from './ports/database.ts';
import { networkOf } from './source-key.ts';

/** How long a window is in which refusals are counted, in milliseconds. */
const WINDOW = 60_000;
/** Of one source so many are recorded one by one in a window. */
const RECORDED_OF_SOURCE = 10;
/** Of all sources together. */
const RECORDED = 30;

/** Somebody was not let in, or not let do something. */
export interface AccessRefusal {
  readonly action: 'authentication-failed' | 'access-refused';
  readonly actor: Actor;
  /** Of a user who has proved to be one, whose mailbox it is. */
  readonly mailboxId?: MailboxId;
  readonly address: string;
  readonly reason: string;
  readonly details: AuditDetails;
}

export interface AccessRefusalParts {
  readonly database: Database;
  readonly auditSealer: AuditSealer;
  readonly clock: Clock;
  readonly log: Log;
}

interface Tally {
  readonly address: string;
  recorded: number;
  unrecorded: number;
}

/**
 * Puts refusals on the record (SPEC §5), without letting a flood of them fill the database: ten of a source in a minute
 * and thirty in all are recorded one by one. The rest is counted, and its number recorded at the end of the minute, by
 * source, or without one for sources of which nothing was recorded.
 */
export class AccessRefusals {
  readonly #parts: AccessRefusalParts;
  readonly #tallies = new Map<string, Tally>();
  #recorded = 0;
  #elsewhere = 0;
  #cancel: Cancel | undefined;

  constructor(parts: AccessRefusalParts) {
    this.#parts = parts;
  }

  /** Resolves when it is recorded or counted; rejects when the database fails. */
  async record({ address, ...refusal }: AccessRefusal): Promise<void> {
    this.#cancel ??= this.#parts.clock.after(WINDOW, () => void this.#endWindow());
    if (!this.#mayRecord(address)) return;
    await this.#write({ ...refusal, outcome: 'refused', source: { kind: 'http', address } });
  }

  /** Records what has only been counted. */
  async close(): Promise<void> {
    this.#cancel?.();
    await this.#endWindow();
  }

  /** Decides and counts in one step, so that simultaneous ones do not all find room. */
  #mayRecord(address: string): boolean {
    const network = networkOf(address);
    const tally = this.#tallies.get(network);
    const isFull = this.#recorded >= RECORDED;
    if (tally === undefined) {
      if (isFull) {
        this.#elsewhere++;
        return false;
      }
      this.#tallies.set(network, { address, recorded: 1, unrecorded: 0 });
    } else if (isFull || tally.recorded >= RECORDED_OF_SOURCE) {
      tally.unrecorded++;
      return false;
    } else {
      tally.recorded++;
    }
    this.#recorded++;
    return true;
  }

  async #endWindow(): Promise<void> {
    this.#cancel = undefined;
    this.#recorded = 0;
    const tallies = [...this.#tallies.values()].filter(({ unrecorded }) => unrecorded > 0);
    this.#tallies.clear();
    const elsewhere = this.#elsewhere;
    this.#elsewhere = 0;
    try {
      for (const { address, unrecorded } of tallies) await this.#writeCount({ kind: 'http', address }, unrecorded);
      if (elsewhere > 0) await this.#writeCount({ kind: 'service' }, elsewhere);
    } catch (error) {
      const lost = tallies.reduce((sum, { unrecorded }) => sum + unrecorded, elsewhere);
      this.#parts.log.error({ fault: describeFault(error), lost }, 'Refusals that were counted cannot be recorded');
    }
  }

  #writeCount(source: Parameters<typeof audit>[3]['source'], unrecorded: number): Promise<void> {
    return this.#write({
      action: 'authentication-failed',
      outcome: 'refused',
      actor: { kind: 'unknown' },
      source,
      reason: 'too-many-to-record',
      details: { unrecorded },
    });
  }

  #write(entry: Parameters<typeof audit>[3]): Promise<void> {
    const { database, auditSealer, clock } = this.#parts;
    return database.transact((stores) => audit(stores, auditSealer, clock.now(), entry));
  }
}
