import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { guessInProcesses } from '../testing/guessing-processes.ts';
import { createSignInRig, hasherWith, OWNER, PIN, type SignInRig, UNKNOWN, wrongPin } from '../testing/sign-in-rig.ts';
import { verifyAudit } from './audit-verification.ts';
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

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    checked = [];
    const { hasher } = rig.service;
    const watching = hasherWith(hasher, {
      matches: (pin, id, stored, inUse) => {
        // Only the checks of sign-in hand in what costs are in use; looking into the history does not.
        if (inUse !== undefined) checked.push(pin);
        return hasher.matches(pin, id, stored, inUse);
      },
    });
    signIn = await createSignIn({ ...rig.service, hasher: watching });
  });

  afterEach(() => rig.dispose());

  const attemptAll = async (pins: readonly string[], extension?: string): Promise<readonly string[]> => {
    const changes = { signIn, ...(extension === undefined ? {} : { extension }) };
    return (await Promise.all(pins.map((pin) => rig.attempt(pin, changes)))).map((verdict) => verdict.kind);
  };

  async function letterCounts(): Promise<Readonly<Record<string, number>>> {
    return counted((await rig.letters()).map(({ letter, state }) => `${letter.kind} ${state}`));
  }

  it('check no more of fifty guesses than the policy allows, reset twice and lock once', async () => {
    const kinds = await attemptAll(guesses(50));
    expect(checked).toEqual(guesses(15));
    expect(counted(kinds)).toEqual({ failed: 12, 'pin-reset': 2, locked: 36 });
    expect(await letterCounts()).toEqual({ 'pin-reset waiting': 1, 'pin-reset superseded': 1, 'lockout waiting': 1 });
    const { id, pin } = await rig.credential();
    expect(await rig.service.hasher.matches(await rig.mailedPin(), id, pin)).toBe(true);
    expect(await rig.state()).toMatchObject({ budgets: { elsewhere: { failures: 15 } }, failuresSinceSuccess: 15 });
  });

  it.each([
    { place: 0, wins: true },
    { place: 4, wins: true },
    { place: 5, wins: false },
    { place: 12, wins: false },
    { place: 30, wins: false },
  ])('let a right PIN in the place $place win only if that is before the threshold: $wins', async ({ place, wins }) => {
    const pins = guesses(50).toSpliced(place, 0, PIN);
    const kinds = await attemptAll(pins);
    expect(kinds[place] === 'signed-in').toBe(wins);
    expect(counted(kinds)['signed-in']).toBe(wins ? 1 : undefined);
    // After a success, fifteen more may be tried.
    expect(checked).toHaveLength(wins ? place + 1 + 15 : 15);
  });

  it('wait for one another without end at an extension that is unknown, too', async () => {
    expect(counted(await attemptAll(guesses(50), UNKNOWN))).toEqual({ failed: 50 });
    expect(checked).toHaveLength(50);
    expect((await rig.state()).failuresSinceSuccess).toBe(0);
  });

  it('sign in, of many with the right PIN, all of them', async () => {
    expect(counted(await attemptAll(Array.from({ length: 30 }, () => PIN)))).toEqual({ 'signed-in': 30 });
    expect(rig.service.sessions.count).toBe(30);
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
