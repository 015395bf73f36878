import { describe, expect, it } from 'vitest';
import type { AttemptId, AttemptLine, CredentialState, MailboxLock } from './credential.ts';
import {
  ATTEMPT_LEASE,
  attemptLine,
  changePin,
  dueThreshold,
  fail,
  keepsOut,
  type LockoutPolicy,
  lockOnRequest,
  lockOut,
  newCredentialState,
  open,
  opensAt,
  releaseTimedLock,
  resetAutomatically,
  resetOnRequest,
  succeed,
  unlockOnRequest,
  withdraw,
} from './lockout.ts';
import { MAILBOX_POLICY_DEFAULTS } from './mailbox-policy.ts';

const POLICY: LockoutPolicy = MAILBOX_POLICY_DEFAULTS;
const HALF_AN_HOUR: LockoutPolicy = { ...POLICY, lockoutDuration: 30 };
const NOW = Date.UTC(2026, 10, 24, 12);
const MINUTE = 60_000;
const ONE = 'one' as AttemptId;
const OTHER = 'other' as AttemptId;

const NEW = newCredentialState(NOW - 1_000_000, { pinExpired: true, firstChangeWaived: false });

/** So many decided failures on a line; what they set off is taken for carried out. */
function failed(count: number, line: AttemptLine = 'elsewhere', state: CredentialState = NEW): CredentialState {
  return {
    ...state,
    budgets: { ...state.budgets, [line]: { failures: count, settled: count } },
    failuresSinceSuccess: state.failuresSinceSuccess + count,
    lastFailureAt: count === 0 ? state.lastFailureAt : NOW - 100_000,
  };
}

function lockedBy(reason: MailboxLock['reason'], scope: MailboxLock['scope'], state = failed(15)): CredentialState {
  return { ...state, lock: { reason, scope, since: NOW - 10 * MINUTE } };
}

/** The state with an attempt under way. */
function opened(
  state: CredentialState,
  { policy = POLICY, line = 'elsewhere' as AttemptLine, id = ONE, at = NOW } = {},
): CredentialState {
  const opening = open(state, policy, line, id, at);
  return opening.kind === 'opened' ? opening.state : expect.fail(`The attempt is ${opening.kind}`);
}

/** The count at which a wrong PIN from elsewhere sets something off, from no failure to the first lockout. */
function thresholdsOf(policy: LockoutPolicy): readonly string[] {
  const seen: string[] = [];
  let state = NEW;
  for (let count = 1; count <= 1_000; count++) {
    const failure = fail(opened(state, { policy }), ONE, policy, NOW);
    if (failure.kind === 'settled-elsewhere') expect.fail('The attempt was settled');
    state = failure.state;
    if (failure.kind === 'failed') continue;
    seen.push(`${failure.threshold.kind} at ${count}`);
    if (failure.threshold.kind === 'lockout') return seen;
    state = resetAutomatically(state, 'elsewhere', NOW);
  }
  return seen;
}

describe('thresholds (SPEC §3.6, §6)', () => {
  it.each([
    [5, 15, ['pin-reset at 5', 'pin-reset at 10', 'lockout at 15']],
    [5, 16, ['pin-reset at 5', 'pin-reset at 10', 'pin-reset at 15', 'lockout at 16']],
    [7, 15, ['pin-reset at 7', 'pin-reset at 14', 'lockout at 15']],
    [1, 3, ['pin-reset at 1', 'pin-reset at 2', 'lockout at 3']],
    [14, 15, ['pin-reset at 14', 'lockout at 15']],
    [998, 999, ['pin-reset at 998', 'lockout at 999']],
    ['unlimited', 15, ['lockout at 15']],
    ['unlimited', 1, ['lockout at 1']],
    ['unlimited', 999, ['lockout at 999']],
  ] as const)(
    'with a reset at each %s and a lockout at %s',
    (logonFailuresBeforePinReset, maxLogonAttempts, expected) => {
      expect(thresholdsOf({ ...POLICY, logonFailuresBeforePinReset, maxLogonAttempts })).toEqual(expected);
    },
  );

  it('are counted on each line by itself', () => {
    const both = failed(4, 'own', failed(4));
    expect(fail(opened(both, { line: 'own' }), ONE, POLICY, NOW)).toMatchObject({
      kind: 'due',
      threshold: { kind: 'pin-reset', line: 'own' },
      state: { budgets: { elsewhere: { failures: 4 }, own: { failures: 5 } } },
    });
    expect(fail(opened(failed(4, 'own', failed(3))), ONE, POLICY, NOW).kind).toBe('failed');
  });

  it('of a smaller policy lock at the next opening, and replace the PIN at the next multiple', () => {
    const smaller = { ...POLICY, logonFailuresBeforePinReset: 3, maxLogonAttempts: 7 };
    expect(dueThreshold(failed(7), smaller)).toEqual({ kind: 'lockout', line: 'elsewhere' });
    expect(dueThreshold(failed(4), smaller)).toBeUndefined();
    expect(fail(opened(failed(4), { policy: smaller }), ONE, smaller, NOW).kind).toBe('failed');
    expect(fail(opened(failed(5), { policy: smaller }), ONE, smaller, NOW).kind).toBe('due');
  });

  it('lock before they replace a PIN, and the own line, which locks all, first', () => {
    const abandoned = opened(failed(4, 'own', failed(6)), { line: 'own', at: NOW - ATTEMPT_LEASE });
    expect(open(abandoned, { ...POLICY, maxLogonAttempts: 6 }, 'own', OTHER, NOW)).toMatchObject({
      kind: 'due',
      threshold: { kind: 'lockout', line: 'elsewhere' },
    });
    expect(dueThreshold(failed(15, 'own', failed(15)), POLICY)).toEqual({ kind: 'lockout', line: 'own' });
  });

  it('of the other line wait for the next opening, whatever a verdict finds', () => {
    const smaller = { ...POLICY, maxLogonAttempts: 6 };
    const both = opened(failed(6), { line: 'own' });
    expect(fail(both, ONE, smaller, NOW).kind).toBe('failed');
    expect(open(both, smaller, 'own', OTHER, NOW + ATTEMPT_LEASE)).toMatchObject({
      kind: 'due',
      threshold: { kind: 'lockout', line: 'elsewhere' },
    });
  });

  it('are not due on a line that is kept out', () => {
    expect(dueThreshold(lockedBy('failures', 'elsewhere'), POLICY)).toBeUndefined();
    expect(dueThreshold(lockedBy('administrator', 'everywhere', failed(15, 'own')), POLICY)).toBeUndefined();
    expect(dueThreshold(lockedBy('failures', 'elsewhere', failed(15, 'own')), POLICY)).toMatchObject({ line: 'own' });
  });
});

describe('opening an attempt (SPEC §3.5)', () => {
  it('counts it before it is checked', () => {
    const state = opened(failed(2));
    expect(state).toMatchObject({
      budgets: { elsewhere: { failures: 3, settled: 2 }, own: { failures: 0 } },
      failuresSinceSuccess: 3,
      attempt: { id: ONE, line: 'elsewhere', openedAt: NOW },
      version: NEW.version,
    });
  });

  it.each([
    ['just opened', 0, 'busy'],
    ['at the end of its lease but one millisecond', ATTEMPT_LEASE - 1, 'busy'],
    ['at the end of its lease', ATTEMPT_LEASE, 'opened'],
    ['a little in the future', -ATTEMPT_LEASE, 'busy'],
    ['further in the future than a lease, the clock having been set back', -ATTEMPT_LEASE - 1, 'opened'],
  ] as const)('beside one %s', (_name, later, expected) => {
    expect(open(opened(NEW), POLICY, 'own', OTHER, NOW + later).kind).toBe(expected);
  });

  it('lets an abandoned one stand as a failure, of when it was opened', () => {
    const opening = open(opened(failed(2)), POLICY, 'own', OTHER, NOW + MINUTE);
    expect(opening).toMatchObject({
      kind: 'opened',
      settled: { abandoned: { id: ONE, line: 'elsewhere' }, expired: undefined },
      state: {
        budgets: { elsewhere: { failures: 3, settled: 3 }, own: { failures: 1, settled: 0 } },
        failuresSinceSuccess: 4,
        lastFailureAt: NOW,
        attempt: { id: OTHER },
      },
    });
  });

  it.each([
    [4, { kind: 'pin-reset', line: 'elsewhere' }],
    [14, { kind: 'lockout', line: 'elsewhere' }],
  ] as const)('first carries out what the abandoned failure after %s reached', (before, threshold) => {
    const opening = open(opened(failed(before)), POLICY, 'own', OTHER, NOW + MINUTE);
    expect(opening).toMatchObject({ kind: 'due', threshold, settled: { abandoned: { id: ONE } } });
    if (opening.kind !== 'due') return;
    const carried =
      threshold.kind === 'lockout'
        ? lockOut(opening.settled.state, 'elsewhere', POLICY, NOW + MINUTE)
        : resetAutomatically(opening.settled.state, 'elsewhere', NOW + MINUTE);
    const again = open(carried, POLICY, 'elsewhere', OTHER, NOW + MINUTE);
    expect(again.kind).toBe(threshold.kind === 'lockout' ? 'locked' : 'opened');
    if (again.kind === 'opened') expect(again.settled.abandoned).toBeUndefined();
  });

  it('settles an abandoned failure under the policy of the opening that finds it, once', () => {
    const found = opened(opened(failed(5)), { line: 'own', id: OTHER, at: NOW + MINUTE });
    expect(found.budgets.elsewhere).toEqual({ failures: 6, settled: 6 });
    const each3 = { ...POLICY, logonFailuresBeforePinReset: 3 };
    expect(fail(found, OTHER, each3, NOW + MINUTE).kind).toBe('failed');
  });

  it.each([
    ['administrator', 'everywhere', 'elsewhere', 'locked'],
    ['administrator', 'everywhere', 'own', 'locked'],
    ['failures', 'everywhere', 'own', 'locked'],
    ['failures', 'elsewhere', 'elsewhere', 'locked'],
    ['failures', 'elsewhere', 'own', 'opened'],
  ] as const)('under a lock by %s %s, from %s: %s', (reason, scope, line, expected) => {
    expect(open(lockedBy(reason, scope), POLICY, line, ONE, NOW).kind).toBe(expected);
  });

  it('uses the own line only for the own number, and where the policy has one', () => {
    expect(attemptLine(true, POLICY)).toBe('own');
    expect(attemptLine(false, POLICY)).toBe('elsewhere');
    expect(attemptLine(true, { ...POLICY, ownerLine: false })).toBe('elsewhere');
    expect(keepsOut({ reason: 'failures', scope: 'elsewhere', since: NOW }, 'elsewhere')).toBe(true);
  });
});

describe('timed locks (SPEC §1, §3.7)', () => {
  const locked = lockedBy('failures', 'everywhere', failed(7, 'own', failed(15)));
  const end = NOW + 20 * MINUTE;

  it('open at the minute that the policy says now, and no others do', () => {
    expect(opensAt(locked.lock ?? expect.fail(), HALF_AN_HOUR)).toBe(end);
    expect(opensAt(locked.lock ?? expect.fail(), POLICY)).toBeUndefined();
    expect(opensAt({ reason: 'administrator', scope: 'everywhere', since: NOW }, HALF_AN_HOUR)).toBeUndefined();
    expect(open(locked, HALF_AN_HOUR, 'own', ONE, end - 1).kind).toBe('locked');
    expect(open(locked, HALF_AN_HOUR, 'own', ONE, end)).toMatchObject({
      kind: 'opened',
      settled: { expired: locked.lock },
      state: {
        lock: undefined,
        budgets: { own: { failures: 1 }, elsewhere: { failures: 0 } },
        version: locked.version,
      },
    });
  });

  it('set the count to 0 of those whom they kept out', () => {
    const outsiders = lockedBy('failures', 'elsewhere', failed(7, 'own', failed(15)));
    expect(releaseTimedLock(locked, HALF_AN_HOUR, end).budgets).toEqual(NEW.budgets);
    expect(releaseTimedLock(outsiders, HALF_AN_HOUR, end).budgets).toEqual(failed(7, 'own').budgets);
    expect(releaseTimedLock(outsiders, HALF_AN_HOUR, end - 1)).toBe(outsiders);
    expect(releaseTimedLock(NEW, HALF_AN_HOUR, end)).toBe(NEW);
  });

  it('last longer where a clock was set back, and never shorter', () => {
    expect(open(locked, HALF_AN_HOUR, 'own', ONE, NOW - 60 * MINUTE).kind).toBe('locked');
  });
});

describe('verdicts (SPEC §3.5, §3.8)', () => {
  it('set everything to 0 when the PIN is right', () => {
    const state = opened(failed(14, 'own', failed(14)));
    expect(succeed(state, ONE, state.version, NOW + 1)).toEqual({
      ...state,
      attempt: undefined,
      budgets: NEW.budgets,
      failuresSinceSuccess: 0,
      lastSuccessAt: NOW + 1,
    });
  });

  it('leave a lock, and the count behind it, to whom it concerns', () => {
    const state = opened(lockedBy('failures', 'elsewhere', failed(3, 'own', failed(15))), { line: 'own' });
    expect(succeed(state, ONE, state.version, NOW)).toMatchObject({
      lock: state.lock,
      budgets: { own: { failures: 0 }, elsewhere: { failures: 15, settled: 15 } },
      failuresSinceSuccess: 0,
    });
  });

  it('do not count as right when attempt or version are others by now', () => {
    const state = opened(NEW);
    expect(succeed(state, OTHER, state.version, NOW)).toBeUndefined();
    expect(succeed(state, ONE, state.version + 1, NOW)).toBeUndefined();
    expect(succeed({ ...state, attempt: undefined }, ONE, state.version, NOW)).toBeUndefined();
  });

  it('count as right however long they took, as long as nobody else has settled them', () => {
    const state = opened(NEW);
    expect(succeed(state, ONE, state.version, NOW + 10 * ATTEMPT_LEASE)).toBeDefined();
  });

  it('leave a wrong PIN counted, and say when it was', () => {
    expect(fail(opened(failed(2)), ONE, POLICY, NOW + 5)).toMatchObject({
      kind: 'failed',
      state: { attempt: undefined, lastFailureAt: NOW + 5, budgets: { elsewhere: { failures: 3, settled: 3 } } },
    });
    expect(fail(NEW, ONE, POLICY, NOW)).toEqual({ kind: 'settled-elsewhere' });
    expect(fail(opened(NEW), OTHER, POLICY, NOW)).toEqual({ kind: 'settled-elsewhere' });
  });

  it('take an attempt back that nobody looked at, and nothing but that', () => {
    for (const before of [NEW, failed(4), failed(4, 'own', failed(14))]) {
      expect(withdraw(opened(before), ONE)).toEqual(before);
    }
    expect(withdraw(opened(NEW), OTHER)).toBeUndefined();
    expect(withdraw(NEW, ONE)).toBeUndefined();
    const reset = resetOnRequest(opened(failed(4)), { pinExpired: true, lock: 'open' }, NOW);
    expect(withdraw(reset, ONE)?.budgets).toEqual(NEW.budgets);
    expect(withdraw(unlockOnRequest(opened(failed(4))), ONE)?.budgets).toEqual(NEW.budgets);
  });

  it.each([
    ['a first-time user stays one until the PIN is changed', true, false, true],
    ['one whose PIN was set for good does not', true, true, false],
    ['anybody else is none', false, false, false],
  ])('%s', (_name, firstTime, firstChangeWaived, expected) => {
    const state = opened({ ...NEW, firstTime, firstChangeWaived });
    expect(succeed(state, ONE, state.version, NOW)?.firstTime).toBe(expected);
  });
});

describe('what thresholds do (SPEC §3.6, §3.11)', () => {
  it('replace the PIN, which has to be changed, and leave the failures counted', () => {
    const failure = fail(opened({ ...failed(4), pinExpired: false, firstChangeWaived: true }), ONE, POLICY, NOW);
    if (failure.kind !== 'due') expect.fail(failure.kind);
    const reset = resetAutomatically(failure.state, 'elsewhere', NOW);
    expect(reset).toMatchObject({
      version: NEW.version + 1,
      pinSetAt: NOW,
      pinExpired: true,
      firstChangeWaived: false,
      budgets: { elsewhere: { failures: 5, settled: 5 } },
      failuresSinceSuccess: 5,
      lock: undefined,
    });
    expect(dueThreshold(reset, POLICY)).toBeUndefined();
  });

  it.each([
    ['elsewhere', true, 'elsewhere'],
    ['own', true, 'everywhere'],
    ['elsewhere', false, 'everywhere'],
  ] as const)('lock, after failures from %s with an owner line %s, %s', (line, ownerLine, scope) => {
    expect(lockOut(failed(15, line), line, { ...POLICY, ownerLine }, NOW)).toMatchObject({
      version: NEW.version + 1,
      lock: { reason: 'failures', scope, since: NOW },
      pinSetAt: NEW.pinSetAt,
    });
  });
});

describe('what people ask for (SPEC §5)', () => {
  const underWay = opened(failed(4, 'own', failed(4)));

  it('resets: another PIN, the count 0, the lock open, an attempt at the old PIN in vain', () => {
    const reset = resetOnRequest(
      { ...underWay, lock: { reason: 'administrator', scope: 'everywhere', since: 1 } },
      { pinExpired: true, lock: 'open' },
      NOW + 1,
    );
    expect(reset).toMatchObject({
      version: NEW.version + 1,
      lock: undefined,
      budgets: NEW.budgets,
      pinExpired: true,
      firstChangeWaived: false,
      pinSetAt: NOW + 1,
    });
    expect(succeed(reset, ONE, underWay.version, NOW + 2)).toBeUndefined();
    const failure = fail(reset, ONE, POLICY, NOW + 2);
    expect(failure).toMatchObject({ kind: 'failed', state: { budgets: NEW.budgets, lastFailureAt: NOW + 2 } });
    // The user is told of it: whoever tried did not get in (SPEC §3.8).
    expect(failure).toMatchObject({ state: { failuresSinceSuccess: 9 } });
  });

  it.each([
    ['close', failed(4), { reason: 'administrator', scope: 'everywhere', since: NOW }, 0],
    ['close', lockedBy('failures', 'elsewhere'), { reason: 'administrator', scope: 'everywhere', since: NOW }, 0],
    [
      'close',
      lockedBy('administrator', 'everywhere'),
      { reason: 'administrator', scope: 'everywhere', since: NOW - 10 * MINUTE },
      0,
    ],
    ['keep', failed(4), undefined, 0],
    [
      'keep',
      lockedBy('administrator', 'everywhere'),
      { reason: 'administrator', scope: 'everywhere', since: NOW - 10 * MINUTE },
      15,
    ],
  ] as const)('resets that %s the lock', (lock, state, expected, count) => {
    const reset = resetOnRequest(state, { pinExpired: false, lock }, NOW);
    expect(reset.lock).toEqual(expected);
    expect(reset.budgets.elsewhere.failures).toBe(count);
    expect(reset).toMatchObject({ pinExpired: false, firstChangeWaived: true, version: state.version + 1 });
  });

  it('locks: the PIN and the count stay, an attempt under way is in vain', () => {
    const locked = lockOnRequest(underWay, NOW);
    expect(locked).toEqual({
      ...underWay,
      version: underWay.version + 1,
      lock: { reason: 'administrator', scope: 'everywhere', since: NOW },
    });
    expect(succeed(locked, ONE, underWay.version, NOW)).toBeUndefined();
    expect(lockOnRequest(locked, NOW + 1)).toBe(locked);
    expect(lockOnRequest(lockedBy('failures', 'elsewhere'), NOW).lock?.reason).toBe('administrator');
  });

  it('unlocks: the PIN and the version stay, the count is 0 but for an attempt under way', () => {
    expect(unlockOnRequest(lockedBy('failures', 'everywhere'))).toMatchObject({
      lock: undefined,
      budgets: NEW.budgets,
      version: NEW.version,
      pinSetAt: NEW.pinSetAt,
    });
    expect(unlockOnRequest(underWay)).toMatchObject({
      attempt: underWay.attempt,
      budgets: { elsewhere: { failures: 1, settled: 0 }, own: { failures: 0 } },
    });
  });

  it('changes of the PIN by its user hold under the version of the sign-in, and leave count and lock alone', () => {
    const state = lockedBy('failures', 'elsewhere', failed(2, 'own', failed(15)));
    expect(changePin(state, state.version + 1, NOW)).toBeUndefined();
    expect(changePin(state, state.version, NOW)).toEqual({
      ...state,
      version: state.version + 1,
      pinSetAt: NOW,
      pinExpired: false,
      firstTime: false,
      firstChangeWaived: false,
    });
  });
});
