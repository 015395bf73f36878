import { changeCauses } from '../domain/forced-change.ts';
import { opensAt, releaseTimedLock } from '../domain/lockout.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import { audit, readEntry } from './audit.ts';
import type { ServiceParts } from './parts.ts';
import type { PinAdministration, QueuedMail } from './pin-administration.ts';
import { type PinMailbox, readPinMailbox } from './pin-mailbox.ts';
import type { AuditRecord } from './ports/audit-store.ts';
import { PIN_LETTERS } from './ports/letter.ts';
import type { OutboxMail } from './ports/outbox-store.ts';

/** Resets that a user may ask for within an hour. */
export const RESETS_AN_HOUR = 3;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Sign-ins that a user is shown. */
const MOST_SIGN_INS = 20;
/** Records of the mailbox that are looked at for them, whatever they are of. */
const AMONG = 500;
/** Mails of the mailbox that are looked at for the newest one with a PIN. */
const MAILS = 20;

/** How an attempt by telephone came out, as its user is told. */
export type SignInOutcome = 'succeeded' | 'failed' | 'locked-out' | 'turned-away';

export interface RecentSignIn {
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly outcome: SignInOutcome;
  /** The number that a trusted peer vouched for. */
  readonly callingNumber: string | undefined;
}

/** A mailbox as its user sees it. Moments are milliseconds since 1970. */
export interface OwnMailbox {
  readonly mailbox: Mailbox;
  readonly accessNumbers: readonly string[];
  readonly pin: {
    /** `must-change` at the next sign-in, for it was reset or is the first; `expired` because of its age. */
    readonly state: 'ok' | 'expired' | 'must-change';
    readonly setAt: number;
    /** When it is too old by the policy; undefined where none is. */
    readonly expiresAt: number | undefined;
  };
  readonly lockedOut: boolean;
  /** Undefined when it is not locked, or until a person unlocks it. */
  readonly lockedUntil: number | undefined;
  readonly failuresSinceSuccess: number;
  readonly lastSuccessAt: number | undefined;
  /** The newest first. */
  readonly recentSignIns: readonly RecentSignIn[];
  /** The newest with a PIN. */
  readonly mail: Pick<OutboxMail, 'state' | 'queuedAt'> | undefined;
}

export type OwnReset =
  | { readonly kind: 'reset'; readonly mail: QueuedMail; readonly lockedOut: boolean }
  | { readonly kind: 'no-such-mailbox' }
  /** Three in the last hour; `retryAfter` is in seconds. */
  | { readonly kind: 'too-many'; readonly retryAfter: number };

export interface SelfServiceParts extends ServiceParts {
  readonly pinAdministration: PinAdministration;
}

const OUTCOMES: Readonly<Record<string, SignInOutcome>> = {
  'signed-in': 'succeeded',
  failed: 'failed',
  locked: 'locked-out',
  'source-refused': 'turned-away',
  'not-checked': 'turned-away',
};

function recentSignIn({ at, entry }: AuditRecord): RecentSignIn | undefined {
  const read = readEntry(entry);
  const outcome = read && OUTCOMES[read.outcome];
  if (read === undefined || outcome === undefined) return undefined;
  return { at, outcome, callingNumber: read.source.kind === 'call' ? read.source.assertedNumber : undefined };
}

function pinOf({ credential: { state }, policy }: PinMailbox, now: number): OwnMailbox['pin'] {
  // Whatever its length, which nobody knows until it is keyed.
  const causes = changeCauses(state, policy, policy.minPinLength, now);
  const mustChange = causes.includes('pin-expired') || causes.includes('first-time');
  const { pinSetAt: setAt } = state;
  return {
    state: mustChange ? 'must-change' : causes.includes('lifetime') ? 'expired' : 'ok',
    setAt,
    expiresAt: policy.pinLifetime === 'unlimited' ? undefined : setAt + policy.pinLifetime * DAY,
  };
}

/** What users do with their own mailbox (SPEC §5, "Users themselves"). Every method throws when the database fails. */
export class SelfService {
  readonly #parts: SelfServiceParts;

  constructor(parts: SelfServiceParts) {
    this.#parts = parts;
  }

  /** The mailbox of this id; undefined when it is gone. */
  mailbox(id: MailboxId): Promise<Mailbox | undefined> {
    return this.#parts.database.mailboxes.byId(id);
  }

  /** The mailbox of an address that somebody has proved to have; undefined when there is none. */
  mailboxOf(address: string): Promise<Mailbox | undefined> {
    return this.#parts.database.mailboxes.byAddress(address);
  }

  /** Everything that its user is shown; undefined when it is gone. */
  look(id: MailboxId): Promise<OwnMailbox | undefined> {
    const now = this.#parts.clock.now();
    return this.#parts.database.look(async (stores) => {
      const found = await readPinMailbox(stores, id);
      if (found === undefined) return undefined;
      const { mailbox, policy } = found;
      const state = releaseTimedLock(found.credential.state, policy, now);
      const criteria = { mailbox: id, action: 'sign-in' };
      const signIns = await stores.audit.find(criteria, undefined, MOST_SIGN_INS, AMONG);
      const mails = await stores.outbox.ofMailbox(id, MAILS);
      return {
        mailbox,
        accessNumbers: await stores.dialPlans.accessNumbersOf(mailbox.dialPlanId),
        pin: pinOf(found, now),
        lockedOut: state.lock !== undefined,
        lockedUntil: state.lock && opensAt(state.lock, policy),
        failuresSinceSuccess: state.failuresSinceSuccess,
        lastSuccessAt: state.lastSuccessAt,
        recentSignIns: signIns.found.flatMap((record) => recentSignIn(record) ?? []),
        mail: mails.find(({ letter }) => PIN_LETTERS.includes(letter.kind)),
      };
    });
  }

  /**
   * Has a new PIN generated and mailed to the mailbox's own address; it has to be changed at the next sign-in. It opens a
   * lock that failed sign-ins caused, and none that a person set.
   */
  async resetPin(id: MailboxId, address: string): Promise<OwnReset> {
    const retryAfter = await this.#untilNextReset(id);
    if (retryAfter > 0) return { kind: 'too-many', retryAfter };
    const result = await this.#parts.pinAdministration.reset(id, {}, by(address));
    switch (result.kind) {
      case 'reset': {
        const [mail] = result.mails;
        if (mail === undefined) throw new Error('A PIN that was generated was mailed to nobody');
        return { kind: 'reset', mail, lockedOut: result.lockedOut };
      }
      case 'no-such-mailbox':
        return result;
      default:
        throw new Error(`A user's own reset was refused: ${result.kind}`);
    }
  }

  /**
   * The user says that somebody else has signed in: locks the mailbox until an administrator unlocks it, ends its calls,
   * and tells the operator. False when it is gone.
   */
  async report(id: MailboxId, address: string): Promise<boolean> {
    const { database, auditSealer, clock, log, alerts, pinAdministration } = this.#parts;
    const locked = await pinAdministration.lock(id, by(address));
    const mailbox = await this.mailbox(id);
    if (locked.kind === 'no-such-mailbox' || mailbox === undefined) return false;
    const now = clock.now();
    log.warn({ event: 'mailbox-reported', mailbox: id }, 'A user reports that somebody else has used the mailbox');
    alerts.raise({ kind: 'report', at: now, mailbox: { id, address: mailbox.address } });
    const details = { wasLockedOut: !locked.changed };
    await database.transact((stores) =>
      audit(stores, auditSealer, now, {
        action: 'mailbox-report',
        outcome: 'done',
        ...by(address),
        mailboxId: id,
        details,
      }),
    );
    return true;
  }

  /** In seconds; 0 when one may be asked for now. */
  async #untilNextReset(mailbox: MailboxId): Promise<number> {
    const now = this.#parts.clock.now();
    const criteria = { mailbox, action: 'pin-reset', outcome: 'done', from: now - HOUR + 1 };
    const { found } = await this.#parts.database.audit.find(criteria, undefined, AMONG, AMONG);
    const own = found.filter(({ entry }) => readEntry(entry)?.actor.kind === 'user');
    const first = own[RESETS_AN_HOUR - 1];
    return first === undefined ? 0 : Math.max(1, Math.ceil((first.at + HOUR - now) / 1_000));
  }
}

/** The user, who has proved to be one to the pages, and from where. */
const by = (address: string) => ({ actor: { kind: 'user' }, source: { kind: 'http', address } }) as const;
