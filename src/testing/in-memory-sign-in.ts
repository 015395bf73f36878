import type { Clock } from '../domain/clock.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { RecognisedCaller, SignedInMailbox, SignIn, SignInSource, SignInVerdict } from '../services/sign-in.ts';

/** A mailbox as the sign-in of conversation tests knows it. */
export interface MemoryMailbox {
  readonly extension: string;
  readonly pin: string;
  /** Numbers, besides the extension, by which its owner is recognised. */
  readonly numbers?: readonly string[];
}

export interface AttemptRecord {
  readonly extension: string;
  readonly source: SignInSource;
  /** Undefined as long as the attempt is being decided. */
  verdict: SignInVerdict['kind'] | undefined;
}

export interface InMemorySignInOptions {
  readonly clock: Clock;
  readonly mailboxes: readonly MemoryMailbox[];
  /** How long each call takes, in milliseconds; default 40. */
  readonly duration?: number;
  /** What each call fails with, once its time is over. */
  readonly fault?: Error;
  /** Told of each call as it begins. */
  readonly onCall?: () => void;
}

/**
 * Sign-in over a list of mailboxes: the port's contract without database and hashing. Each call of it takes its time
 * on the clock, the same for every extension, and is not cancelled by anything.
 */
export class InMemorySignIn implements SignIn {
  readonly attempts: AttemptRecord[] = [];
  readonly #options: InMemorySignInOptions;
  #busyUntil = 0;

  constructor(options: InMemorySignInOptions) {
    this.#options = options;
  }

  /** When the last call of it was or will be over, on the clock. */
  get busyUntil(): number {
    return this.#busyUntil;
  }

  async recognise(_dialPlan: DialPlanId, assertedNumber: string): Promise<RecognisedCaller | undefined> {
    await this.#takeTime();
    const mailbox = this.#options.mailboxes.find(
      ({ extension, numbers = [] }) => extension === assertedNumber || numbers.includes(assertedNumber),
    );
    return mailbox === undefined ? undefined : { extension: mailbox.extension };
  }

  async attempt(_dialPlan: DialPlanId, extension: string, pin: string, source: SignInSource): Promise<SignInVerdict> {
    const record: AttemptRecord = { extension, source, verdict: undefined };
    this.attempts.push(record);
    await this.#takeTime();
    const mailbox = this.#options.mailboxes.find((one) => one.extension === extension && one.pin === pin);
    const verdict: SignInVerdict =
      mailbox === undefined ? { kind: 'failed' } : { kind: 'signed-in', mailbox: signedIn(mailbox) };
    record.verdict = verdict.kind;
    return verdict;
  }

  async #takeTime(): Promise<void> {
    const { clock, duration = 40, fault, onCall } = this.#options;
    this.#busyUntil = clock.monotonic() + duration;
    onCall?.();
    await new Promise<void>((resolve) => clock.after(duration, resolve));
    if (fault !== undefined) throw fault;
  }
}

function signedIn({ extension }: MemoryMailbox): SignedInMailbox {
  return { id: `mailbox-${extension}`, displayName: `Owner of ${extension}`, extension, language: 'en-US' };
}
