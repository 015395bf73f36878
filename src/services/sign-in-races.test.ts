import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKeyFile } from '../security/key-file.ts';
import { createPinHasher } from '../security/pin-hasher.ts';
import { systemClock } from '../system-clock.ts';
import { DATABASE_KINDS, SQLITE } from '../testing/databases.ts';
import { guessInProcesses } from '../testing/guessing-processes.ts';
import { CHEAP_COST } from '../testing/service-parts.ts';
import {
  createSignInRig,
  EXTENSION,
  hasherWith,
  OWNER,
  PIN,
  type SignInRig,
  UNKNOWN,
  wrongPin,
} from '../testing/sign-in-rig.ts';
import { BY_TEST, provisionTestMailbox } from '../testing/test-service.ts';
import { verifyAudit } from './audit-verification.ts';
import type { StoredCredential } from './ports/credential-store.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { SignIn } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

const guesses = (count: number, from: number = 0): readonly string[] =>
  Array.from({ length: count }, (_, number) => wrongPin(from + number));

const counted = (kinds: readonly string[]): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(kinds, (kind) => kind)].map(([kind, of]) => [kind, of.length]));

describe.each(DATABASE_KINDS)('calls at the same instant, on $name', (kind) => {
  let rig: SignInRig;
  /** The PINs that callers keyed and that were checked, in order. */
  let checked: string[];
  let signIn: SignIn;
  /** The credential as it was at first. */
  let fresh: StoredCredential;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    fresh = await rig.credential();
    checked = [];
    signIn = await createSignIn({ ...rig.service, hasher: hasherWatched() });
  });

  afterEach(() => rig.dispose());

  function hasherWatched(): PinHasher {
    const { hasher } = rig.service;
    return hasherWith(hasher, {
      matches: (pin, ...check) => {
        checked.push(pin);
        return hasher.matches(pin, ...check);
      },
    });
  }

  const attemptAll = async (pins: readonly string[], extension?: string): Promise<readonly string[]> => {
    const changes = { signIn, ...(extension === undefined ? {} : { extension }) };
    return (await Promise.all(pins.map((pin) => rig.attempt(pin, changes)))).map((verdict) => verdict.kind);
  };

  /** Gives the mailbox its first PIN and state back. */
  async function restore(): Promise<void> {
    const { database, hasher } = rig.service;
    const { state } = await rig.credential();
    await rig.putState({ lock: undefined, budgets: fresh.state.budgets, failuresSinceSuccess: 0 });
    const read = await rig.credential();
    if (!(await hasher.matches(PIN, read.id, read.pin)))
      await database.credentials.replace(read, { ...read.state, version: state.version + 1 }, fresh.pin);
  }

  async function letterCounts(): Promise<Readonly<Record<string, number>>> {
    return counted((await rig.letters()).map(({ letter, state }) => `${letter.kind} ${state}`));
  }

  it('check no more of fifty guesses than the policy allows, reset twice and lock once', async () => {
    const kinds = await attemptAll(guesses(50));
    // Which of them come first is not settled where a database answers several at once.
    expect([checked.length, new Set(checked).size]).toEqual([15, 15]);
    expect(guesses(50)).toEqual(expect.arrayContaining(checked));
    expect(counted(kinds)).toEqual({ failed: 12, 'pin-reset': 2, locked: 36 });
    expect(await letterCounts()).toEqual({ 'pin-reset waiting': 1, 'pin-reset superseded': 1, 'lockout waiting': 1 });
    const { id, pin } = await rig.credential();
    expect(await rig.service.hasher.matches(await rig.mailedPin(), id, pin)).toBe(true);
    expect(await rig.state()).toMatchObject({ budgets: { elsewhere: { failures: 15 } }, failuresSinceSuccess: 15 });
  });

  it.each([0, 4, 5, 12, 30])(
    'let a right PIN in the place %i win only if it is before the threshold',
    async (place) => {
      const pins = guesses(50).toSpliced(place, 0, PIN);
      const kinds = await attemptAll(pins);
      const at = checked.indexOf(PIN);
      const wins = at >= 0 && at < 5;
      if (kind.name === 'SQLite') expect(wins).toBe(place < 5);
      expect(kinds[place] === 'signed-in').toBe(wins);
      expect(counted(kinds)['signed-in']).toBe(wins ? 1 : undefined);
      // After a success, fifteen more may be tried.
      expect(checked).toHaveLength(wins ? at + 1 + 15 : 15);
    },
  );

  it('wait for one another without end at an extension that is unknown, too', async () => {
    expect(counted(await attemptAll(guesses(50), UNKNOWN))).toEqual({ failed: 50 });
    expect(checked).toHaveLength(50);
    expect((await rig.state()).failuresSinceSuccess).toBe(0);
  });

  it('sign in, of many with the right PIN, all of them', async () => {
    expect(counted(await attemptAll(Array.from({ length: 30 }, () => PIN)))).toEqual({ 'signed-in': 30 });
    expect(rig.service.sessions.count).toBe(30);
  });

  it('check no more of them when they come by two extensions', async () => {
    const { service, plan } = rig;
    const pin = { kind: 'typed', pin: PIN, mail: false, notice: false } as const;
    const wanted = { address: 'ann@contoso.com', displayName: 'Ann', extensions: ['52000', '52001'], pin } as const;
    await provisionTestMailbox(service, plan, wanted);
    const waiting = await createSignIn({ ...service, hasher: hasherWatched(), clock: systemClock });
    const kinds = await Promise.all(
      guesses(30).map(async (guess, number) => {
        const extension = wanted.extensions[number % 2] ?? '';
        return (await rig.attempt(guess, { extension, signIn: waiting })).kind;
      }),
    );
    expect(checked).toHaveLength(15);
    expect(counted(kinds)).toEqual({ failed: 12, 'pin-reset': 2, locked: 16 });
  });

  it('leave the owner’s own line its budget', async () => {
    const strangers = attemptAll(guesses(50));
    const own = await Promise.all(guesses(3, 60).map((pin) => rig.attempt(pin, { signIn, source: OWNER })));
    expect(own.map((verdict) => verdict.kind)).toEqual(['failed', 'failed', 'failed']);
    await strangers;
    const pin = await rig.mailedPin();
    expect((await rig.attempt(pin, { signIn })).kind).toBe('locked');
    expect(await rig.attempt(pin, { signIn, source: OWNER })).toMatchObject({ session: { lockedElsewhere: true } });
  });

  it('are not left signed in to a mailbox that is reset or locked at the same moment', async () => {
    const { pinAdministration, sessions } = rig.service;
    const outcomes = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const isReset = round % 2 === 0;
      const signInAll = () => Array.from({ length: 1 + (round % 4) }, () => rig.attempt(PIN, { signIn }));
      // A reset takes a hash and is begun first, a lock takes none; the other comes a little later each time, so that
      // they meet at every stage.
      const earlier = isReset ? [] : signInAll();
      const reset = isReset ? pinAdministration.reset(rig.mailbox.id, {}, BY_TEST) : undefined;
      for (let tick = 0; tick < round; tick++) await nextTurn();
      const later = isReset ? signInAll() : [];
      await (reset ?? pinAdministration.lock(rig.mailbox.id, BY_TEST));
      const verdicts = await Promise.all([...earlier, ...later]);
      for (const verdict of verdicts) {
        outcomes.add(verdict.kind);
        if (verdict.kind !== 'signed-in') continue;
        const ends: string[] = [];
        verdict.session.onEnd((why) => ends.push(why));
        expect(ends).toEqual([isReset ? 'pin-reset' : 'locked']);
        verdict.session.close();
      }
      expect(sessions.count).toBe(0);
      await restore();
    }
    expect(outcomes).toEqual(new Set(['signed-in', 'failed', 'locked']));
  });

  describe('in three processes on one database', () => {
    it('check no more of a hundred and fifty guesses than the policy allows, reset twice and lock once', async () => {
      const processes = await guessInProcesses(
        rig,
        [0, 1, 2].map((process) => guesses(50, 50 * process)),
      );
      expect(processes.reduce((sum, { checked: own }) => sum + own, 0)).toBe(15);
      expect(counted(processes.flatMap(({ kinds }) => kinds))).toEqual({ failed: 12, 'pin-reset': 2, locked: 136 });
      expect(await letterCounts()).toEqual({
        'pin-reset waiting': 1,
        'pin-reset superseded': 1,
        'lockout waiting': 1,
      });
      const { id, pin } = await rig.credential();
      expect(await rig.service.hasher.matches(await rig.mailedPin(), id, pin)).toBe(true);
      expect(await verifyAudit(rig.service.stored.database, rig.service.auditSealer)).toMatchObject({ kind: 'intact' });
    });

    it('let right PINs win only before the first reset', async () => {
      const pins = [0, 1, 2].map((process) => guesses(20, 20 * process).toSpliced(1, 0, PIN));
      const processes = await guessInProcesses(rig, pins);
      const outcomes = (await rig.audited())
        .filter(({ mailboxId, action }) => mailboxId === rig.mailbox.id && action !== 'mailbox-enabled')
        .map(({ action, outcome }) => (action === 'sign-in' ? outcome : action));
      const reset = outcomes.indexOf('pin-reset');
      expect(reset).toBeGreaterThan(0);
      expect(outcomes.slice(reset)).not.toContain('signed-in');
      // Five failures in a row come before it, and never more.
      expect(outcomes.slice(0, reset).join(' ')).toMatch(/^(?:(?:failed ){0,4}signed-in )*(?:failed ?){4}$/);
      const won = processes.flatMap(({ kinds }) => kinds).filter((verdict) => verdict === 'signed-in');
      expect(won).toHaveLength(outcomes.filter((outcome) => outcome === 'signed-in').length);
    });
  });
});

/** A server answers one opening after the other, and hashes as cheap as those of tests do not pile up behind it. */
describe('many calls at the same instant', () => {
  it('use nobody’s attempts up, and keep nobody waiting, when there are more than may wait for their hash', async () => {
    const rig = await createSignInRig({ kind: SQLITE });
    const { database, keyFile: file, log } = rig.service;
    const { keys } = await readKeyFile({ file, pinKeys: database.pinKeys, log });
    const hasher = createPinHasher({ keys, cost: CHEAP_COST, atOnce: 1, maxWaiting: 2 });
    const narrow = await createSignIn({ ...rig.service, hasher });
    const extensions = [...Array.from({ length: 20 }, (_, number) => `${90_000 + number}`), EXTENSION];
    const verdicts = await Promise.all(
      extensions.map((extension) => rig.attempt(wrongPin(), { extension, signIn: narrow })),
    );
    const refused = verdicts.filter(({ kind }) => kind === 'overloaded');
    expect(refused.length).toBeGreaterThan(0);
    expect(counted(verdicts.map(({ kind }) => kind))).toEqual({
      overloaded: refused.length,
      failed: 21 - refused.length,
    });
    // Every call has its line, and the operator one warning for all of them.
    expect(log.lines.filter(({ fields }) => fields.outcome === 'not-checked')).toHaveLength(refused.length);
    expect(log.lines.filter(({ level }) => level === 'warn' || level === 'error')).toMatchObject([
      { fields: { event: 'sign-in-overload', cause: 'hashes-full', attempts: 1 } },
    ]);
    const records = (await rig.audited()).filter(({ action }) => action === 'sign-in');
    expect(records.filter(({ outcome }) => outcome === 'failed')).toHaveLength(21 - refused.length);
    expect(records.filter(({ outcome }) => outcome === 'not-checked')).toHaveLength(refused.length);
    const rows = await rig.service.stored.rows();
    expect(rows.filter(({ values }) => typeof values.attempt_id === 'string')).toEqual([]);
    expect(verdicts.at(-1)).toEqual({ kind: 'overloaded' });
    const unused = { failures: 0, settled: 0 };
    expect(await rig.state()).toMatchObject({ failuresSinceSuccess: 0, budgets: { own: unused, elsewhere: unused } });
    const failures = rows
      .filter(({ table }) => table === 'source_failure')
      .map(({ values }) => Number(values.failures));
    expect(failures.reduce((sum, count) => sum + count, 0)).toBe(21 - refused.length);
    await rig.dispose();
  });
});
