import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialId } from '../domain/credential.ts';
import { ATTEMPT_LEASE } from '../domain/lockout.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import {
  createSignInRig,
  EXTENSION,
  hasherWith,
  OWNER,
  PIN,
  type SignInRig,
  signInWithHasher,
  UNKNOWN,
  wrongPin,
} from '../testing/sign-in-rig.ts';
import type { StoredRow } from '../testing/stored-row.ts';
import { provisionTestMailbox, type TestService } from '../testing/test-service.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { SignIn } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

describe.each(DATABASE_KINDS)('what an attempt leaves behind, on $name', (kind) => {
  let rig: SignInRig;
  let service: TestService;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
    service = rig.service;
  });

  afterEach(() => rig.dispose());

  const withHasher = (changes: (hasher: PinHasher) => Partial<PinHasher>): Promise<SignIn> =>
    signInWithHasher(service, changes(service.hasher));

  /** The rows of decoys that an attempt was ever made at. */
  async function triedDecoys(): Promise<readonly StoredRow['values'][]> {
    const rows = await service.stored.rows();
    return rows
      .filter(({ table, values }) => table === 'credential' && values.mailbox_id === null && values.revision !== 1)
      .map(({ values }) => values);
  }

  async function rowOfMailbox(): Promise<StoredRow['values']> {
    const rows = await service.stored.rows();
    const row = rows.find(({ table, values }) => table === 'credential' && values.mailbox_id === rig.mailbox.id);
    if (row === undefined) throw new Error('The mailbox has no credential');
    return row.values;
  }

  const withoutAccess = (): Promise<unknown> =>
    provisionTestMailbox(service, rig.plan, {
      address: 'off@contoso.com',
      extensions: ['52000'],
      subscriberAccess: false,
    });

  describe('told apart by nothing', () => {
    const statementsOf = async (extension: string, pin: string = '407193'): Promise<readonly string[]> => {
      service.stored.takeStatements();
      await rig.attempt(pin, { extension });
      return service.stored.takeStatements();
    };

    it('runs the same statements in the same order for an unknown extension as for a wrong PIN', async () => {
      await withoutAccess();
      const wrong = await statementsOf(EXTENSION);
      expect(wrong.map((statement) => statement.split(' ')[0])).toEqual([
        // Whether the source is let in.
        'select',
        // Opening: the credential, its policy, the count for the mailbox and for the source.
        ...['begin', 'select', 'select', 'update', 'insert', 'select', 'commit'],
        // Deciding: the failure, and its audit record after the trail's head.
        ...['begin', 'update', 'update', 'update', 'insert', 'commit'],
      ]);
      expect(await statementsOf(UNKNOWN)).toEqual(wrong);
      expect(await statementsOf(UNKNOWN, PIN)).toEqual(wrong);
      expect(await statementsOf('52000')).toEqual(wrong);
      expect(await statementsOf('52000', PIN)).toEqual(wrong);
    });

    it('runs the same statements when the attempt before was abandoned, too', async () => {
      const decoy = service.decoys.for(rig.plan.dialPlan.id, UNKNOWN);
      const { id } = await rig.credential();
      const openedAt = service.clock.now() - ATTEMPT_LEASE;
      await service.stored.run(
        `update credential set attempt_id = 'dead', attempt_line = 'elsewhere', attempt_opened_at = ${openedAt}
         where id in ('${decoy}', '${id}')`,
      );
      const wrong = await statementsOf(EXTENSION);
      expect(wrong).toHaveLength(17);
      expect(await statementsOf(UNKNOWN)).toEqual(wrong);
    });

    it('writes the same to a decoy as to a mailbox, and to the audit', async () => {
      await rig.attempt('407193');
      await rig.attempt('407193', { extension: UNKNOWN });
      const {
        id: _1,
        mailbox_id: _2,
        pin_hash: _3,
        pin_key_id: _4,
        pin_expired: _5,
        ...mailbox
      } = await rowOfMailbox();
      const [decoy] = await triedDecoys();
      expect(decoy).toMatchObject(mailbox);
      const [ofMailbox, ofDecoy] = (await rig.audited()).slice(-2);
      expect(ofMailbox).toEqual({ ...ofDecoy, mailboxId: rig.mailbox.id, reason: 'wrong-pin' });
      expect(ofDecoy).toMatchObject({ reason: 'no-mailbox' });
    });

    it('lets different unknown extensions wait for one another no more than mailboxes, and writes alike', async () => {
      const { ids } = service.decoys;
      const [only = ids[0]] = ids;
      if (only === undefined) throw new Error('There are no decoys');
      const decoys = { ids, for: () => only };
      const neighbour = Promise.withResolvers<void>();
      const arrived = Promise.withResolvers<void>();
      const hasher = hasherWith(service.hasher, {
        matches: async (pin, ...others) => {
          arrived.resolve();
          if (pin === '1111') await neighbour.promise;
          return service.hasher.matches(pin, ...others);
        },
      });
      const signIn = await createSignIn({ ...service, decoys, hasher });
      service.stored.takeStatements();
      const held = rig.attempt('1111', { signIn, extension: '88888' });
      await arrived.promise;
      const opening = service.stored.takeStatements();
      expect(await rig.attempt('2222', { signIn, extension: UNKNOWN })).toEqual({ kind: 'failed' });
      const between = service.stored.takeStatements();
      neighbour.resolve();
      expect(await held).toEqual({ kind: 'failed' });
      expect([...opening, ...service.stored.takeStatements()]).toEqual(between);
      expect(service.clock.pending).toBe(0);
      expect((await rig.audited()).slice(-2).map(({ reason }) => reason)).toEqual(['no-mailbox', 'no-mailbox']);
    });

    it('never reaches a threshold at a decoy', async () => {
      expect(new Set(await rig.wrong(40, { extension: UNKNOWN }))).toEqual(new Set(['failed']));
      expect(await triedDecoys()).toMatchObject([{ lock_reason: null, elsewhere_failures: 40 }]);
    });

    it('checks against a hash of the same cost and key, once', async () => {
      const checks: (readonly [CredentialId, string, string])[] = [];
      const signIn = await withHasher((hasher) => ({
        matches: (pin, id, stored, inUse) => {
          checks.push([id, stored.encoded.split('$').slice(0, 4).join('$'), stored.keyId]);
          return hasher.matches(pin, id, stored, inUse);
        },
      }));
      await rig.attempt('407193', { signIn });
      await rig.attempt('407193', { signIn, extension: UNKNOWN });
      expect(checks).toHaveLength(2);
      expect(checks[1]?.slice(1)).toEqual(checks[0]?.slice(1));
      expect(checks[0]?.[0]).not.toBe(checks[1]?.[0]);
    });
  });

  describe('secrecy', () => {
    it('stores and logs no PIN and nothing that was keyed at the extension prompt', async () => {
      const keyed = ['90817263', '86753091', '31415926'];
      const guesses = ['407193', '20202021', '6543219'];
      for (const [i, extension] of keyed.entries()) await rig.attempt(guesses[i] ?? '', { extension });
      for (const guess of guesses) await rig.attempt(guess);
      expect((await rig.attempt(PIN)).kind).toBe('signed-in');
      await rig.wrong(5);
      const secrets = [...keyed, ...guesses, PIN, await rig.mailedPin(), ...[0, 1, 2, 3, 4].map(wrongPin)];
      const written = JSON.stringify([await service.stored.rows(), service.log.lines, service.stored.takeStatements()]);
      for (const secret of secrets) expect(written).not.toContain(secret);
    });

    it('says in the log how each attempt came out, by call and mailbox', async () => {
      const mailbox = rig.mailbox.id;
      await rig.attempt('407193');
      await rig.attempt(PIN, { extension: UNKNOWN });
      await rig.attempt(PIN);
      const common = { event: 'sign-in', callId: 'call-1', checked: expect.any(Number) };
      expect(service.log.lines.filter(({ fields }) => fields.event === 'sign-in').map(({ fields }) => fields)).toEqual([
        { ...common, outcome: 'failed', cause: 'wrong-pin', mailbox },
        { ...common, outcome: 'failed', cause: 'no-mailbox', mailbox: null },
        { ...common, outcome: 'signed-in', mailbox },
      ]);
    });

    it('audits each attempt with its source', async () => {
      await rig.attempt('407193');
      await rig.attempt(PIN, { source: OWNER });
      expect((await rig.audited()).slice(-2)).toEqual([
        {
          action: 'sign-in',
          outcome: 'failed',
          reason: 'wrong-pin',
          actor: { kind: 'caller' },
          source: { kind: 'call', callId: 'call-1', peer: '192.0.2.7' },
          mailboxId: rig.mailbox.id,
        },
        {
          action: 'sign-in',
          outcome: 'signed-in',
          actor: { kind: 'user' },
          source: { kind: 'call', callId: 'call-2', peer: '198.51.100.1', assertedNumber: EXTENSION },
          mailboxId: rig.mailbox.id,
        },
      ]);
    });
  });
});
