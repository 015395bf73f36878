import {
  ATTEMPT_LINES,
  type AttemptId,
  type AttemptLine,
  type CredentialState,
  type FailureBudget,
  type MailboxLock,
  type UndecidedAttempt,
} from './credential.ts';
import type { MailboxPolicySettings } from './mailbox-policy.ts';

/** What of a policy decides on attempts (SPEC §1). */
export type LockoutPolicy = Pick<
  MailboxPolicySettings,
  'logonFailuresBeforePinReset' | 'maxLogonAttempts' | 'lockoutDuration' | 'ownerLine'
>;

/** How long an attempt may stay undecided before it is taken for a failure that nobody reported, in milliseconds (SPEC §3.5). */
export const ATTEMPT_LEASE = 10_000;

/** A threshold that failures have reached (SPEC §3.6). */
export type Threshold =
  | { readonly kind: 'pin-reset'; readonly line: AttemptLine }
  | { readonly kind: 'lockout'; readonly line: AttemptLine };

/** What becomes of a call that wants to try a PIN. Each `state` is to be stored before anything else is done. */
export type Opening =
  /** Another attempt is being decided; it is over when its lease ends at the latest. */
  | { readonly kind: 'busy' }
  /** Locked for this line: nothing is counted, checked or changed. */
  | { readonly kind: 'locked'; readonly lock: MailboxLock }
  /** A threshold was reached and not acted on; carry it out, and open again. */
  | { readonly kind: 'due'; readonly threshold: Threshold; readonly settled: Settled }
  /** The attempt is counted as a failure, and its PIN may be checked. */
  | { readonly kind: 'opened'; readonly state: CredentialState; readonly settled: Settled };

/** What was found of the past when a credential was opened: the state that follows from it. */
export interface Settled {
  readonly state: CredentialState;
  /** An attempt whose process died: it stays counted, and belongs in the audit. */
  readonly abandoned: UndecidedAttempt | undefined;
  /** A timed lock that has run out. */
  readonly expired: MailboxLock | undefined;
}

/** What a wrong PIN, or one whose verdict came too late, comes to. */
export type Failure =
  /** Somebody else has settled the attempt already; it was counted, and there is nothing to store. */
  | { readonly kind: 'settled-elsewhere' }
  | { readonly kind: 'failed'; readonly state: CredentialState }
  /** Carry the threshold out on `state`, and store both at once. */
  | { readonly kind: 'due'; readonly state: CredentialState; readonly threshold: Threshold };

const NO_FAILURES: FailureBudget = { failures: 0, settled: 0 };
const NO_BUDGET_USED: CredentialState['budgets'] = { own: NO_FAILURES, elsewhere: NO_FAILURES };

const MINUTE = 60_000;

/** The state of a credential that is new. `pinSetAt` is in milliseconds since 1970. */
export function newCredentialState(
  pinSetAt: number,
  { pinExpired, firstChangeWaived }: Pick<CredentialState, 'pinExpired' | 'firstChangeWaived'>,
): CredentialState {
  return {
    version: 1,
    budgets: NO_BUDGET_USED,
    attempt: undefined,
    lock: undefined,
    failuresSinceSuccess: 0,
    lastFailureAt: undefined,
    lastSuccessAt: undefined,
    pinSetAt,
    pinExpired,
    firstTime: true,
    firstChangeWaived,
  };
}

/** The line whose budget an attempt uses: the owner's own only where the policy gives it one (SPEC §3.11). */
export function attemptLine(isOwnNumber: boolean, { ownerLine }: LockoutPolicy): AttemptLine {
  return isOwnNumber && ownerLine ? 'own' : 'elsewhere';
}

/** When a lock opens by itself, in milliseconds since 1970; undefined when only a person can open it. */
export function opensAt(lock: MailboxLock, { lockoutDuration }: LockoutPolicy): number | undefined {
  if (lock.reason === 'administrator' || lockoutDuration === 'unlimited') return undefined;
  return lock.since + lockoutDuration * MINUTE;
}

/** Whether a lock keeps a line out. A lock that was made before the owner's line lost its budget keeps all of them out. */
export function keepsOut(lock: MailboxLock, line: AttemptLine): boolean {
  return lock.scope === 'everywhere' || line === 'elsewhere';
}

/** Whether an attempt is still to be waited for. One from the future is not: somebody has set a clock back. */
function isLive({ openedAt }: UndecidedAttempt, now: number): boolean {
  return now >= openedAt - ATTEMPT_LEASE && now < openedAt + ATTEMPT_LEASE;
}

/**
 * Opens an attempt (SPEC §3.5): counts it as a failure before its PIN is looked at, unless another attempt is undecided,
 * the mailbox is locked for this line, or a threshold is to be carried out first. `now` is in milliseconds since 1970.
 */
export function open(
  state: CredentialState,
  policy: LockoutPolicy,
  line: AttemptLine,
  id: AttemptId,
  now: number,
): Opening {
  if (state.attempt !== undefined && isLive(state.attempt, now)) return { kind: 'busy' };
  const settled = settle(state, policy, now);
  const threshold = dueThreshold(settled.state, policy);
  if (threshold !== undefined) return { kind: 'due', threshold, settled };
  const { lock } = settled.state;
  if (lock !== undefined && keepsOut(lock, line)) return { kind: 'locked', lock };
  const budget = settled.state.budgets[line];
  return {
    kind: 'opened',
    settled,
    state: {
      ...settled.state,
      budgets: { ...settled.state.budgets, [line]: { ...budget, failures: budget.failures + 1 } },
      failuresSinceSuccess: settled.state.failuresSinceSuccess + 1,
      attempt: { id, line, openedAt: now },
    },
  };
}

/** Lets a timed lock end and an attempt that nobody decided stand as the failure it was counted as. */
function settle(state: CredentialState, policy: LockoutPolicy, now: number): Settled {
  const { attempt: abandoned } = state;
  const released = releaseTimedLock(state, policy, now);
  const expired = released.lock === state.lock ? undefined : state.lock;
  if (abandoned === undefined) return { state: released, abandoned, expired };
  const decided = { ...released, attempt: undefined, lastFailureAt: abandoned.openedAt };
  const isDue = thresholdOf(decided, abandoned.line, policy) !== undefined;
  return { state: isDue ? decided : withSettled(decided, abandoned.line), abandoned, expired };
}

/** The state as it is once a timed lock has run out; the same object when there is none, or not yet (SPEC §3.7). */
export function releaseTimedLock(state: CredentialState, policy: LockoutPolicy, now: number): CredentialState {
  const { lock } = state;
  const end = lock === undefined ? undefined : opensAt(lock, policy);
  if (lock === undefined || end === undefined || now < end) return state;
  return { ...state, lock: undefined, budgets: releasedBudgets(state, lock) };
}

/** The counts that begin anew when a lock has run out: those of the lines that it kept out (SPEC §3.7). */
function releasedBudgets({ budgets }: CredentialState, lock: MailboxLock): CredentialState['budgets'] {
  return lock.scope === 'everywhere' ? NO_BUDGET_USED : { ...budgets, elsewhere: NO_FAILURES };
}

/** The threshold that decided failures have reached and nobody has carried out; a lockout before a reset. */
export function dueThreshold(state: CredentialState, policy: LockoutPolicy): Threshold | undefined {
  const due = ATTEMPT_LINES.flatMap((line) => thresholdOf(state, line, policy) ?? []);
  return due.find(({ kind }) => kind === 'lockout') ?? due[0];
}

/** That of one line; none while the line is kept out, for nothing can be tried there. */
function thresholdOf(state: CredentialState, line: AttemptLine, policy: LockoutPolicy): Threshold | undefined {
  if (state.lock !== undefined && keepsOut(state.lock, line)) return undefined;
  const budget = state.budgets[line];
  if (budget.failures >= policy.maxLogonAttempts) return { kind: 'lockout', line };
  return passesMultiple(budget, policy.logonFailuresBeforePinReset) ? { kind: 'pin-reset', line } : undefined;
}

/** Whether a multiple of `each` lies above `settled` and not above `failures` (SPEC §3.6, §6: at the Nth failure). */
function passesMultiple({ failures, settled }: FailureBudget, each: number | 'unlimited'): boolean {
  return each !== 'unlimited' && Math.floor(failures / each) > Math.floor(settled / each);
}

/**
 * The right PIN was keyed: the failures are set to 0 (SPEC §3.5). Undefined when the attempt is not the credential's any
 * more, or its version has changed: then it was a failure.
 */
export function succeed(
  state: CredentialState,
  id: AttemptId,
  version: number,
  now: number,
): CredentialState | undefined {
  if (state.attempt?.id !== id || state.version !== version) return undefined;
  // Only the owner's own line gets here past a lock, which stands until it opens or somebody opens it.
  const budgets = state.lock === undefined ? NO_BUDGET_USED : { ...state.budgets, own: NO_FAILURES };
  return {
    ...state,
    attempt: undefined,
    budgets,
    failuresSinceSuccess: 0,
    lastSuccessAt: now,
    firstTime: state.firstTime && !state.firstChangeWaived,
  };
}

/**
 * Takes an attempt back whose PIN nobody could look at, as if it had not been opened: it was no guess. Undefined when the
 * attempt is not the credential's any more; then it stays what it has been taken for.
 */
export function withdraw(state: CredentialState, id: AttemptId): CredentialState | undefined {
  if (state.attempt?.id !== id) return undefined;
  const { line } = state.attempt;
  const { failures, settled } = state.budgets[line];
  return {
    ...state,
    attempt: undefined,
    // A reset may have set the count to 0 meanwhile, this attempt included.
    budgets: { ...state.budgets, [line]: { failures: Math.max(failures - 1, settled), settled } },
    failuresSinceSuccess: Math.max(state.failuresSinceSuccess - 1, 0),
  };
}

/** A wrong PIN was keyed, or a right one whose verdict may not count. It is counted already; `now` is when it was decided. */
export function fail(state: CredentialState, id: AttemptId, policy: LockoutPolicy, now: number): Failure {
  if (state.attempt?.id !== id) return { kind: 'settled-elsewhere' };
  const { line } = state.attempt;
  const decided: CredentialState = { ...state, attempt: undefined, lastFailureAt: now };
  // Only its own line's: what a change of policy has made due on the other, the next opening carries out.
  const threshold = thresholdOf(decided, line, policy);
  if (threshold !== undefined) return { kind: 'due', state: decided, threshold };
  return { kind: 'failed', state: withSettled(decided, line) };
}

function withSettled(state: CredentialState, line: AttemptLine): CredentialState {
  const { failures } = state.budgets[line];
  return { ...state, budgets: { ...state.budgets, [line]: { failures, settled: failures } } };
}

/** Another PIN takes the place of the one that was guessed at (SPEC §3.6); the failures stay counted. */
export function resetAutomatically(state: CredentialState, line: AttemptLine, now: number): CredentialState {
  return { ...withSettled(state, line), ...anotherPin(state, now, true) };
}

/** Locks the line whose failures reached the limit: outsiders lock themselves out, the owner's line locks every one. */
export function lockOut(
  state: CredentialState,
  line: AttemptLine,
  policy: LockoutPolicy,
  now: number,
): CredentialState {
  const scope = line === 'elsewhere' && policy.ownerLine ? 'elsewhere' : 'everywhere';
  return {
    ...withSettled(state, line),
    version: state.version + 1,
    lock: { reason: 'failures', scope, since: now },
  };
}

/**
 * What every replacement of a PIN changes. An attempt under way can no longer succeed, because of the version; it stays
 * the credential's until its verdict or the end of its lease, so that it is told and recorded as the failure it is.
 */
function anotherPin(
  state: CredentialState,
  now: number,
  pinExpired: boolean,
): Pick<CredentialState, 'version' | 'pinSetAt' | 'pinExpired' | 'firstChangeWaived'> {
  return {
    version: state.version + 1,
    pinSetAt: now,
    pinExpired,
    firstChangeWaived: !pinExpired,
  };
}

/** What a person asks for with a reset (SPEC §5). */
export interface ResetChoice {
  /** Whether the new PIN has to be changed at the next sign-in. */
  readonly pinExpired: boolean;
  /** `keep` leaves the lock and the count that led to it as they are; a person's own reset may not open every lock. */
  readonly lock: 'open' | 'close' | 'keep';
}

/**
 * Another PIN is given on request: the count is 0 again, and a lock opens unless it is asked for (SPEC §5). An attempt
 * under way is not counted any more: it was made at the PIN that is gone.
 */
export function resetOnRequest(
  state: CredentialState,
  { pinExpired, lock }: ResetChoice,
  now: number,
): CredentialState {
  const reset: CredentialState = { ...state, ...anotherPin(state, now, pinExpired) };
  switch (lock) {
    case 'open':
      return { ...reset, budgets: NO_BUDGET_USED, lock: undefined };
    case 'close':
      return { ...reset, budgets: NO_BUDGET_USED, lock: lockByPerson(state, now) };
    case 'keep':
      return state.lock === undefined ? { ...reset, budgets: NO_BUDGET_USED } : reset;
  }
}

/** Keeps everybody out until a person opens it; one that is there already has been there since then. */
function lockByPerson({ lock }: CredentialState, now: number): MailboxLock {
  return lock?.reason === 'administrator' ? lock : { reason: 'administrator', scope: 'everywhere', since: now };
}

/** A person locks the mailbox; the PIN stays (SPEC §5). Of one that a person has locked already, nothing changes. */
export function lockOnRequest(state: CredentialState, now: number): CredentialState {
  const lock = lockByPerson(state, now);
  return lock === state.lock ? state : { ...state, version: state.version + 1, lock };
}

/**
 * A person opens a lock; the PIN stays, the count is 0 (SPEC §5). An attempt under way stays counted: it was opened
 * before, and is not decided yet.
 */
export function unlockOnRequest(state: CredentialState): CredentialState {
  const { attempt } = state;
  const counted: CredentialState['budgets'] =
    attempt === undefined ? NO_BUDGET_USED : { ...NO_BUDGET_USED, [attempt.line]: { failures: 1, settled: 0 } };
  return { ...state, lock: undefined, budgets: counted };
}

/**
 * A person switches telephone access off: attempts under way, and calls that are signed in, no longer count (SPEC §3.12).
 * PIN, counts and lock stay as they are for when it is switched on again.
 */
export function disableOnRequest(state: CredentialState): CredentialState {
  return { ...state, version: state.version + 1 };
}

/**
 * The caller who is signed in has chosen another PIN (SPEC §3.9). Undefined when the version is not the one that was
 * signed in with: the mailbox was reset, locked or changed meanwhile (SPEC §3.12).
 */
export function changePin(state: CredentialState, version: number, now: number): CredentialState | undefined {
  if (state.version !== version) return undefined;
  return { ...state, ...anotherPin(state, now, false), firstTime: false, firstChangeWaived: false };
}
