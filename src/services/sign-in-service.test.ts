import { randomInt } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialId } from '../domain/credential.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { openKeyFile } from '../security/key-file.ts';
import { createPinHasher } from '../security/pin-hasher.ts';
import { DATABASE_KINDS, type StoredRow } from '../testing/databases.ts';
import {
  CHEAP_COST,
  createTestDialPlan,
  createTestService,
  provisionTestMailbox,
  type TestDialPlan,
  type TestService,
} from '../testing/test-service.ts';
import { DECOY } from './ports/credential-store.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { SignInSource, SignInVerdict } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

const PIN = '1985848';
const EXTENSION = '51234';
const SOURCE: SignInSource = { callId: 'call-1', peer: '192.0.2.7' };
const FAILED: SignInVerdict = { kind: 'failed' };

describe.each(DATABASE_KINDS)('sign-in on $name', (kind) => {
  let service: TestService;
  let plan: TestDialPlan;

  beforeEach(async () => {
    service = await createTestService({ kind });
    plan = await createTestDialPlan(service);
    await provisionTestMailbox(service, plan);
  });

  afterEach(() => service.dispose());

  const attempt = (pin: string, extension: string = EXTENSION, dialPlan: DialPlanId = plan.dialPlan.id) =>
    service.signIn.attempt(dialPlan, extension, pin, SOURCE);

  async function credential(of: 'mailbox' | 'decoy' = 'mailbox'): Promise<StoredRow['values']> {
    const rows = await service.stored.rows();
    const found = rows.find(
      ({ table, values }) => table === 'credential' && (values.id === DECOY) === (of === 'decoy'),
    );
    if (found === undefined) throw new Error(`There is no credential of the ${of}`);
    return found.values;
  }

  it('signs in with the right PIN, and says to which mailbox', async () => {
    expect(await attempt(PIN)).toEqual({
      kind: 'signed-in',
      mailbox: { id: expect.any(String), displayName: 'Tony Smith', extension: EXTENSION, language: 'en-US' },
    });
  });

  it('signs in by a further extension to the mailbox with the primary one', async () => {
    await provisionTestMailbox(service, plan, {
      address: 'ann@contoso.com',
      extensions: ['52000', '52001'],
      typedPin: '407193',
    });
    expect(await attempt('407193', '52001')).toMatchObject({ kind: 'signed-in', mailbox: { extension: '52000' } });
  });

  it('fails alike for a wrong PIN, an unknown extension, no phone access, and another dial plan', async () => {
    await provisionTestMailbox(service, plan, {
      address: 'off@contoso.com',
      extensions: ['52000'],
      subscriberAccess: false,
    });
    const other = await createTestDialPlan(service, 'Other', '8000');
    expect(await attempt('1985849')).toEqual(FAILED);
    expect(await attempt('')).toEqual(FAILED);
    expect(await attempt(PIN, '99999')).toEqual(FAILED);
    expect(await attempt(PIN, '')).toEqual(FAILED);
    expect(await attempt(PIN, '52000')).toEqual(FAILED);
    expect(await attempt(PIN, EXTENSION, other.dialPlan.id)).toEqual(FAILED);
  });

  it('adds failures up, across restarts, until a success', async () => {
    await attempt('1111');
    await attempt('2222');
    await service.stored.reopen();
    const { database, hasher, clock, log } = { ...service, database: service.stored.database };
    const signIn = await createSignIn({ database, hasher, clock, log });
    await signIn.attempt(plan.dialPlan.id, EXTENSION, '3333', SOURCE);
    expect(await credential()).toMatchObject({ failures: 3 });
    expect((await signIn.attempt(plan.dialPlan.id, EXTENSION, PIN, SOURCE)).kind).toBe('signed-in');
    expect(await credential()).toMatchObject({ failures: 0 });
  });

  it('keeps when the last failure and the last success were', async () => {
    const start = service.clock.now();
    await attempt('1111');
    await service.clock.advance(60_000);
    await attempt(PIN);
    expect(await credential()).toMatchObject({ last_failure_at: start, last_success_at: start + 60_000 });
    await service.clock.advance(60_000);
    await attempt('1111');
    expect(await credential()).toMatchObject({
      last_failure_at: start + 120_000,
      last_success_at: start + 60_000,
      failures: 1,
    });
  });

  it('has counted an attempt before the PIN is looked at', async () => {
    let countedAtCheck: unknown;
    const looking: PinHasher = {
      ...delegate(service.hasher),
      matches: async (pin, id, stored) => {
        countedAtCheck = (await credential()).failures;
        return service.hasher.matches(pin, id, stored);
      },
    };
    const signIn = await createSignIn({ ...service, hasher: looking });
    await signIn.attempt(plan.dialPlan.id, EXTENSION, PIN, SOURCE);
    expect(countedAtCheck).toBe(1);
    expect(await credential()).toMatchObject({ failures: 0 });
  });

  it('leaves an attempt counted whose check fails', async () => {
    const broken: PinHasher = {
      ...delegate(service.hasher),
      matches: () => Promise.reject(new Error('No memory')),
    };
    const signIn = await createSignIn({ ...service, hasher: broken });
    await expect(signIn.attempt(plan.dialPlan.id, EXTENSION, PIN, SOURCE)).rejects.toThrow('No memory');
    expect(await credential()).toMatchObject({ failures: 1, last_success_at: null });
  });

  it('checks nothing when the attempt cannot be counted', async () => {
    let checks = 0;
    const counting: PinHasher = {
      ...delegate(service.hasher),
      matches: async (pin, id, stored) => {
        checks++;
        return service.hasher.matches(pin, id, stored);
      },
    };
    const signIn = await createSignIn({ ...service, hasher: counting });
    await service.database.close();
    await expect(signIn.attempt(plan.dialPlan.id, EXTENSION, PIN, SOURCE)).rejects.toThrow();
    expect(checks).toBe(0);
  });

  it('loses no count to fifty calls at the same instant', async () => {
    const verdicts = await Promise.all(Array.from({ length: 50 }, (_, i) => attempt(`${700_000 + i}`)));
    expect(verdicts).toEqual(Array.from({ length: 50 }, () => FAILED));
    expect(await credential()).toMatchObject({ failures: 50 });
    const unknown = await Promise.all(Array.from({ length: 50 }, () => attempt(PIN, '99999')));
    expect(unknown).toEqual(verdicts);
    expect(await credential('decoy')).toMatchObject({ failures: 50 });
    expect(await credential()).toMatchObject({ failures: 50 });
  });

  it('signs in, of many calls at once, only those with the right PIN', async () => {
    const pins = Array.from({ length: 30 }, (_, i) => (i % 10 === 3 ? PIN : `${600_000 + i}`));
    const verdicts = await Promise.all(pins.map((pin) => attempt(pin)));
    expect(verdicts.map(({ kind }) => kind === 'signed-in')).toEqual(pins.map((pin) => pin === PIN));
  });

  it('does not sign in, nor clear the count, when the credential has changed since the attempt was opened', async () => {
    const changing: PinHasher = {
      ...delegate(service.hasher),
      matches: async (pin, id, stored) => {
        const isRight = await service.hasher.matches(pin, id, stored);
        await service.stored.run(`update credential set version = version + 1 where id = '${id}'`);
        return isRight;
      },
    };
    const signIn = await createSignIn({ ...service, hasher: changing });
    expect(await signIn.attempt(plan.dialPlan.id, EXTENSION, PIN, SOURCE)).toEqual(FAILED);
    expect(await credential()).toMatchObject({ failures: 1, last_success_at: null, version: 2 });
    expect(service.log.lines.at(-1)?.fields).toMatchObject({ outcome: 'failed', cause: 'credential-changed' });
  });

  it('hashes anew at a success what was hashed with an older key or cost, and nothing at a failure', async () => {
    const before = await credential();
    const dearer = await hasherWithNewKey(service);
    const signIn = await createSignIn({ ...service, hasher: dearer });
    await signIn.attempt(plan.dialPlan.id, EXTENSION, '1111', SOURCE);
    expect(await credential()).toMatchObject({ pin_hash: before.pin_hash, pin_key_id: before.pin_key_id });
    expect((await signIn.attempt(plan.dialPlan.id, EXTENSION, PIN, SOURCE)).kind).toBe('signed-in');
    const after = await credential();
    expect(after).toMatchObject({ pin_key_id: 'new-key', failures: 0 });
    expect(after.pin_hash).toMatch(/^\$argon2id\$v=19\$m=16,t=1,p=1\$/);
    expect((await signIn.attempt(plan.dialPlan.id, EXTENSION, PIN, SOURCE)).kind).toBe('signed-in');
    expect((await credential()).pin_hash).toBe(after.pin_hash);
    // The decoy has moved with it, or its attempts would cost less than those of mailboxes.
    expect((await credential('decoy')).pin_hash).toMatch(/^\$argon2id\$v=19\$m=16,t=1,p=1\$/);
  });

  it('keeps the decoy from one start to the next', async () => {
    const { pin_hash: before } = await credential('decoy');
    await createSignIn(service);
    expect((await credential('decoy')).pin_hash).toBe(before);
  });

  it('lets nobody in by the decoy, even with its own PIN', async () => {
    await service.database.credentials.putDecoy(await service.hasher.hash('407193', DECOY));
    expect(await attempt('407193', '99999')).toEqual(FAILED);
    expect(service.log.lines.at(-1)?.fields).toMatchObject({ cause: 'no-mailbox', mailbox: null });
  });

  describe('told apart by nothing', () => {
    it('runs the same statements in the same order for an unknown extension as for a wrong PIN', async () => {
      await provisionTestMailbox(service, plan, {
        address: 'off@contoso.com',
        extensions: ['52000'],
        subscriberAccess: false,
      });
      const statementsOf = async (extension: string): Promise<readonly string[]> => {
        service.stored.takeStatements();
        await attempt('407193', extension);
        return service.stored.takeStatements();
      };
      const wrongPin = await statementsOf(EXTENSION);
      expect(wrongPin.map((statement) => statement.split(' ')[0])).toEqual(['update', 'update']);
      expect(await statementsOf('99999')).toEqual(wrongPin);
      expect(await statementsOf('52000')).toEqual(wrongPin);
    });

    it('writes the same to the decoy as to a mailbox', async () => {
      await attempt('407193');
      await attempt('407193', '99999');
      const pick = ({ failures, last_failure_at, last_success_at, version }: StoredRow['values']) => ({
        failures,
        last_failure_at,
        last_success_at,
        version,
      });
      expect(pick(await credential('decoy'))).toEqual(pick(await credential()));
    });

    it('checks against a hash of the same cost and key, once', async () => {
      const checks: (readonly [CredentialId, string, string])[] = [];
      const watching: PinHasher = {
        ...delegate(service.hasher),
        matches: (pin, id, stored) => {
          checks.push([id, stored.encoded.split('$').slice(0, 4).join('$'), stored.keyId]);
          return service.hasher.matches(pin, id, stored);
        },
      };
      const signIn = await createSignIn({ ...service, hasher: watching });
      await signIn.attempt(plan.dialPlan.id, EXTENSION, '407193', SOURCE);
      await signIn.attempt(plan.dialPlan.id, '99999', '407193', SOURCE);
      expect(checks).toHaveLength(2);
      expect(checks[1]?.slice(1)).toEqual(checks[0]?.slice(1));
      expect(checks[0]?.[0]).not.toBe(checks[1]?.[0]);
    });
  });

  describe('secrecy', () => {
    it('stores and logs no PIN and nothing that was keyed at the extension prompt', async () => {
      const keyed = ['90817263', '86753091', '31415926'];
      const guesses = ['407193', '20202021', '6543219'];
      for (const [i, extension] of keyed.entries()) await attempt(guesses[i] ?? '', extension);
      for (const guess of guesses) await attempt(guess);
      expect((await attempt(PIN)).kind).toBe('signed-in');
      const written = JSON.stringify([await service.stored.rows(), service.log.lines, service.stored.takeStatements()]);
      for (const secret of [...keyed, ...guesses, PIN]) expect(written).not.toContain(secret);
    });

    it('says in the log how each attempt came out, by call and mailbox', async () => {
      const mailbox = await service.database.mailboxes.byNumber(plan.dialPlan.id, EXTENSION);
      await attempt('407193');
      await attempt(PIN, '99999');
      await attempt(PIN);
      expect(service.log.lines.filter(({ fields }) => fields.event === 'sign-in').map(({ fields }) => fields)).toEqual([
        {
          event: 'sign-in',
          outcome: 'failed',
          cause: 'wrong-pin',
          callId: 'call-1',
          mailbox: mailbox?.id,
          checked: expect.any(Number),
        },
        {
          event: 'sign-in',
          outcome: 'failed',
          cause: 'no-mailbox',
          callId: 'call-1',
          mailbox: null,
          checked: expect.any(Number),
        },
        { event: 'sign-in', outcome: 'signed-in', callId: 'call-1', mailbox: mailbox?.id, checked: expect.any(Number) },
      ]);
    });
  });

  describe('recognise', () => {
    beforeEach(async () => {
      await provisionTestMailbox(service, plan, {
        address: 'ann@contoso.com',
        extensions: ['52000', '52001'],
        registeredNumbers: ['+1 (425) 555-0123', '0301234'],
      });
    });

    const recognise = (number: string, dialPlan: DialPlanId = plan.dialPlan.id) =>
      service.signIn.recognise(dialPlan, number);

    it.each(['52000', '52001', '+14255550123', '+1-425-555-0123', '0301234', '(030)1234'])(
      'knows %s to be the mailbox',
      async (number) => {
        expect(await recognise(number)).toEqual({ extension: '52000' });
      },
    );

    it.each([
      '2000',
      '052000',
      '+52000',
      '14255550123',
      '004255550123',
      '4255550123',
      '301234',
      'anonymous',
      '',
      '*',
      '%',
    ])('knows nobody by %j', async (number) => {
      expect(await recognise(number)).toBeUndefined();
    });

    it('knows nobody of another dial plan', async () => {
      const other = await createTestDialPlan(service, 'Other', '8000');
      expect(await recognise('52000', other.dialPlan.id)).toBeUndefined();
    });

    it('knows nobody without phone access', async () => {
      await provisionTestMailbox(service, plan, {
        address: 'off@contoso.com',
        extensions: ['53000'],
        subscriberAccess: false,
      });
      expect(await recognise('53000')).toBeUndefined();
      await service.stored.run('update mailbox_policy set allow_subscriber_access = 0');
      expect(await recognise('52000')).toBeUndefined();
    });

    it('counts nothing', async () => {
      await recognise('52000');
      await recognise('99999');
      expect(await credential('decoy')).toMatchObject({ failures: 0 });
    });
  });
});

/** The methods of a hasher, to put some others in their place. */
function delegate(hasher: PinHasher): PinHasher {
  return {
    hash: (pin, id) => hasher.hash(pin, id),
    matches: (pin, id, stored) => hasher.matches(pin, id, stored),
    isOutdated: (stored) => hasher.isOutdated(stored),
  };
}

/** A hasher as after a rotation: another key in front of the old one, and a higher cost. */
async function hasherWithNewKey(service: TestService): Promise<PinHasher> {
  const file = `${service.folder}/keys.json`;
  const { keys: old } = await openKeyFile({ file, create: false, pinKeys: service.database.pinKeys, log: service.log });
  const added = { id: 'new-key', key: Buffer.from(Array.from({ length: 32 }, () => randomInt(256))) };
  await service.database.pinKeys.insert({ keyId: added.id, check: 'entered by the test' });
  return createPinHasher({ keys: [added, ...old], cost: { ...CHEAP_COST, memory: 16 } });
}
