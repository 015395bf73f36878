import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CapturedMeter } from '../testing/captured-meter.ts';
import { createSignInRig, EXTENSION, PIN, type SignInRig, UNKNOWN } from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';

const MINUTE = 60_000;

describe('what is counted of sign-ins, resets and locks', () => {
  let rig: SignInRig;
  let meter: CapturedMeter;

  beforeEach(async () => {
    rig = await createSignInRig({ sourceLimits: { slowAt: 'unlimited', refuseAt: 'unlimited' } });
    if (!(rig.service.meter instanceof CapturedMeter)) throw new Error('The meter of tests keeps what it is told');
    meter = rig.service.meter;
  });
  afterEach(() => rig.dispose());

  it('is how attempts came out, known extension or not', async () => {
    await rig.attempt(PIN);
    await rig.wrong(2);
    await rig.wrong(1, { extension: UNKNOWN });
    expect(meter.counted('sign-in', 'signed-in')).toBe(1);
    expect(meter.counted('sign-in', 'failed')).toBe(3);
  });

  it('is every reset and lock by failures, and a lock that ran out', async () => {
    await rig.changePolicy({ logonFailuresBeforePinReset: 2, maxLogonAttempts: 5, lockoutDuration: 30 });
    await rig.wrong(6);
    expect(meter.counted('pin-reset', 'failed-sign-ins')).toBe(2);
    expect(meter.counted('lockout', 'failed-sign-ins')).toBe(1);
    expect(meter.counted('sign-in', 'locked')).toBe(1);
    await rig.service.clock.advance(31 * MINUTE);
    expect(await rig.attempt(await rig.mailedPin())).toMatchObject({ kind: 'signed-in' });
    expect(meter.counted('unlock', 'lock-ran-out')).toBe(1);
  });

  it('is what administrators do, once it is done', async () => {
    const { pinAdministration } = rig.service;
    const { id } = rig.mailbox;
    await pinAdministration.reset(id, {}, BY_TEST);
    await pinAdministration.reset(id, { pin: EXTENSION }, BY_TEST);
    for (let time = 0; time < 2; time++) await pinAdministration.lock(id, BY_TEST);
    for (let time = 0; time < 2; time++) await pinAdministration.unlock(id, BY_TEST);
    expect(meter.counted('pin-reset', 'administrator')).toBe(1);
    expect(meter.counted('lockout', 'on-request')).toBe(1);
    expect(meter.counted('unlock', 'on-request')).toBe(1);
  });

  it('is how long hashes wait and take, for each purpose', async () => {
    meter.measured.length = 0;
    await rig.attempt(PIN);
    await rig.service.pinAdministration.reset(rig.mailbox.id, {}, BY_TEST);
    const kinds = new Set(meter.measured.map(({ what, kind }) => `${what} ${kind}`));
    expect(kinds).toEqual(new Set(['hash-wait check', 'hash check', 'hash-wait change', 'hash change']));
  });
});
