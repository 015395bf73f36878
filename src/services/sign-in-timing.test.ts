import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKeyFile } from '../security/key-file.ts';
import { createPinHasher } from '../security/pin-hasher.ts';
import { rankSumDeviation } from '../testing/rank-sum.ts';
import {
  createTestDialPlan,
  createTestService,
  provisionTestMailbox,
  type TestDialPlan,
  type TestService,
} from '../testing/test-service.ts';
import { createDirectory } from './directory.ts';
import type { SignIn } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

/** Attempts of each sort; taken in turn, so that whatever else the machine does hits all sorts alike. */
const SAMPLES = 60;
const SOURCE = { callId: 'call', peer: '192.0.2.7' };

describe('the time that a failed attempt takes', () => {
  let service: TestService;
  let plan: TestDialPlan;

  beforeAll(async () => {
    // A real hash, at a seventh of its cost: a difference in what is done besides shows all the more.
    service = await createTestService({ cost: { memory: 8_192, passes: 1, parallelism: 1 } });
    plan = await createTestDialPlan(service);
    await provisionTestMailbox(service, plan);
    await provisionTestMailbox(service, plan, {
      address: 'off@contoso.com',
      extensions: ['52000'],
      subscriberAccess: false,
    });
  });

  afterAll(() => service.dispose());

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
        await signIn.attempt(plan.dialPlan.id, extensions[sort] ?? '', '407193', SOURCE);
        durations[sort]?.push(performance.now() - start);
      }
    }
    return durations;
  }

  it('does not tell an unknown extension, or one without phone access, from a wrong PIN', async () => {
    const [wrongPin = [], unknown = [], withoutAccess = []] = await durationsOf('51234', '99999', '52000');
    expect(Math.abs(rankSumDeviation(wrongPin, unknown))).toBeLessThan(4);
    expect(Math.abs(rankSumDeviation(wrongPin, withoutAccess))).toBeLessThan(4);
  });

  it('would tell a decoy of a cost that was not there at the start, so that the measurements here can fail', async () => {
    const dearer = await createTestService({ cost: { memory: 12_288, passes: 1, parallelism: 1 } });
    const present = await service.database.credentials.decoy();
    const dear = await dearer.database.credentials.decoy();
    if (present === undefined || dear === undefined) throw new Error('There is no decoy');
    await service.database.credentials.putDecoy({ ...dear, keyId: present.keyId });
    const [wrongPin = [], unknown = []] = await durationsOf('51234', '99999');
    expect(rankSumDeviation(unknown, wrongPin)).toBeGreaterThan(4);
    await service.database.credentials.putDecoy(present);
    await dearer.dispose();
  });

  it('does not tell, when the cost has been raised, a mailbox that has not been signed in to since', async () => {
    const { keys } = await openKeyFile({
      file: join(service.folder, 'keys.json'),
      create: false,
      pinKeys: service.database.pinKeys,
      log: service.log,
    });
    const hasher = createPinHasher({ keys, cost: { memory: 16_384, passes: 1, parallelism: 1 } });
    const signIn = await createSignIn({ ...service, hasher });
    await provisionTestMailbox({ ...service, directory: createDirectory({ ...service, hasher }) }, plan, {
      address: 'new@contoso.com',
      extensions: ['53000'],
    });
    const [notSince = [], unknown = [], since = []] = await durationsAt(signIn, '51234', '99999', '53000');
    expect(Math.abs(rankSumDeviation(notSince, unknown))).toBeLessThan(4);
    expect(Math.abs(rankSumDeviation(notSince, since))).toBeLessThan(4);
    expect((await signIn.attempt(plan.dialPlan.id, '51234', '1985848', SOURCE)).kind).toBe('signed-in');
  });
});
