import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readKeyFile } from '../security/key-file.ts';
import { createPinHasher } from '../security/pin-hasher.ts';
import { rankSumDeviation } from '../testing/rank-sum.ts';
import { createSignInRig, EXTENSION, PIN, type SignInRig, STRANGER, UNKNOWN } from '../testing/sign-in-rig.ts';
import { createTestService, provisionTestMailbox, type TestService } from '../testing/test-service.ts';
import { createDirectory } from './directory.ts';
import type { SignIn } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

/** Attempts of each sort; taken in turn, so that whatever else the machine does hits all sorts alike. */
const SAMPLES = 60;

describe('the time that a failed attempt takes', () => {
  let rig: SignInRig;
  let service: TestService;

  beforeAll(async () => {
    // A real hash, at a fourteenth of its cost: a difference in what is done besides shows all the more. No threshold is
    // reached, for what happens there is told to callers.
    rig = await createSignInRig({
      cost: { memory: 4_096, passes: 1, parallelism: 1 },
      policy: { logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 999 },
    });
    service = rig.service;
    await provisionTestMailbox(service, rig.plan, {
      address: 'off@contoso.com',
      extensions: ['52000'],
      subscriberAccess: false,
    });
  });

  afterAll(() => rig.dispose());

  async function durationsOf(...extensions: string[]): Promise<readonly (readonly number[])[]> {
    return durationsAt(service.signIn, ...extensions);
  }

  async function durationsAt(signIn: SignIn, ...extensions: string[]): Promise<readonly (readonly number[])[]> {
    const durations: number[][] = extensions.map(() => []);
    for (let round = 0; round < SAMPLES; round++) {
      for (let turn = 0; turn < extensions.length; turn++) {
        // Another sort goes first each round, so that none always follows the same one.
        const sort = (round + turn) % extensions.length;
        const start = performance.now();
        await signIn.attempt(rig.plan.dialPlan.id, extensions[sort] ?? '', '407193', STRANGER);
        durations[sort]?.push(performance.now() - start);
      }
    }
    return durations;
  }

  it('does not tell an unknown extension, or one without phone access, from a wrong PIN', async () => {
    const [wrongPin = [], unknown = [], withoutAccess = []] = await durationsOf(EXTENSION, UNKNOWN, '52000');
    expect(Math.abs(rankSumDeviation(wrongPin, unknown))).toBeLessThan(4);
    expect(Math.abs(rankSumDeviation(wrongPin, withoutAccess))).toBeLessThan(4);
  });

  it('does not tell them while many call at the same instant', async () => {
    // Each round, a crowd at other unknown extensions makes the decoys busy that stand in for them.
    const durations: { readonly wrong: number[]; readonly unknown: number[] } = { wrong: [], unknown: [] };
    const timed = async (extension: string, into: number[]): Promise<void> => {
      const start = performance.now();
      await rig.attempt('407193', { extension });
      into.push(performance.now() - start);
    };
    for (let round = 0; round < 12; round++) {
      const crowd = Array.from({ length: 15 }, (_, i) => rig.attempt('407193', { extension: `${70_000 + i}` }));
      const first = timed(EXTENSION, durations.wrong);
      const second = timed(`${80_000 + round}`, durations.unknown);
      await Promise.all([...crowd, first, second]);
      const again = Array.from({ length: 15 }, (_, i) => rig.attempt('407193', { extension: `${70_000 + i}` }));
      const third = timed(`${81_000 + round}`, durations.unknown);
      const fourth = timed(EXTENSION, durations.wrong);
      await Promise.all([...again, third, fourth]);
    }
    expect(Math.abs(rankSumDeviation(durations.wrong, durations.unknown))).toBeLessThan(4);
    expect(service.clock.pending).toBe(0);
  });

  it('would tell decoys of a cost that was not there at the start, so that the measurements here can fail', async () => {
    const dearer = await createTestService({ cost: { memory: 6_144, passes: 1, parallelism: 1 } });
    const { ids } = service.decoys;
    const present = await service.database.credentials.decoys(ids);
    const dear = await dearer.database.credentials.decoys(ids);
    if (present === undefined || dear === undefined) throw new Error('There are no decoys');
    const state = await rig.state();
    await service.database.credentials.putDecoys(ids, { ...dear, keyId: present.keyId }, state);
    const [wrongPin = [], unknown = []] = await durationsOf(EXTENSION, UNKNOWN);
    expect(rankSumDeviation(unknown, wrongPin)).toBeGreaterThan(4);
    await service.database.credentials.putDecoys(ids, present, state);
    await dearer.dispose();
  });

  it('does not tell, when the cost has been raised, a mailbox that has not been signed in to since', async () => {
    const { database, keyFile: file, log } = service;
    const { keys } = await readKeyFile({ file, pinKeys: database.pinKeys, log });
    const hasher = createPinHasher({ keys, cost: { memory: 8_192, passes: 1, parallelism: 1 } });
    const signIn = await createSignIn({ ...service, hasher });
    await provisionTestMailbox({ ...service, directory: createDirectory({ ...service, hasher }) }, rig.plan, {
      address: 'new@contoso.com',
      extensions: ['53000'],
    });
    const [notSince = [], unknown = [], since = []] = await durationsAt(signIn, EXTENSION, UNKNOWN, '53000');
    expect(Math.abs(rankSumDeviation(notSince, unknown))).toBeLessThan(4);
    expect(Math.abs(rankSumDeviation(notSince, since))).toBeLessThan(4);
    expect((await rig.attempt(PIN, { signIn })).kind).toBe('signed-in');
  });
});
