import type { DialPlanId } from '../domain/dial-plan.ts';
import type { ChangeCause } from '../domain/forced-change.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type {
  RecognisedCaller,
  SessionEnd,
  SignedInMailbox,
  SignIn,
  SignInSession,
  SignInSource,
  SignInVerdict,
} from '../services/sign-in.ts';
import { ServiceTime, type ServiceTimeOptions } from './service-time.ts';

/** A mailbox as the sign-in of conversation tests knows it. */
export interface MemoryMailbox {
  readonly extension: string;
  readonly pin: string;
  /** Numbers, besides the extension, by which its owner is recognised. */
  readonly numbers?: readonly string[];
  /** Default Los Angeles. */
  readonly timeZone?: string;
  readonly clock?: SignedInMailbox['clock'];
  readonly changeCauses?: readonly ChangeCause[];
  readonly failures?: SignInSession['failures'];
  readonly lockedElsewhere?: boolean;
  /** What every attempt comes to, whatever PIN is keyed. */
  readonly verdict?: Exclude<SignInVerdict, { kind: 'signed-in' }>;
  /** The failed attempt that has the PIN replaced. */
  readonly failuresBeforeReset?: number;
}

export interface AttemptRecord {
  readonly extension: string;
  readonly source: SignInSource;
  /** Undefined as long as the attempt is being decided. */
  verdict: SignInVerdict['kind'] | undefined;
}

export interface InMemorySignInOptions extends ServiceTimeOptions {
  readonly mailboxes: readonly MemoryMailbox[];
}

/** One signed-in call, with what a test asks about it. */
export class MemorySession implements SignInSession {
  readonly mailbox: SignedInMailbox;
  readonly changeCauses: readonly ChangeCause[];
  readonly failures: SignInSession['failures'];
  readonly lockedElsewhere: boolean;
  #listener: ((why: SessionEnd) => void) | undefined;
  #ended: SessionEnd | undefined;
  #closed = false;

  constructor({ extension, timeZone, clock, changeCauses, failures, lockedElsewhere }: MemoryMailbox) {
    this.mailbox = {
      id: `mailbox-${extension}` as MailboxId,
      displayName: `Owner of ${extension}`,
      extension,
      language: 'en-US',
      timeZone: timeZone ?? 'America/Los_Angeles',
      clock: clock ?? '12-hour',
    };
    this.changeCauses = changeCauses ?? [];
    this.failures = failures;
    this.lockedElsewhere = lockedElsewhere ?? false;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Why it may not go on; undefined while it may. */
  get endedBy(): SessionEnd | undefined {
    return this.#ended;
  }

  onEnd(listener: (why: SessionEnd) => void): void {
    if (this.#closed) return;
    if (this.#ended === undefined) this.#listener = listener;
    else listener(this.#ended);
  }

  end(why: SessionEnd): void {
    if (this.#closed || this.#ended !== undefined) return;
    this.#ended = why;
    this.#listener?.(why);
  }

  close(): void {
    this.#closed = true;
  }
}

/**
 * Sign-in over a list of mailboxes: the port's contract without database and hashing. Each call of it takes its time
 * on the clock, the same for every extension, and is not cancelled by anything.
 */
export class InMemorySignIn implements SignIn {
  readonly attempts: AttemptRecord[] = [];
  readonly sessions: MemorySession[] = [];
  readonly #mailboxes: readonly MemoryMailbox[];
  readonly #time: ServiceTime;

  constructor({ mailboxes, ...time }: InMemorySignInOptions) {
    this.#mailboxes = mailboxes;
    this.#time = new ServiceTime(time);
  }

  /** When the last call of it was or will be over, on the clock. */
  get busyUntil(): number {
    return this.#time.busyUntil;
  }

  /** Ends the sessions that there are, as a reset or a lock does. */
  endSessions(why: SessionEnd): void {
    for (const session of this.sessions) session.end(why);
  }

  async recognise(_dialPlan: DialPlanId, assertedNumber: string): Promise<RecognisedCaller | undefined> {
    await this.#time.pass();
    const mailbox = this.#mailboxes.find(
      ({ extension, numbers = [] }) => extension === assertedNumber || numbers.includes(assertedNumber),
    );
    return mailbox === undefined ? undefined : { extension: mailbox.extension };
  }

  async attempt(_dialPlan: DialPlanId, extension: string, pin: string, source: SignInSource): Promise<SignInVerdict> {
    const record: AttemptRecord = { extension, source, verdict: undefined };
    this.attempts.push(record);
    await this.#time.pass();
    const verdict = this.#decide(extension, pin);
    record.verdict = verdict.kind;
    return verdict;
  }

  #decide(extension: string, pin: string): SignInVerdict {
    const mailbox = this.#mailboxes.find((one) => one.extension === extension);
    if (mailbox?.verdict !== undefined) return mailbox.verdict;
    if (mailbox?.pin === pin) {
      const session = new MemorySession(mailbox);
      this.sessions.push(session);
      return { kind: 'signed-in', session };
    }
    const failures = this.attempts.filter((one) => one.extension === extension).length;
    return failures === mailbox?.failuresBeforeReset ? { kind: 'pin-reset' } : { kind: 'failed' };
  }
}
