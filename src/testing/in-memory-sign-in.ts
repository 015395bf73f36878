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

/**
 * Sign-in over a list of mailboxes: the port's contract without database and hashing. Each call of it takes its time
 * on the clock, the same for every extension, and is not cancelled by anything.
 */
export class InMemorySignIn implements SignIn {
  readonly attempts: AttemptRecord[] = [];
  readonly #clock: Clock;
  readonly #mailboxes: readonly MemoryMailbox[];
  readonly #milliseconds: number;
  readonly #onCall: () => void;

  /**
   * @param milliseconds how long each call takes.
   * @param onCall told of each call as it begins; what it throws is what the call fails with.
   */
  constructor(
    clock: Clock,
    mailboxes: readonly MemoryMailbox[],
    milliseconds: number = 40,
    onCall: () => void = () => {},
  ) {
    this.#clock = clock;
    this.#mailboxes = mailboxes;
    this.#milliseconds = milliseconds;
    this.#onCall = onCall;
  }

  async recognise(_dialPlan: DialPlanId, assertedNumber: string): Promise<RecognisedCaller | undefined> {
    this.#onCall();
    await this.#takeTime();
    const mailbox = this.#mailboxes.find(
      ({ extension, numbers = [] }) => extension === assertedNumber || numbers.includes(assertedNumber),
    );
    return mailbox === undefined ? undefined : { extension: mailbox.extension };
  }

  async attempt(_dialPlan: DialPlanId, extension: string, pin: string, source: SignInSource): Promise<SignInVerdict> {
    this.#onCall();
    const record: AttemptRecord = { extension, source, verdict: undefined };
    this.attempts.push(record);
    await this.#takeTime();
    const mailbox = this.#mailboxes.find((one) => one.extension === extension && one.pin === pin);
    const verdict: SignInVerdict =
      mailbox === undefined ? { kind: 'failed' } : { kind: 'signed-in', mailbox: signedIn(mailbox) };
    record.verdict = verdict.kind;
    return verdict;
  }

  #takeTime(): Promise<void> {
    return new Promise((resolve) => this.#clock.after(this.#milliseconds, resolve));
  }
}

function signedIn({ extension }: MemoryMailbox): SignedInMailbox {
  return { id: `mailbox-${extension}`, displayName: `Owner of ${extension}`, extension, language: 'en-US' };
}
