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

/** Everything is to be read anew, and who may listen to be looked up. */
const MISSED: readonly Happening[] = [{ kind: 'missed' }, { kind: 'access-changed' }];

const numbersOf = ({ at: _at, ...numbers }: Overview): Omit<Overview, 'at'> => numbers;

function mailOf(record: AuditRecord): Happening | undefined {
  const entry = readEntry(record.entry);
  const id = entry?.details?.mail;
  if (entry?.action !== 'mail' || typeof id !== 'string' || record.mailboxId === undefined) return undefined;
  return { kind: 'mail', id, mailboxId: record.mailboxId, state: entry.outcome };
}

function toldOf(records: readonly AuditRecord[]): readonly Happening[] {
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

/** What has been told to those who listen now. Whoever listens after all have left begins with another. */
interface Told {
  /** The last record that was told of. */
  sequence: number;
  overview: Overview;
  /** On the monotonic clock. */
  countedAt: number;
  calls: ReadonlySet<string>;
  /** A look has failed, and nobody knows what would have been told. */
  hasMissed: boolean;
  cancel: Cancel | undefined;
}

/**
 * Tells what happens to whoever listens, whichever process did it: everything that changes anything is in the audit trail,
 * so its end is looked at every second, as long as somebody listens and no longer. Calls are those of this process.
 */
export class Happenings {
  readonly #parts: HappeningParts;
  readonly #listeners = new Set<HappeningListener>();
  /** Undefined while nobody listens. */
  #told: Told | undefined;

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
    const found = this.#told ?? (await this.#found());
    // Somebody else may have begun meanwhile.
    this.#told ??= this.#begun(found);
    this.#listeners.add(listener);
    const { sequence, overview } = this.#told;
    return { sequence, overview, stop: () => this.#stop(listener) };
  }

  async #found(): Promise<Pick<Told, 'sequence' | 'overview'>> {
    return { sequence: await this.#last(), overview: await overviewOf(this.#parts) };
  }

  #begun({ sequence, overview }: Pick<Told, 'sequence' | 'overview'>): Told {
    const countedAt = this.#parts.clock.monotonic();
    const told = { sequence, overview, countedAt, calls: this.#liveCalls(), hasMissed: false, cancel: undefined };
    this.#wait(told);
    return told;
  }

  #stop(listener: HappeningListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    this.#told?.cancel?.();
    this.#told = undefined;
  }

  #wait(told: Told): void {
    told.cancel = this.#parts.clock.after(LOOKED_EVERY, () => void this.#look(told));
  }

  async #look(told: Told): Promise<void> {
    try {
      await this.#tell(told);
    } catch (error) {
      if (!told.hasMissed && this.#told === told) {
        this.#parts.log.error({ fault: describeFault(error) }, 'What happens cannot be told for now');
      }
      told.hasMissed = true;
    }
    if (this.#told === told) this.#wait(told);
  }

  async #tell(told: Told): Promise<void> {
    const happenings = [...(await this.#records(told)), ...this.#callChanges(told)];
    happenings.push(...(await this.#numbers(told, told.hasMissed || happenings.length > 0)));
    if (told.hasMissed) happenings.unshift(...MISSED);
    told.hasMissed = false;
    // All who listened may have left while the database was asked, and others may have come, who begin anew.
    if (happenings.length === 0 || this.#told !== told) return;
    for (const listener of [...this.#listeners]) listener(happenings, told.sequence);
  }

  async #records(told: Told): Promise<readonly Happening[]> {
    const { audit } = this.#parts.database;
    const [from, last] = [told.sequence, await this.#last()];
    if (last === from) return [];
    told.sequence = last;
    // Also where somebody has put an older database in its place.
    if (last < from || last - from > MOST_RECORDS) return MISSED;
    return toldOf(await audit.from(from + 1, last - from));
  }

  #callChanges(told: Told): readonly Happening[] {
    const [before, now] = [told.calls, this.#liveCalls()];
    told.calls = now;
    return [
      ...[...now.difference(before)].map((id) => ({ kind: 'call', change: 'began', id }) as const),
      ...[...before.difference(now)].map((id) => ({ kind: 'call', change: 'ended', id }) as const),
    ];
  }

  async #numbers(told: Told, hasChanged: boolean): Promise<readonly Happening[]> {
    const { clock } = this.#parts;
    if (!hasChanged && clock.monotonic() - told.countedAt < COUNTED_EVERY) return [];
    const [before, overview] = [told.overview, await overviewOf(this.#parts)];
    told.countedAt = clock.monotonic();
    told.overview = overview;
    return isDeepStrictEqual(numbersOf(before), numbersOf(overview)) ? [] : [{ kind: 'overview', overview }];
  }

  #liveCalls(): ReadonlySet<string> {
    return new Set(this.#parts.calls.list().map(({ id }) => id));
  }

  async #last(): Promise<number> {
    return (await this.#parts.database.audit.last()) ?? 0;
  }
}
