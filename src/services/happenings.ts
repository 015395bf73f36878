import { isDeepStrictEqual } from 'node:util';
import type { Cancel } from '../domain/clock.ts';
import { describeFault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { readEntry } from './audit.ts';
import { type Overview, type OverviewParts, overviewOf } from './overview.ts';
import type { AuditRecord } from './ports/audit-store.ts';

/** How often the database is looked at while somebody listens, in milliseconds: other processes write to it, too. */
const LOOKED_EVERY = 1_000;

/** Numbers that change by the time alone are counted anew after this, in milliseconds. */
const COUNTED_EVERY = 10_000;

/** Records that are told one by one; of more at once, only that there were many. */
const MOST_RECORDS = 500;

/** Something that whoever looks at the service may want to see anew. */
export type Happening =
  /** The state of a mailbox has changed, or something was recorded of it. */
  | { readonly kind: 'mailbox'; readonly id: string }
  | { readonly kind: 'mail'; readonly id: string; readonly mailboxId: string; readonly state: string }
  /** The audit trail has grown up to this record. */
  | { readonly kind: 'audit'; readonly sequence: number }
  | { readonly kind: 'call'; readonly change: 'began' | 'ended'; readonly id: string }
  | { readonly kind: 'overview'; readonly overview: Overview }
  /** More than can be told: everything is to be read anew. */
  | { readonly kind: 'missed' }
  /** Somebody has been signed out, or a token or mailbox was removed: who listens may not any more. */
  | { readonly kind: 'access-changed' };

export type HappeningListener = (happenings: readonly Happening[], sequence: number) => void;

export interface HappeningParts extends OverviewParts {
  readonly log: Log;
}

const ENDS_ACCESS: ReadonlySet<string> = new Set(['web-sign-out', 'token-removed', 'mailbox-disabled']);

const numbersOf = ({ at: _at, ...numbers }: Overview): Omit<Overview, 'at'> => numbers;

function mailOf(record: AuditRecord): Happening | undefined {
  const entry = readEntry(record.entry);
  const id = entry?.details?.mail;
  if (entry?.action !== 'mail' || typeof id !== 'string' || record.mailboxId === undefined) return undefined;
  return { kind: 'mail', id, mailboxId: record.mailboxId, state: entry.outcome };
}

function told(records: readonly AuditRecord[]): readonly Happening[] {
  const last = records.at(-1);
  if (last === undefined) return [];
  const mailboxes = new Set(records.flatMap(({ mailboxId }) => mailboxId ?? []));
  const endsAccess = records.some(({ entry }) => ENDS_ACCESS.has(readEntry(entry)?.action ?? ''));
  return [
    ...[...mailboxes].map((id) => ({ kind: 'mailbox', id }) as const),
    ...records.flatMap((record) => mailOf(record) ?? []),
    { kind: 'audit', sequence: last.sequence },
    ...(endsAccess ? ([{ kind: 'access-changed' }] as const) : []),
  ];
}

/**
 * Tells what happens to whoever listens, whichever process did it: everything that changes anything is in the audit trail,
 * so its end is looked at every second, as long as somebody listens and no longer. Calls are those of this process.
 */
export class Happenings {
  readonly #parts: HappeningParts;
  readonly #listeners = new Set<HappeningListener>();
  #cancel: Cancel | undefined;
  #isLooking = false;
  /** The last record that was told of; undefined until it has been looked for. */
  #sequence: number | undefined;
  #calls: ReadonlySet<string> = new Set();
  #overview: Overview | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  constructor(parts: HappeningParts) {
    this.#parts = parts;
  }

  /** How many listen. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /**
   * Tells a listener from now on. Resolves to where the audit trail ends and how the numbers are; throws, and nobody
   * listens, when the database fails. The listener must not throw.
   */
  async listen(
    listener: HappeningListener,
  ): Promise<{ readonly sequence: number; readonly overview: Overview; readonly stop: Cancel }> {
    const sequence = this.#sequence ?? (await this.#last());
    const overview = this.#overview ?? (await overviewOf(this.#parts));
    if (this.#listeners.size === 0) this.#begin(sequence, overview);
    this.#listeners.add(listener);
    return { sequence: this.#sequence ?? sequence, overview, stop: () => this.#stop(listener) };
  }

  #begin(sequence: number, overview: Overview): void {
    this.#sequence = sequence;
    this.#overview = overview;
    this.#countedAt = this.#parts.clock.monotonic();
    this.#calls = this.#liveCalls();
    this.#wait();
  }

  #stop(listener: HappeningListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#cancel?.();
    this.#sequence = undefined;
    this.#overview = undefined;
  }

  #wait(): void {
    this.#cancel?.();
    this.#cancel = this.#parts.clock.after(LOOKED_EVERY, () => void this.#look());
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#tell();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing && this.#listeners.size > 0) {
        this.#parts.log.error({ fault: describeFault(error) }, 'What happens cannot be told for now');
      }
      this.#isFailing = true;
    } finally {
      this.#isLooking = false;
    }
    if (this.#listeners.size > 0) this.#wait();
  }

  async #tell(): Promise<void> {
    const happenings = [...(await this.#records()), ...this.#callChanges()];
    happenings.push(...(await this.#numbers(happenings.length > 0)));
    if (happenings.length === 0 || this.#sequence === undefined) return;
    for (const listener of [...this.#listeners]) listener(happenings, this.#sequence);
  }

  async #records(): Promise<readonly Happening[]> {
    const { audit } = this.#parts.database;
    const [from, last] = [this.#sequence, await this.#last()];
    if (from === undefined || last === from) return [];
    this.#sequence = last;
    // Also where somebody has put an older database in its place.
    if (last < from || last - from > MOST_RECORDS) return [{ kind: 'missed' }, { kind: 'access-changed' }];
    return told(await audit.from(from + 1, last - from));
  }

  #callChanges(): readonly Happening[] {
    const [before, now] = [this.#calls, this.#liveCalls()];
    this.#calls = now;
    return [
      ...[...now.difference(before)].map((id) => ({ kind: 'call', change: 'began', id }) as const),
      ...[...before.difference(now)].map((id) => ({ kind: 'call', change: 'ended', id }) as const),
    ];
  }

  async #numbers(hasChanged: boolean): Promise<readonly Happening[]> {
    const { clock } = this.#parts;
    if (!hasChanged && clock.monotonic() - this.#countedAt < COUNTED_EVERY) return [];
    const [before, overview] = [this.#overview, await overviewOf(this.#parts)];
    this.#countedAt = clock.monotonic();
    this.#overview = overview;
    if (before !== undefined && isDeepStrictEqual(numbersOf(before), numbersOf(overview))) return [];
    return [{ kind: 'overview', overview }];
  }

  #liveCalls(): ReadonlySet<string> {
    return new Set(this.#parts.calls.list().map(({ id }) => id));
  }

  async #last(): Promise<number> {
    return (await this.#parts.database.audit.last()) ?? 0;
  }
}
