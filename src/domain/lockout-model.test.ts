import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CarriedOut, LockoutReference } from '../testing/lockout-reference.ts';
import { ATTEMPT_LINES, type AttemptId, type AttemptLine, type CredentialState } from './credential.ts';
import {
  attemptLine,
  changePin,
  fail,
  type LockoutPolicy,
  lockOnRequest,
  lockOut,
  newCredentialState,
  open,
  opensAt,
  type ResetChoice,
  resetAutomatically,
  resetOnRequest,
  succeed,
  type Threshold,
  unlockOnRequest,
  withdraw,
} from './lockout.ts';

/** One thing that is done to the mailbox, or to the clock. `back` counts from the last one of its kind. */
type Step =
  | { readonly kind: 'guess'; readonly isOwnNumber: boolean; readonly times: number }
  | { readonly kind: 'sign-in'; readonly isOwnNumber: boolean }
  | { readonly kind: 'open'; readonly isOwnNumber: boolean }
  | { readonly kind: 'verdict'; readonly back: number; readonly isRight: boolean }
  | { readonly kind: 'withdraw'; readonly back: number }
  | { readonly kind: 'clock'; readonly by: number }
  | { readonly kind: 'reset'; readonly choice: ResetChoice }
  | { readonly kind: 'lock' }
  | { readonly kind: 'unlock' }
  | { readonly kind: 'change-pin'; readonly back: number }
  | { readonly kind: 'policy'; readonly policy: LockoutPolicy };

const START = Date.UTC(2026, 10, 24, 12);
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Small thresholds, so that a short sequence gets to all of them. */
const policies: fc.Arbitrary<LockoutPolicy> = fc
  .record({
    logonFailuresBeforePinReset: fc.oneof(fc.constant<'unlimited'>('unlimited'), fc.integer({ min: 1, max: 6 })),
    maxLogonAttempts: fc.integer({ min: 1, max: 9 }),
    lockoutDuration: fc.constantFrom('unlimited' as const, 1, 30),
    ownerLine: fc.boolean(),
  })
  .filter(
    (it) => it.logonFailuresBeforePinReset === 'unlimited' || it.logonFailuresBeforePinReset < it.maxLogonAttempts,
  );

/** The edges of the lease and of timed locks, and clocks that somebody sets. */
const clockSteps = fc.constantFrom(
  ...[1, SECOND, 9_999, 10_000, 10_001, MINUTE - 1, MINUTE, 30 * MINUTE, 3 * 24 * 60 * MINUTE],
  ...[-1, -9_999, -10_000, -10_001, -MINUTE, -60 * MINUTE],
);

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('guess' as const),
      isOwnNumber: fc.boolean(),
      times: fc.integer({ min: 1, max: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('sign-in' as const), isOwnNumber: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('open' as const), isOwnNumber: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('verdict' as const), back: fc.nat(2), isRight: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('withdraw' as const), back: fc.nat(1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('clock' as const), by: clockSteps }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('reset' as const),
      choice: fc.record({
        pinExpired: fc.boolean(),
        lock: fc.constantFrom('open' as const, 'close' as const, 'keep' as const),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'lock' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'unlock' as const }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change-pin' as const), back: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('policy' as const), policy: policies }) },
);

/** How often something came about in all runs together, so that a test which never gets anywhere is noticed. */
type Tally = Map<string, number>;

/** Works the state machine as the services do, each decision with its threshold, beside the reference. */
class Mailbox {
  readonly #reference: LockoutReference;
  readonly #tally: Tally;
  readonly #carriedOut: CarriedOut[] = [];
  readonly #attempts: { readonly id: AttemptId; readonly version: number }[] = [];
  /** The versions that calls have signed in under. */
  readonly #sessions: number[] = [];
  /** Guesses let through on each line since it was last cleared, kept apart from both. */
  readonly #letThrough: Record<AttemptLine, number> = { own: 0, elsewhere: 0 };
  #state: CredentialState;
  #policy: LockoutPolicy;
  #now = START;

  constructor(policy: LockoutPolicy, pinExpired: boolean, tally: Tally) {
    this.#reference = new LockoutReference(policy, START, pinExpired);
    this.#state = newCredentialState(START, { pinExpired, firstChangeWaived: !pinExpired });
    this.#policy = policy;
    this.#tally = tally;
  }

  take(step: Step): void {
    const before = this.#state;
    this.#do(step);
    expect(this.#state.version, 'the version never goes back').toBeGreaterThanOrEqual(before.version);
    this.#compare();
  }

  #do(step: Step): void {
    switch (step.kind) {
      case 'guess':
        for (let time = 0; time < step.times; time++) this.#try(step.isOwnNumber, false);
        return;
      case 'sign-in':
        this.#try(step.isOwnNumber, true);
        return;
      case 'open':
        this.#open(step.isOwnNumber);
        return;
      case 'verdict':
        this.#decide(this.#attempts.at(-1 - step.back), step.isRight);
        return;
      case 'withdraw':
        this.#withdraw(this.#attempts.at(-1 - step.back)?.id);
        return;
      case 'clock':
        this.#now += step.by;
        return;
      case 'policy':
        this.#policy = step.policy;
        this.#reference.policy = step.policy;
        return;
      default:
        this.#request(step);
        return;
    }
  }

  #request(step: Step & { readonly kind: 'reset' | 'lock' | 'unlock' | 'change-pin' }): void {
    const { attempt } = this.#state;
    switch (step.kind) {
      case 'reset':
        if (step.choice.lock !== 'keep' || this.#state.lock === undefined) this.#cleared(ATTEMPT_LINES);
        this.#state = resetOnRequest(this.#state, step.choice, this.#now);
        this.#reference.reset(step.choice, this.#now);
        return;
      case 'lock':
        this.#state = lockOnRequest(this.#state, this.#now);
        this.#reference.lockByPerson(this.#now);
        return;
      case 'unlock':
        this.#cleared(ATTEMPT_LINES);
        if (attempt !== undefined) this.#letThrough[attempt.line] = 1;
        this.#state = unlockOnRequest(this.#state);
        this.#reference.unlock();
        return;
      case 'change-pin':
        this.#changePin(this.#sessions.at(-1 - step.back));
        return;
    }
  }

  #try(isOwnNumber: boolean, isRight: boolean): void {
    if (this.#open(isOwnNumber)) this.#decide(this.#attempts.at(-1), isRight);
  }

  #open(isOwnNumber: boolean): boolean {
    const id = `attempt-${this.#attempts.length}` as AttemptId;
    const line = attemptLine(isOwnNumber, this.#policy);
    const expected = this.#reference.open(this.#reference.lineOf(isOwnNumber), id, this.#now);
    for (;;) {
      const opening = open(this.#state, this.#policy, line, id, this.#now);
      if (opening.kind === 'due') {
        expect(this.#carriedOut.length, 'what is carried out is due').toBeLessThan(this.#reference.carriedOut.length);
        this.#noteExpiry(opening.settled.expired?.scope);
        this.#state = this.#carryOut(opening.settled.state, opening.threshold);
        continue;
      }
      expect(opening.kind).toBe(expected);
      this.#count(opening.kind);
      if (opening.kind !== 'opened') return false;
      this.#noteExpiry(opening.settled.expired?.scope);
      expect(this.#letThrough[line], 'guesses since the line was cleared').toBeLessThan(this.#policy.maxLogonAttempts);
      this.#letThrough[line] += 1;
      this.#state = opening.state;
      this.#attempts.push({ id, version: opening.state.version });
      return true;
    }
  }

  #decide(attempt: { readonly id: AttemptId; readonly version: number } | undefined, isRight: boolean): void {
    if (attempt === undefined) return;
    const expected = this.#reference.decide(attempt.id, isRight, this.#now);
    const signedIn = isRight ? succeed(this.#state, attempt.id, attempt.version, this.#now) : undefined;
    if (signedIn !== undefined) {
      expect('signed-in').toBe(expected);
      this.#count(expected);
      this.#cleared(this.#state.lock === undefined ? ATTEMPT_LINES : ['own']);
      this.#state = signedIn;
      this.#sessions.push(signedIn.version);
      return;
    }
    const failure = fail(this.#state, attempt.id, this.#policy, this.#now);
    expect(failure.kind === 'due' ? failure.threshold.kind : failure.kind).toBe(expected);
    this.#count(expected);
    if (failure.kind === 'failed') this.#state = failure.state;
    if (failure.kind === 'due') this.#state = this.#carryOut(failure.state, failure.threshold);
  }

  #withdraw(id: AttemptId | undefined): void {
    if (id === undefined) return;
    const line = this.#state.attempt?.line;
    const withdrawn = withdraw(this.#state, id);
    expect(withdrawn === undefined ? 'settled-elsewhere' : 'withdrawn').toBe(this.#reference.withdraw(id));
    if (withdrawn === undefined || line === undefined) return;
    this.#count('withdrawn');
    this.#letThrough[line] = Math.max(0, this.#letThrough[line] - 1);
    this.#state = withdrawn;
  }

  #carryOut(state: CredentialState, { kind, line }: Threshold): CredentialState {
    this.#carriedOut.push({ kind, line, count: state.budgets[line].failures });
    const carried =
      kind === 'lockout' ? lockOut(state, line, this.#policy, this.#now) : resetAutomatically(state, line, this.#now);
    expect(carried.version, 'whoever is signed in is signed in no longer').toBeGreaterThan(state.version);
    return carried;
  }

  #changePin(version: number | undefined): void {
    if (version === undefined) return;
    const changed = changePin(this.#state, version, this.#now);
    expect(changed !== undefined).toBe(this.#reference.changePin(version, this.#now));
    this.#count(changed === undefined ? 'session-over' : 'pin-changed');
    if (changed !== undefined) this.#state = changed;
  }

  #noteExpiry(scope: 'elsewhere' | 'everywhere' | undefined): void {
    if (scope === undefined) return;
    this.#count('lock-expired');
    this.#cleared(scope === 'everywhere' ? ATTEMPT_LINES : ['elsewhere']);
  }

  #cleared(lines: readonly AttemptLine[]): void {
    for (const line of lines) this.#letThrough[line] = 0;
  }

  #count(what: string): void {
    this.#tally.set(what, (this.#tally.get(what) ?? 0) + 1);
  }

  #compare(): void {
    const state = this.#state;
    const reference = this.#reference;
    const { attempt } = state;
    expect({
      version: state.version,
      own: state.budgets.own.failures,
      elsewhere: state.budgets.elsewhere.failures,
      attempt: attempt?.id,
      lock: state.lock,
      sinceSuccess: state.failuresSinceSuccess,
      lastFailureAt: state.lastFailureAt,
      lastSuccessAt: state.lastSuccessAt,
      pinSetAt: state.pinSetAt,
      pinExpired: state.pinExpired,
      firstTime: state.firstTime,
      firstChangeWaived: state.firstChangeWaived,
      carriedOut: this.#carriedOut,
    }).toEqual({
      version: reference.version,
      own: reference.count('own'),
      elsewhere: reference.count('elsewhere'),
      attempt: reference.undecided?.id,
      lock: reference.lock,
      sinceSuccess: reference.countSinceSuccess,
      lastFailureAt: reference.lastFailureAt,
      lastSuccessAt: reference.lastSuccessAt,
      pinSetAt: reference.pinSetAt,
      pinExpired: reference.mustChange,
      firstTime: reference.firstTime,
      firstChangeWaived: reference.changeWaived,
      carriedOut: reference.carriedOut,
    });
    const undecided = attempt === undefined ? 0 : 1;
    // The user is told when the last failure was, so that there is one whenever failures are told of (SPEC §3.8).
    if (state.failuresSinceSuccess > undecided) expect(state.lastFailureAt).toBeDefined();
  }
}

it('does what SPEC says, whatever happens in whatever order', () => {
  const tally: Tally = new Map();
  fc.assert(
    fc.property(policies, fc.boolean(), fc.array(steps, { maxLength: 80, size: 'max' }), (policy, pinExpired, todo) => {
      const mailbox = new Mailbox(policy, pinExpired, tally);
      for (const step of todo) mailbox.take(step);
    }),
    { numRuns: 1_000 },
  );
  const seen = ['busy', 'locked', 'opened', 'signed-in', 'failed', 'pin-reset', 'lockout', 'settled-elsewhere'];
  for (const what of [...seen, 'lock-expired', 'pin-changed', 'session-over', 'withdrawn'])
    expect(tally.get(what)).toBeGreaterThan(20);
});

/** What one does who guesses from elsewhere all night, and dies or dawdles now and then. */
const guesses = fc.array(
  fc.record({
    end: fc.constantFrom('wrong' as const, 'late' as const, 'abandoned' as const),
    wait: fc.nat(20 * SECOND),
  }),
  { minLength: 60, maxLength: 60 },
);

it('lets nobody try more PINs than the policy allows, and replaces the PIN at each multiple exactly once', () => {
  const each = fc.integer({ min: 1, max: 10 });
  const max = fc.integer({ min: 2, max: 25 });
  fc.assert(
    fc.property(each, max, fc.boolean(), guesses, (resetEach, maxLogonAttempts, ownerLine, nights) => {
      fc.pre(resetEach < maxLogonAttempts);
      const policy = {
        logonFailuresBeforePinReset: resetEach,
        maxLogonAttempts,
        lockoutDuration: 'unlimited',
        ownerLine,
      } as const;
      let state = newCredentialState(START, { pinExpired: true, firstChangeWaived: false });
      let now = START;
      const guessesAtPins = [0];
      let locks = 0;
      const carryOut = (from: CredentialState, { kind, line }: Threshold): void => {
        if (kind === 'lockout') locks += 1;
        else guessesAtPins.push(0);
        state = kind === 'lockout' ? lockOut(from, line, policy, now) : resetAutomatically(from, line, now);
      };
      for (const [index, { end, wait }] of nights.entries()) {
        const id = `${index}` as AttemptId;
        const opening = open(state, policy, 'elsewhere', id, now);
        if (opening.kind === 'due') carryOut(opening.settled.state, opening.threshold);
        if (opening.kind === 'opened') {
          state = opening.state;
          guessesAtPins.push((guessesAtPins.pop() ?? 0) + 1);
          if (end === 'late') now += wait;
          const failure = end === 'abandoned' ? undefined : fail(state, id, policy, now);
          if (failure?.kind === 'failed') state = failure.state;
          if (failure?.kind === 'due') carryOut(failure.state, failure.threshold);
        }
        now += wait;
      }
      for (const guessed of guessesAtPins) expect(guessed).toBeLessThanOrEqual(resetEach);
      const all = guessesAtPins.reduce((sum, guessed) => sum + guessed, 0);
      expect(all).toBeLessThanOrEqual(maxLogonAttempts);
      expect(locks).toBeLessThanOrEqual(1);
      if (locks === 1) {
        expect(all).toBe(maxLogonAttempts);
        expect(guessesAtPins).toHaveLength(Math.floor((maxLogonAttempts - 1) / resetEach) + 1);
        expect(state.lock).toMatchObject({ reason: 'failures', scope: ownerLine ? 'elsewhere' : 'everywhere' });
        expect(opensAt(state.lock ?? expect.fail(), policy)).toBeUndefined();
      }
    }),
    { numRuns: 300 },
  );
});
