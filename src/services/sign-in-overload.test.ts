import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { createSignInRig, PIN, type SignInRig, signInWithHasher, UNKNOWN, wrongPin } from '../testing/sign-in-rig.ts';
import { HashQueueFull } from './ports/hash-queue-full.ts';
import { OverloadAlarm } from './sign-in-overload.ts';

const full = () => Promise.reject(new HashQueueFull(7));

describe.each([DEFAULT_KIND])('an attempt that cannot be looked at, on $name', (kind) => {
  let rig: SignInRig;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
  });

  afterEach(() => rig.dispose());

  const logged = (level: string) => rig.service.log.lines.filter((line) => line.level === level);

  const notChecked = () => logged('info').filter(({ fields }) => fields.outcome === 'not-checked');

  it('does not count, at a mailbox as at an unknown extension, and is on the record', async () => {
    const before = await rig.state();
    const signIn = await signInWithHasher(rig.service, { matches: full });
    expect(await rig.attempt(PIN, { signIn })).toEqual({ kind: 'overloaded' });
    expect(await rig.attempt(PIN, { signIn, extension: UNKNOWN })).toEqual({ kind: 'overloaded' });
    expect(await rig.state()).toEqual(before);
    expect((await rig.audited()).slice(-2)).toMatchObject([{ outcome: 'not-checked' }, { outcome: 'not-checked' }]);
    expect(notChecked()).toHaveLength(2);
    expect(logged('warn')).toHaveLength(1);
    expect(logged('error')).toEqual([]);
  });

  it('is a fault when it cannot be taken back', async () => {
    const signIn = await signInWithHasher(rig.service, {
      matches: async () => {
        await rig.service.database.close();
        throw new HashQueueFull(7);
      },
    });
    await expect(rig.attempt(PIN, { signIn })).rejects.toThrow(HashQueueFull);
    expect(rig.service.log.lines.at(-1)).toMatchObject({ level: 'error', message: /undecided/ });
  });

  it('is a fault, and counts, when it was looked at and the PIN of a reset cannot be made', async () => {
    const signIn = await signInWithHasher(rig.service, { hash: full });
    await rig.wrong(4);
    await expect(rig.attempt(wrongPin(9), { signIn })).rejects.toThrow(HashQueueFull);
    const state = await rig.state();
    expect(state).toMatchObject({ attempt: undefined, budgets: { elsewhere: { failures: 5 } } });

    // The next finds the reset due: nothing was counted for it yet.
    const records = (await rig.audited()).length;
    expect(await rig.attempt(PIN, { signIn })).toEqual({ kind: 'overloaded' });
    expect(await rig.state()).toEqual(state);
    expect(await rig.audited()).toHaveLength(records);
    expect(notChecked()).toHaveLength(1);
    expect(logged('warn').at(-1)?.fields).toMatchObject({ cause: 'hashes-full', attempts: 1 });
  });

  it('does not count when too many wait for their turn', async () => {
    const gate = Promise.withResolvers<void>();
    const signIn = await signInWithHasher(rig.service, {
      matches: async () => {
        await gate.promise;
        return false;
      },
    });
    // One has its turn and 200 wait.
    const attempts = Array.from({ length: 203 }, () => rig.attempt(wrongPin(), { signIn, extension: UNKNOWN }));
    expect(await Promise.race(attempts)).toEqual({ kind: 'overloaded' });
    gate.resolve();
    const kinds = (await Promise.all(attempts)).map((verdict) => verdict.kind);
    expect(kinds.filter((one) => one === 'overloaded')).toHaveLength(2);
    expect((await rig.audited()).filter(({ outcome }) => outcome === 'not-checked')).toEqual([]);
    expect(notChecked()).toHaveLength(2);
    const overloads = logged('warn').filter(({ fields }) => fields.event === 'sign-in-overload');
    expect(overloads.map(({ fields }) => fields)).toMatchObject([{ cause: 'turns-full', attempts: 1 }]);
  });
});

describe('the alarm of an overload', () => {
  it('is one warning a minute at most, with how many were turned away since the last', async () => {
    const [clock, log] = [new FakeClock(), new CapturedLog()];
    const alarm = new OverloadAlarm({ clock, log });
    const attempts = () => log.lines.map(({ fields }) => fields.attempts);
    alarm.note('hashes-full');
    await clock.advance(59_999);
    for (let i = 0; i < 5; i++) alarm.note('hashes-full');
    expect(attempts()).toEqual([1]);
    await clock.advance(1);
    alarm.note('turns-full');
    expect(attempts()).toEqual([1, 6]);
    expect(log.lines.at(-1)).toEqual({
      level: 'warn',
      fields: { event: 'sign-in-overload', cause: 'turns-full', attempts: 6 },
      message: 'Sign-ins are turned away: too many wait to be checked',
    });
  });
});
