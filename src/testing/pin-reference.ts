import type { AttemptLine } from '../domain/credential.ts';
import type { MailboxPolicySettings } from '../domain/mailbox-policy.ts';
import type { SignInVerdict } from '../services/sign-in.ts';
import { LockoutReference } from './lockout-reference.ts';

export type ReferencePolicy = Pick<
  MailboxPolicySettings,
  | 'logonFailuresBeforePinReset'
  | 'maxLogonAttempts'
  | 'lockoutDuration'
  | 'ownerLine'
  | 'minPinLength'
  | 'pinHistoryCount'
  | 'pinLifetime'
>;

/** What a caller is to be told of a sign-in; a success with everything that goes with it. */
export type ExpectedVerdict =
  | { readonly kind: Exclude<SignInVerdict['kind'], 'signed-in'> }
  | {
      readonly kind: 'signed-in';
      /** The version that the session is under. */
      readonly version: number;
      readonly changeCauses: readonly string[];
      readonly failures: { readonly count: number; readonly lastAt: number } | undefined;
      readonly lockedElsewhere: boolean;
    };

/** A guess that is open in the reference, too. */
export interface ReferenceGuess {
  readonly id: string;
  readonly line: AttemptLine;
  readonly pin: string;
  readonly isRight: boolean;
  readonly toldOf: { readonly count: number; readonly lastAt: number } | undefined;
}

const DAY = 24 * 3_600_000;

/**
 * A mailbox with its PINs in the clear, told from SPEC §2, §3 and §5: {@link LockoutReference} knows nothing of PINs.
 * A PIN that the service has generated is not known here before somebody has read it in a letter.
 */
export class PinReference {
  readonly lockout: LockoutReference;
  /** The newest first, the current one included. */
  readonly history: string[];
  #refusals: readonly number[] = [];
  #policy: ReferencePolicy;
  #guesses = 0;
  /** Attempts that nobody decided and somebody found. */
  abandoned = 0;
  resetsOnRequest = 0;

  constructor(policy: ReferencePolicy, pin: string, now: number) {
    this.lockout = new LockoutReference(policy, now, true);
    this.history = [pin];
    this.#policy = policy;
  }

  get policy(): ReferencePolicy {
    return this.#policy;
  }

  set policy(policy: ReferencePolicy) {
    this.#policy = policy;
    this.lockout.policy = policy;
  }

  /** Undefined while nobody has read it. */
  get pin(): string | undefined {
    return this.history[0] === '' ? undefined : this.history[0];
  }

  read(pin: string): void {
    this.history[0] = pin;
  }

  /** Undefined when the mailbox is locked for the caller. */
  open(pin: string, isOwnNumber: boolean, now: number): ReferenceGuess | undefined {
    const before = this.lockout.undecided;
    const id = `guess-${++this.#guesses}`;
    const line = this.lockout.lineOf(isOwnNumber);
    const opening = this.#noting(() => this.lockout.open(line, id, now));
    if (opening === 'busy') throw new Error('The mailbox is busy');
    if (before !== undefined && this.lockout.undecided?.id !== before.id) this.abandoned += 1;
    if (opening === 'locked') return undefined;
    const count = this.lockout.countSinceSuccess - 1;
    const { lastFailureAt: lastAt } = this.lockout;
    const toldOf = count === 0 || lastAt === undefined ? undefined : { count, lastAt };
    return { id, line, pin, isRight: pin === this.pin, toldOf };
  }

  decide({ id, line, pin, isRight, toldOf }: ReferenceGuess, now: number): ExpectedVerdict {
    const changeCauses = this.#changeCauses(pin, now);
    const decided = this.#noting(() => this.lockout.decide(id, isRight, now));
    switch (decided) {
      case 'signed-in': {
        const lockedElsewhere = this.lockout.lock !== undefined;
        return { kind: decided, version: this.lockout.version, changeCauses, failures: toldOf, lockedElsewhere };
      }
      case 'pin-reset':
        return { kind: decided };
      case 'lockout':
        return { kind: 'locked' };
      case 'failed':
      case 'settled-elsewhere':
        return { kind: this.lockout.isLocked(line) ? 'locked' : 'failed' };
    }
  }

  attempt(pin: string, isOwnNumber: boolean, now: number): ExpectedVerdict {
    const guess = this.open(pin, isOwnNumber, now);
    return guess === undefined ? { kind: 'locked' } : this.decide(guess, now);
  }

  /** What a reset with a typed PIN comes to; undefined: with one that is generated. */
  reset(pin: string | undefined, pinExpired: boolean, lockedOut: boolean, now: number): string {
    if (pin !== undefined) {
      if (pin.length < this.#policy.minPinLength) return 'too-short';
      const counting = this.#refusals.filter((at) => at > now - DAY);
      if (counting.length >= 3) return 'history-attempts-used-up';
      if (this.#wasUsed(pin)) {
        // Those that have ceased to count are forgotten, and do not count again when the clock is set back.
        this.#refusals = [...counting, now];
        return 'used-before';
      }
    }
    this.lockout.reset({ pinExpired, lock: lockedOut ? 'close' : 'open' }, now);
    this.#add(pin ?? '');
    this.resetsOnRequest += 1;
    return 'reset';
  }

  /** What a change comes to in a call that has signed in under a version. */
  change(pin: string, version: number, now: number): string {
    if (version !== this.lockout.version) return 'session-over';
    if (pin.length < this.#policy.minPinLength) return 'too-short';
    if (this.#wasUsed(pin)) return 'used-before';
    this.lockout.changePin(version, now);
    this.#add(pin);
    return 'changed';
  }

  #wasUsed(pin: string): boolean {
    return this.history.slice(0, this.#policy.pinHistoryCount).includes(pin);
  }

  #add(pin: string): void {
    this.history.unshift(pin);
    this.history.splice(this.#policy.pinHistoryCount);
  }

  #changeCauses(pin: string, now: number): readonly string[] {
    const { mustChange, firstTime, changeWaived, pinSetAt } = this.lockout;
    const { pinLifetime, minPinLength } = this.#policy;
    const causes: string[] = [];
    if (mustChange) causes.push('pin-expired');
    if (firstTime && !changeWaived) causes.push('first-time');
    if (pinLifetime !== 'unlimited' && now - pinSetAt >= pinLifetime * DAY) causes.push('lifetime');
    if (pin.length < minPinLength) causes.push('too-short');
    return causes;
  }

  /** Each automatic reset that comes of it makes a PIN that nobody has read yet. */
  #noting<T>(work: () => T): T {
    const { carriedOut } = this.lockout;
    const before = carriedOut.length;
    const result = work();
    for (const { kind } of carriedOut.slice(before)) if (kind === 'pin-reset') this.#add('');
    return result;
  }
}
