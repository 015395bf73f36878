import type { AttemptLine, MailboxLock } from '../domain/credential.ts';
import type { LockoutPolicy, ResetChoice } from '../domain/lockout.ts';

/** What happened at a mailbox, as far as counting goes. */
type Happening =
  | { readonly kind: 'guess'; readonly id: string; readonly line: AttemptLine }
  | { readonly kind: 'cleared'; readonly lines: readonly AttemptLine[] }
  | { readonly kind: 'success' };

interface UndecidedGuess {
  readonly id: string;
  readonly line: AttemptLine;
  readonly at: number;
  /** The version under which it was made. */
  readonly version: number;
}

/** A threshold that was acted on, and at which failure. */
export interface CarriedOut {
  readonly kind: 'pin-reset' | 'lockout';
  readonly line: AttemptLine;
  readonly count: number;
}

const LEASE = 10_000;
const BOTH: readonly AttemptLine[] = ['own', 'elsewhere'];

/**
 * The sign-in state of one mailbox, told once more from SPEC §3.5–3.8, 3.11, 3.12 and §5: it keeps everything that has
 * happened and counts it anew for each question. It is slow and plain, so that what it says can be seen to be right;
 * the state machine that the service works with is held against it. All moments are milliseconds since 1970.
 */
export class LockoutReference {
  readonly #happenings: Happening[] = [];
  readonly carriedOut: CarriedOut[] = [];
  policy: LockoutPolicy;
  version = 1;
  undecided: UndecidedGuess | undefined;
  lock: MailboxLock | undefined;
  lastFailureAt: number | undefined;
  lastSuccessAt: number | undefined;
  pinSetAt: number;
  mustChange: boolean;
  changeWaived: boolean;
  firstTime = true;

  constructor(policy: LockoutPolicy, now: number, pinExpired: boolean) {
    this.policy = policy;
    this.pinSetAt = now;
    this.mustChange = pinExpired;
    this.changeWaived = !pinExpired;
  }

  /** The guesses on a line since it was last cleared. */
  count(line: AttemptLine): number {
    const cleared = this.#happenings.findLastIndex((it) => it.kind === 'cleared' && it.lines.includes(line));
    return this.#happenings.slice(cleared + 1).filter((it) => it.kind === 'guess' && it.line === line).length;
  }

  /** The guesses on all lines since the last one that was right. */
  get countSinceSuccess(): number {
    const success = this.#happenings.findLastIndex(({ kind }) => kind === 'success');
    return this.#happenings.slice(success + 1).filter(({ kind }) => kind === 'guess').length;
  }

  /** The line that a caller's guesses are counted on (SPEC §3.11). */
  lineOf(isOwnNumber: boolean): AttemptLine {
    return isOwnNumber && this.policy.ownerLine ? 'own' : 'elsewhere';
  }

  isLocked(line: AttemptLine): boolean {
    return this.lock !== undefined && this.#linesKeptOut(this.lock).includes(line);
  }

  open(line: AttemptLine, id: string, now: number): 'busy' | 'locked' | 'opened' {
    const waitedFor = this.undecided;
    if (waitedFor !== undefined && now >= waitedFor.at - LEASE && now < waitedFor.at + LEASE) return 'busy';
    const { lastFailureAt } = this;
    const carriedOutBefore = this.carriedOut.length;
    this.#endTimedLock(now);
    this.undecided = undefined;
    if (waitedFor !== undefined) this.lastFailureAt = waitedFor.at;
    // Whoever has reached the limit, or is over it since the policy was changed, is locked before anybody tries again.
    for (const each of BOTH) if (this.count(each) >= this.policy.maxLogonAttempts) this.#lockOut(each, now);
    if (waitedFor !== undefined) this.#actOn(waitedFor, now);
    if (this.isLocked(line)) {
      if (this.carriedOut.length > carriedOutBefore) return 'locked';
      // Attempts at a locked mailbox change nothing: an abandoned guess is found again by the first that is let in.
      this.undecided = waitedFor;
      this.lastFailureAt = lastFailureAt;
      return 'locked';
    }
    this.#happenings.push({ kind: 'guess', id, line });
    this.undecided = { id, line, at: now, version: this.version };
    return 'opened';
  }

  /** What the check of a guess came to; `isRight` means that the PIN matched the hash that the guess was opened with. */
  decide(
    id: string,
    isRight: boolean,
    now: number,
  ): 'signed-in' | 'failed' | 'pin-reset' | 'lockout' | 'settled-elsewhere' {
    const guess = this.undecided;
    if (guess?.id !== id) return 'settled-elsewhere';
    this.undecided = undefined;
    if (isRight && guess.version === this.version) {
      this.#happenings.push({ kind: 'success' });
      this.#clear(this.lock === undefined ? BOTH : ['own']);
      this.lastSuccessAt = now;
      if (this.changeWaived) this.firstTime = false;
      return 'signed-in';
    }
    this.lastFailureAt = now;
    return this.#actOn(guess, now) ?? 'failed';
  }

  /** A guess that nobody could look at has not been made. */
  withdraw(id: string): 'withdrawn' | 'settled-elsewhere' {
    if (this.undecided?.id !== id) return 'settled-elsewhere';
    this.undecided = undefined;
    const at = this.#happenings.findIndex((it) => it.kind === 'guess' && it.id === id);
    this.#happenings.splice(at, 1);
    return 'withdrawn';
  }

  reset({ pinExpired, lock }: ResetChoice, now: number): void {
    this.#newPin(now, pinExpired);
    if (lock === 'keep' && this.lock !== undefined) return;
    this.#clear(BOTH);
    if (lock === 'open') this.lock = undefined;
    if (lock === 'close') this.#lockByPerson(now);
  }

  lockByPerson(now: number): void {
    if (this.lock?.reason === 'administrator') return;
    this.version += 1;
    this.#lockByPerson(now);
  }

  unlock(): void {
    this.lock = undefined;
    this.#clear(BOTH);
    const open = this.undecided;
    if (open === undefined) return;
    // It was counted when it was opened, and whether it is a failure is not known yet: it counts on from here.
    const at = this.#happenings.findIndex((it) => it.kind === 'guess' && it.id === open.id);
    this.#happenings.push(...this.#happenings.splice(at, 1));
  }

  changePin(version: number, now: number): boolean {
    if (version !== this.version) return false;
    this.#newPin(now, false);
    this.changeWaived = false;
    this.firstTime = false;
    return true;
  }

  /** A failure that has just become one: what it sets off, on a line that is not kept out (SPEC §3.6). */
  #actOn({ id, line }: UndecidedGuess, now: number): CarriedOut['kind'] | undefined {
    if (this.isLocked(line) || !this.#isCounted(id, line)) return undefined;
    const count = this.count(line);
    if (count >= this.policy.maxLogonAttempts) return this.#lockOut(line, now);
    const each = this.policy.logonFailuresBeforePinReset;
    if (each === 'unlimited' || count % each !== 0) return undefined;
    this.carriedOut.push({ kind: 'pin-reset', line, count });
    this.#newPin(now, true);
    return 'pin-reset';
  }

  /** Whether a guess is among those that {@link count} counts: one at a PIN that was reset since is not. */
  #isCounted(id: string, line: AttemptLine): boolean {
    const at = this.#happenings.findIndex((it) => it.kind === 'guess' && it.id === id);
    return !this.#happenings.slice(at).some((it) => it.kind === 'cleared' && it.lines.includes(line));
  }

  #lockOut(line: AttemptLine, now: number): 'lockout' | undefined {
    if (this.isLocked(line)) return undefined;
    this.carriedOut.push({ kind: 'lockout', line, count: this.count(line) });
    const scope = line === 'elsewhere' && this.policy.ownerLine ? 'elsewhere' : 'everywhere';
    this.lock = { reason: 'failures', scope, since: now };
    this.version += 1;
    return 'lockout';
  }

  #endTimedLock(now: number): void {
    const { lockoutDuration } = this.policy;
    if (this.lock?.reason !== 'failures' || lockoutDuration === 'unlimited') return;
    if (now < this.lock.since + lockoutDuration * 60_000) return;
    this.#clear(this.#linesKeptOut(this.lock));
    this.lock = undefined;
  }

  #linesKeptOut({ scope }: MailboxLock): readonly AttemptLine[] {
    return scope === 'everywhere' ? BOTH : ['elsewhere'];
  }

  #lockByPerson(now: number): void {
    if (this.lock?.reason === 'administrator') return;
    this.lock = { reason: 'administrator', scope: 'everywhere', since: now };
  }

  #newPin(now: number, mustChange: boolean): void {
    this.version += 1;
    this.pinSetAt = now;
    this.mustChange = mustChange;
    this.changeWaived = !mustChange;
  }

  #clear(lines: readonly AttemptLine[]): void {
    this.#happenings.push({ kind: 'cleared', lines });
  }
}
