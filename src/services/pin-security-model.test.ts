import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ATTEMPT_LEASE } from '../domain/lockout.ts';
import { DEFAULT_KIND, SQLITE } from '../testing/databases.ts';
import {
  type ExpectedVerdict,
  PinReference,
  type ReferenceGuess,
  type ReferencePolicy,
} from '../testing/pin-reference.ts';
import { createSignInRig, hasherWith, OWNER, PIN, type SignInRig, STRANGER } from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';
import { verifyAudit } from './audit-verification.ts';
import { createPinAdministration } from './pin-administration-service.ts';
import { createPinChanges } from './pin-changes-service.ts';
import type { SessionEnd, SignIn, SignInSession, SignInVerdict } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

/** PINs that people type: nothing is wrong with them but, at times, their length or that they were used before. */
const TYPED = ['407193', '628415', '930472', '51836', '82649137'] as const;
const WRONG = '739150';

interface Guess {
  readonly isRight: boolean;
  readonly isOwnNumber: boolean;
}

type Step =
  /** So many calls at the same moment. */
  | { readonly kind: 'attempts'; readonly guesses: readonly Guess[] }
  /** One whose check lasts until it is let go, if ever. */
  | { readonly kind: 'slow-attempt'; readonly guess: Guess }
  | { readonly kind: 'let-go' }
  | { readonly kind: 'clock'; readonly by: number }
  | {
      readonly kind: 'reset';
      readonly pin: string | undefined;
      readonly pinExpired: boolean;
      readonly lockedOut: boolean;
    }
  | { readonly kind: 'lock' }
  | { readonly kind: 'unlock' }
  | { readonly kind: 'change'; readonly back: number; readonly pin: string }
  | { readonly kind: 'policy'; readonly policy: ReferencePolicy };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const policies: fc.Arbitrary<ReferencePolicy> = fc
  .record({
    logonFailuresBeforePinReset: fc.constantFrom('unlimited' as const, 1, 2, 3, 4),
    maxLogonAttempts: fc.integer({ min: 2, max: 7 }),
    lockoutDuration: fc.constantFrom('unlimited' as const, 30),
    ownerLine: fc.boolean(),
    minPinLength: fc.constantFrom(4, 6, 8),
    pinHistoryCount: fc.constantFrom(1, 2, 4),
    pinLifetime: fc.constantFrom('unlimited' as const, 3),
  })
  .filter(
    (it) => it.logonFailuresBeforePinReset === 'unlimited' || it.logonFailuresBeforePinReset < it.maxLogonAttempts,
  );

const guesses: fc.Arbitrary<Guess> = fc.record({
  isRight: fc.integer({ min: 0, max: 3 }).map((it) => it === 0),
  isOwnNumber: fc.integer({ min: 0, max: 3 }).map((it) => it === 0),
});

const of = <K extends Step['kind'], T extends object>(kind: K, rest: { [P in keyof T]: fc.Arbitrary<T[P]> }) =>
  fc.record({ kind: fc.constant(kind), ...rest } as {
    [P in keyof (T & { kind: K })]: fc.Arbitrary<(T & { kind: K })[P]>;
  });

const typed = fc.constantFrom(...TYPED);
const resets = of('reset', {
  pin: fc.option(typed, { nil: undefined }),
  pinExpired: fc.boolean(),
  lockedOut: fc.integer({ min: 0, max: 4 }).map((it) => it === 0),
});
const locks = of('lock', {});
const unlocks = of('unlock', {});
const changes = of('change', { back: fc.nat(1), pin: typed });
const clockSteps = of('clock', {
  by: fc.constantFrom(1, ATTEMPT_LEASE, 30 * MINUTE, DAY, 3 * DAY, -1, -MINUTE, -DAY),
});
const slowAttempts = of('slow-attempt', { guess: guesses });

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: of('attempts', { guesses: fc.array(guesses, { minLength: 1, maxLength: 5 }) }) },
  { weight: 2, arbitrary: slowAttempts },
  { weight: 2, arbitrary: of('let-go', {}) },
  { weight: 2, arbitrary: clockSteps },
  { weight: 2, arbitrary: resets },
  { weight: 1, arbitrary: locks },
  { weight: 2, arbitrary: unlocks },
  { weight: 4, arbitrary: changes },
  { weight: 1, arbitrary: of('policy', { policy: policies }) },
);

/** What seldom comes together by chance: a right PIN whose mailbox changes while it is checked. */
const overtaken: fc.Arbitrary<readonly Step[]> = fc.tuple(
  unlocks,
  of('slow-attempt', { guess: fc.record({ isRight: fc.constant(true), isOwnNumber: fc.boolean() }) }),
  fc.oneof(resets, locks, unlocks, changes, clockSteps),
  of('let-go', {}),
);

/** Somebody who changes the PIN twice in one call. */
const secondThoughts: fc.Arbitrary<readonly Step[]> = fc
  .tuple(fc.boolean(), typed, typed)
  .map(([isOwnNumber, ...pins]): readonly Step[] => [
    { kind: 'unlock' },
    { kind: 'attempts', guesses: [{ isRight: true, isOwnNumber }] },
    ...pins.map((pin): Step => ({ kind: 'change', back: 0, pin })),
  ]);

/** Somebody who looks for former PINs, and comes again the next day. */
const searches: fc.Arbitrary<readonly Step[]> = fc
  .tuple(typed, fc.integer({ min: 3, max: 5 }), fc.constantFrom(DAY - 1, DAY))
  .map(([pin, times, later]): readonly Step[] => {
    const reset: Step = { kind: 'reset', pin, pinExpired: true, lockedOut: false };
    return [...Array.from({ length: times }, () => reset), { kind: 'clock', by: later }, reset];
  });

const sequences: fc.Arbitrary<readonly Step[]> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: steps.map((step) => [step]) },
      { weight: 2, arbitrary: overtaken },
      { weight: 1, arbitrary: secondThoughts },
      { weight: 1, arbitrary: searches },
    ),
    { minLength: 12, maxLength: 40, size: 'max' },
  )
  .map((parts) => parts.flat());

interface LiveSession {
  readonly session: SignInSession;
  version: number;
  end: SessionEnd | undefined;
}

interface SlowAttempt {
  readonly guess: ReferenceGuess;
  readonly letGo: () => void;
  readonly verdict: Promise<SignInVerdict>;
}

/** Where the check of a slow attempt waits. */
interface Gate {
  reached: () => void;
  opened: Promise<void>;
}

/**
 * Makes attempts at the same time where they are taken in the order in which they were made, as a process does with its
 * SQLite; on a server each has a connection of its own, and whichever gets there first comes first.
 */
async function inOrder<T>(attempts: readonly (() => Promise<T>)[]): Promise<readonly T[]> {
  if (DEFAULT_KIND === SQLITE) return Promise.all(attempts.map((attempt) => attempt()));
  const verdicts: T[] = [];
  for (const attempt of attempts) verdicts.push(await attempt());
  return verdicts;
}

/** The services over a real database, and the reference beside them. */
class Trial {
  readonly #rig: SignInRig;
  readonly #reference: PinReference;
  readonly #administration;
  readonly #changes;
  readonly #slowSignIn: SignIn;
  readonly #tally: Map<string, number>;
  readonly #sessions: LiveSession[] = [];
  readonly #gate: Gate;
  #slow: SlowAttempt | undefined;
  #attempts = 0;

  static async begin(policy: ReferencePolicy, tally: Map<string, number>): Promise<Trial> {
    const rig = await createSignInRig({ policy });
    const gate: Gate = { reached: () => undefined, opened: Promise.resolve() };
    const { hasher } = rig.service;
    const slow = hasherWith(hasher, {
      matches: async (pin, id, stored, inUse) => {
        gate.reached();
        await gate.opened;
        return hasher.matches(pin, id, stored, inUse);
      },
    });
    return new Trial(rig, await createSignIn({ ...rig.service, hasher: slow }), gate, policy, tally);
  }

  constructor(rig: SignInRig, slowSignIn: SignIn, gate: Gate, policy: ReferencePolicy, tally: Map<string, number>) {
    this.#rig = rig;
    this.#slowSignIn = slowSignIn;
    this.#gate = gate;
    this.#tally = tally;
    this.#reference = new PinReference(policy, PIN, this.#now);
    this.#administration = createPinAdministration(rig.service);
    this.#changes = createPinChanges(rig.service);
  }

  get #now(): number {
    return this.#rig.service.clock.now();
  }

  async take(step: Step): Promise<void> {
    await this.#do(step);
    if (this.#reference.pin === undefined) this.#reference.read(await this.#rig.mailedPin());
    await this.#compare();
  }

  async end(): Promise<void> {
    await this.#letGo();
    const { stored, auditSealer } = this.#rig.service;
    expect(await verifyAudit(stored.database, auditSealer)).toMatchObject({ kind: 'intact' });
    const audited = await this.#rig.audited();
    const count = (action: string, outcome: string | undefined = undefined): number =>
      audited.filter((it) => it.action === action && (outcome === undefined || it.outcome === outcome)).length;
    const { lockout, abandoned, resetsOnRequest } = this.#reference;
    const automatic = lockout.carriedOut.filter(({ kind }) => kind === 'pin-reset').length;
    expect(count('sign-in')).toBe(this.#attempts + abandoned);
    expect(count('pin-reset', 'done')).toBe(automatic + resetsOnRequest);
    const letters = await this.#rig.letters();
    expect(letters.filter(({ letter }) => letter.kind === 'pin-reset')).toHaveLength(automatic + resetsOnRequest);
    expect(letters.filter(({ letter }) => letter.kind === 'lockout')).toHaveLength(
      lockout.carriedOut.length - automatic,
    );
  }

  dispose(): Promise<void> {
    return this.#rig.dispose();
  }

  async #do(step: Step): Promise<void> {
    switch (step.kind) {
      case 'attempts':
        return this.#attempt(step.guesses);
      case 'slow-attempt':
        return this.#attemptSlowly(step.guess);
      case 'let-go':
        return this.#letGo();
      case 'clock':
        this.#rig.service.clock.setNow(this.#now + step.by);
        return;
      case 'reset':
        return this.#reset(step);
      case 'change':
        return this.#change(step);
      case 'lock':
        await this.#administration.lock(this.#rig.mailbox.id, BY_TEST);
        this.#reference.lockout.lockByPerson(this.#now);
        return;
      case 'unlock':
        await this.#administration.unlock(this.#rig.mailbox.id, BY_TEST);
        this.#reference.lockout.unlock();
        return;
      case 'policy':
        // A call that is being decided is decided by the policy that it was opened under.
        if (this.#slow !== undefined) return;
        await this.#rig.changePolicy(step.policy);
        this.#reference.policy = step.policy;
        return;
    }
  }

  async #attempt(tried: readonly Guess[]): Promise<void> {
    this.#waitForLease();
    const pins = tried.map((guess) => this.#pinOf(guess));
    const expected = tried.map(({ isOwnNumber }, at) =>
      this.#reference.attempt(pins[at] ?? '', isOwnNumber, this.#now),
    );
    const verdicts = await inOrder(
      tried.map(({ isOwnNumber }, at) => () => {
        return this.#rig.attempt(pins[at] ?? '', { source: isOwnNumber ? OWNER : STRANGER });
      }),
    );
    this.#attempts += tried.length;
    for (const [at, verdict] of verdicts.entries()) this.#compareVerdict(verdict, expected[at] ?? expect.fail());
  }

  async #attemptSlowly(tried: Guess): Promise<void> {
    if (this.#slow !== undefined) return;
    this.#waitForLease();
    const pin = this.#pinOf(tried);
    const guess = this.#reference.open(pin, tried.isOwnNumber, this.#now);
    const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    Object.assign(this.#gate, { reached: arrived.resolve, opened: gate.promise });
    const source = tried.isOwnNumber ? OWNER : STRANGER;
    const verdict = this.#rig.attempt(pin, { source, signIn: this.#slowSignIn });
    this.#attempts += 1;
    if (guess === undefined) return this.#compareVerdict(await verdict, { kind: 'locked' });
    await Promise.race([arrived.promise, verdict.then((early) => expect.fail(`It is ${early.kind} already`))]);
    this.#slow = { guess, letGo: gate.resolve, verdict };
  }

  async #letGo(): Promise<void> {
    if (this.#slow === undefined) return;
    const { guess, letGo, verdict } = this.#slow;
    this.#slow = undefined;
    const expected = this.#reference.decide(guess, this.#now);
    this.#count(`slow ${expected.kind}`);
    letGo();
    this.#compareVerdict(await verdict, expected);
  }

  /** Callers wait while one is undecided; here the clock goes on to the end of its lease. */
  #waitForLease(): void {
    const at = this.#reference.lockout.undecided?.at;
    if (at === undefined || this.#now >= at + ATTEMPT_LEASE || this.#now < at - ATTEMPT_LEASE) return;
    this.#rig.service.clock.setNow(at + ATTEMPT_LEASE);
  }

  #pinOf({ isRight }: Guess): string {
    return isRight ? (this.#reference.pin ?? expect.fail('Nobody has read the PIN')) : WRONG;
  }

  async #reset({ pin, pinExpired, lockedOut }: Step & { readonly kind: 'reset' }): Promise<void> {
    const request = { pinExpired, lockedOut, ...(pin === undefined ? {} : { pin }) };
    const result = await this.#administration.reset(this.#rig.mailbox.id, request, BY_TEST);
    const came = result.kind === 'refused' ? result.refusal.kind : result.kind;
    expect(came).toBe(this.#reference.reset(pin, pinExpired, lockedOut, this.#now));
    this.#count(`reset ${came}`);
  }

  async #change({ back, pin }: Step & { readonly kind: 'change' }): Promise<void> {
    const live = this.#sessions.at(-1 - back);
    if (live === undefined) return;
    const result = await this.#changes.change(live.session, pin, OWNER);
    const came = result.kind === 'refused' ? result.refusal.kind : result.kind;
    expect(came).toBe(this.#reference.change(pin, live.version, this.#now));
    if (came === 'changed') live.version = this.#reference.lockout.version;
    this.#count(`change ${came}`);
  }

  #compareVerdict(verdict: SignInVerdict, expected: ExpectedVerdict): void {
    this.#count(expected.kind);
    expect(verdict.kind).toBe(expected.kind);
    if (verdict.kind !== 'signed-in' || expected.kind !== 'signed-in') return;
    const { version, kind: _kind, ...facts } = expected;
    const { changeCauses, failures, lockedElsewhere } = verdict.session;
    expect({ changeCauses, failures, lockedElsewhere }).toEqual(facts);
    const live: LiveSession = { session: verdict.session, version, end: undefined };
    verdict.session.onEnd((why) => {
      live.end = why;
    });
    this.#sessions.push(live);
  }

  #count(what: string): void {
    this.#tally.set(what, (this.#tally.get(what) ?? 0) + 1);
  }

  async #compare(): Promise<void> {
    const { lockout, history } = this.#reference;
    const { id, pin, state } = await this.#rig.credential();
    const { attempt, budgets } = state;
    expect({
      ...state,
      attempt: attempt && { line: attempt.line, at: attempt.openedAt },
      budgets: { own: budgets.own.failures, elsewhere: budgets.elsewhere.failures },
    }).toEqual({
      version: lockout.version,
      budgets: { own: lockout.count('own'), elsewhere: lockout.count('elsewhere') },
      attempt: lockout.undecided && { line: lockout.undecided.line, at: lockout.undecided.at },
      lock: lockout.lock,
      failuresSinceSuccess: lockout.countSinceSuccess,
      lastFailureAt: lockout.lastFailureAt,
      lastSuccessAt: lockout.lastSuccessAt,
      pinSetAt: lockout.pinSetAt,
      pinExpired: lockout.mustChange,
      firstTime: lockout.firstTime,
      firstChangeWaived: lockout.changeWaived,
    });
    const { hasher, database } = this.#rig.service;
    expect(await hasher.matches(this.#reference.pin ?? '', id, pin), 'the PIN is the one that is stored').toBe(true);
    expect(await database.pinHistory.last(id, 20)).toHaveLength(history.length);
    for (const letter of await this.#rig.letters()) {
      if (letter.pin !== undefined) expect(letter.pin, 'the PIN that is mailed').toBe(this.#reference.pin);
    }
    for (const { end, version } of this.#sessions) {
      expect(end !== undefined, 'a session ends with its version').toBe(version < lockout.version);
    }
  }
}

it('does with PINs what SPEC says, over a real database, whatever happens in whatever order', {
  timeout: 180_000,
}, async () => {
  const tally = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(policies, sequences, async (policy, todo) => {
      const trial = await Trial.begin(policy, tally);
      try {
        for (const step of todo) await trial.take(step);
        await trial.end();
      } finally {
        await trial.dispose();
      }
    }),
    { numRuns: 25 },
  );
  const seen = ['signed-in', 'failed', 'pin-reset', 'locked', 'slow signed-in', 'slow failed', 'reset reset'];
  for (const what of [...seen, 'reset used-before', 'reset history-attempts-used-up', 'change changed']) {
    expect(tally.get(what), what).toBeGreaterThan(3);
  }
});
