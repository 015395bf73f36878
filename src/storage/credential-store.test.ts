import { beforeEach, describe, expect, it } from 'vitest';
import type { AttemptId, CredentialId, CredentialState } from '../domain/credential.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { MailboxPolicyId } from '../domain/mailbox-policy.ts';
import type { SignInCredential, SignInKey, StoredCredential } from '../services/ports/credential-store.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import {
  BETTER_PIN,
  CREDENTIAL,
  DECOY_PIN,
  DECOYS,
  insertMailbox,
  mailboxOf,
  NEW_STATE,
  OTHER_PLAN,
  PIN,
  PLAN,
  policyOf,
  secondMailboxOf,
} from '../testing/directory-rows.ts';
import { useDatabase } from '../testing/use-database.ts';

const keyed = (extension: string, changes: Partial<SignInKey> = {}): SignInKey => ({
  dialPlan: PLAN.id,
  extension,
  assertedNumber: undefined,
  decoy: DECOYS[0],
  ...changes,
});

const OF_MAILBOX: SignInCredential = {
  id: CREDENTIAL,
  mailboxId: mailboxOf(PLAN).id,
  pin: PIN,
  state: NEW_STATE,
  revision: 1,
  policyId: policyOf(PLAN).id,
  isOwnNumber: false,
};

const OF_DECOY: SignInCredential = {
  ...OF_MAILBOX,
  id: DECOYS[0],
  mailboxId: undefined,
  pin: DECOY_PIN,
  policyId: undefined,
};

/** Each part of the state other than it is in a new credential. */
const USED_STATE: CredentialState = {
  version: 7,
  budgets: { own: { failures: 2, settled: 1 }, elsewhere: { failures: 15, settled: 10 } },
  attempt: { id: 'attempt-1' as AttemptId, line: 'own', openedAt: 1_784_000_000_001 },
  lock: { reason: 'failures', scope: 'elsewhere', since: 1_784_000_000_002 },
  failuresSinceSuccess: 17,
  lastFailureAt: 1_784_000_000_003,
  lastSuccessAt: 1_784_000_000_004,
  pinSetAt: 1_784_000_000_005,
  pinExpired: false,
  firstTime: false,
  firstChangeWaived: true,
};

const LOCKED_STATE: CredentialState = {
  ...NEW_STATE,
  attempt: { id: 'attempt-2' as AttemptId, line: 'elsewhere', openedAt: 1 },
  lock: { reason: 'administrator', scope: 'everywhere', since: 2 },
};

describe.each(DATABASE_KINDS)('credentials on $name', (kind) => {
  const used = useDatabase(kind);

  beforeEach(() => insertMailbox(used.database));

  describe('for signing in', () => {
    it('are those of the mailbox, by each of its extensions', async () => {
      const { credentials } = used.database;
      expect(await credentials.forSignIn(keyed('51234'))).toEqual(OF_MAILBOX);
      expect(await credentials.forSignIn(keyed('51235'))).toEqual(OF_MAILBOX);
    });

    it.each([
      ['no extension at all', '99999', {}],
      ['a registered number', '+14255550123', {}],
      ['nothing', '', {}],
      ['an extension of another dial plan', '51234', { dialPlan: OTHER_PLAN.id }],
      ['an extension without a dial plan', '51234', { dialPlan: 'no-plan' as DialPlanId }],
    ])('are the decoy’s for %s', async (_what, extension, changes) => {
      expect(await used.database.credentials.forSignIn(keyed(extension, changes))).toEqual(OF_DECOY);
    });

    it.each(['mailbox', 'policy'] as const)('are the decoy’s when the %s is without phone access', async (which) => {
      const { credentials, mailboxes, policies } = used.database;
      const closed = policyOf(PLAN, { id: 'closed' as MailboxPolicyId, name: 'Closed', allowSubscriberAccess: false });
      await policies.insert(closed);
      const off = which === 'policy' ? { policyId: closed.id } : { subscriberAccess: false };
      const mailbox = secondMailboxOf(PLAN, { ...off, registeredNumbers: ['+14255550199'] });
      await mailboxes.insert(mailbox);
      await credentials.insert('credential-2' as CredentialId, mailbox.id, PIN, NEW_STATE);
      const key = keyed('52000', { decoy: DECOYS[1], assertedNumber: '+14255550199' });
      expect(await credentials.forSignIn(key)).toEqual({ ...OF_DECOY, id: DECOYS[1] });
    });

    it.each([
      ['its primary extension', '51234', true],
      ['its other extension', '51235', true],
      ['its registered number', '+14255550123', true],
      ['the extension of another mailbox', '52000', false],
      ['the registered number of another mailbox', '+14255550199', false],
      ['a number that nobody has', '+14255550000', false],
      ['no number', undefined, false],
      ['an empty number', '', false],
    ])('tell whether the call comes from the mailbox’s own number: %s', async (_what, assertedNumber, isOwnNumber) => {
      const { credentials, mailboxes } = used.database;
      await mailboxes.insert(secondMailboxOf(PLAN, { registeredNumbers: ['+14255550199'] }));
      expect(await credentials.forSignIn(keyed('51234', { assertedNumber }))).toEqual({ ...OF_MAILBOX, isOwnNumber });
      // A decoy is nobody's own.
      expect(await credentials.forSignIn(keyed('99999', { assertedNumber }))).toEqual(OF_DECOY);
    });

    it('do not take a number of another dial plan for the mailbox’s own', async () => {
      const { credentials, mailboxes } = used.database;
      await mailboxes.insert(secondMailboxOf(OTHER_PLAN, { extensions: ['300'], registeredNumbers: ['+14255550199'] }));
      const found = await credentials.forSignIn(keyed('51234', { assertedNumber: '300' }));
      expect(found.isOwnNumber).toBe(false);
    });

    it('take one statement, the same for a mailbox, for none and for one without phone access', async () => {
      const { credentials, mailboxes } = used.database;
      const mailbox = secondMailboxOf(PLAN, { subscriberAccess: false });
      await mailboxes.insert(mailbox);
      await credentials.insert('credential-2' as CredentialId, mailbox.id, PIN, NEW_STATE);
      const statementsFor = async (key: SignInKey): Promise<readonly string[]> => {
        used.stored.takeStatements();
        await credentials.replace(await credentials.forSignIn(key), USED_STATE);
        return used.stored.takeStatements();
      };
      const known = await statementsFor(keyed('51234'));
      expect(known).toHaveLength(2);
      expect(await statementsFor(keyed('99999'))).toEqual(known);
      expect(await statementsFor(keyed('52000', { assertedNumber: '51234' }))).toEqual(known);
    });

    it('are not to be had without the decoy', async () => {
      const { credentials } = used.database;
      const decoy = 'decoy-2' as CredentialId;
      await expect(credentials.forSignIn(keyed('99999', { decoy }))).rejects.toThrow('no such decoy');
    });
  });

  describe('are replaced', () => {
    const read = async (): Promise<StoredCredential> => {
      const found = await used.database.credentials.byMailbox(mailboxOf(PLAN).id);
      if (found === undefined) throw new Error('The credential is gone');
      return found;
    };

    it.each([
      ['used', USED_STATE],
      ['locked', LOCKED_STATE],
      ['new', NEW_STATE],
    ])('with every part of a state: %s', async (_what, state) => {
      const before = await read();
      await used.database.credentials.replace(before, USED_STATE);
      const stored = await used.database.credentials.replace(await read(), state);
      await used.stored.reopen();
      expect(stored).toEqual({ ...before, state, revision: 3 });
      expect(await read()).toEqual(stored);
    });

    it('with another hash where one is given, and the same one else', async () => {
      const first = await used.database.credentials.replace(await read(), USED_STATE, BETTER_PIN);
      expect(first).toMatchObject({ pin: BETTER_PIN, revision: 2 });
      expect(await read()).toEqual(first);
      if (first === false) throw new Error('Nobody else has changed it');
      const second = await used.database.credentials.replace(first, NEW_STATE);
      expect(second).toMatchObject({ pin: BETTER_PIN, state: NEW_STATE, revision: 3 });
      expect(await read()).toEqual(second);
    });

    it('by writing the same columns always', async () => {
      const before = await read();
      used.stored.takeStatements();
      const after = await used.database.credentials.replace(before, USED_STATE, BETTER_PIN);
      if (after === false) throw new Error('Nobody else has changed it');
      await used.database.credentials.replace(after, NEW_STATE);
      const [first, second] = used.stored.takeStatements();
      expect(second).toBe(first);
    });

    it('by one of two who have read them, and the other is told', async () => {
      const [one, other] = [await read(), await read()];
      const won = await used.database.credentials.replace(one, USED_STATE);
      expect(won).not.toBe(false);
      expect(await used.database.credentials.replace(other, LOCKED_STATE, BETTER_PIN)).toBe(false);
      expect(await read()).toEqual(won);
    });

    it('once for each of many who decide anew until they are heard, on two connections', async () => {
      const both = [used.database.credentials, (await used.stored.openAgain()).credentials];
      let lost = 0;
      const count = async (turn: number): Promise<void> => {
        const credentials = both[turn % both.length] ?? used.database.credentials;
        for (;;) {
          const found = await credentials.forSignIn(keyed('51234'));
          const { elsewhere, own } = found.state.budgets;
          const budgets = { own, elsewhere: { ...elsewhere, failures: elsewhere.failures + 1 } };
          if ((await credentials.replace(found, { ...found.state, budgets })) !== false) return;
          lost++;
        }
      };
      await Promise.all(Array.from({ length: 40 }, (_, turn) => count(turn)));
      expect((await read()).state.budgets.elsewhere.failures).toBe(40);
      expect((await read()).revision).toBe(41);
      // Otherwise nobody was in anybody's way, and nothing has been shown.
      expect(lost).toBeGreaterThan(0);
    });

    it('never when they are gone', async () => {
      const before = await read();
      await used.stored.run(`delete from credential where id = '${CREDENTIAL}'`);
      expect(await used.database.credentials.replace(before, USED_STATE)).toBe(false);
      expect(await used.database.credentials.byMailbox(mailboxOf(PLAN).id)).toBeUndefined();
    });
  });

  it('are one for each mailbox', async () => {
    const { credentials } = used.database;
    const again = credentials.insert('credential-2' as CredentialId, mailboxOf(PLAN).id, PIN, NEW_STATE);
    await expect(again).rejects.toThrow();
  });

  it('say of which costs their hashes are, the decoys’ among them', async () => {
    const { credentials } = used.database;
    const hash = (parameters: string, fill: string): string =>
      `$argon2id$v=19$${parameters}$${fill.repeat(22)}$${fill.repeat(43)}`;
    const costs = async (): Promise<readonly string[]> =>
      (await credentials.hashesOfEachCost()).map(({ encoded }) => encoded.split('$')[3] ?? '').sort();
    await used.stored.run(`update credential set pin_hash = '${hash('m=8,t=1,p=1', 'a')}' where id = '${CREDENTIAL}'`);
    await credentials.putDecoys(DECOYS, { encoded: hash('m=8,t=1,p=1', 'b'), keyId: 'key-2' }, NEW_STATE);
    expect(await costs()).toEqual(['m=8,t=1,p=1']);
    await credentials.putDecoys(DECOYS, { encoded: hash('m=28672,t=2,p=1', 'b'), keyId: 'key-2' }, NEW_STATE);
    expect(await costs()).toEqual(['m=28672,t=2,p=1', 'm=8,t=1,p=1']);
  });

  it('need a key that is known', async () => {
    const { credentials } = used.database;
    await expect(credentials.putDecoys(DECOYS, { encoded: '$x', keyId: 'key-9' }, NEW_STATE)).rejects.toThrow();
    expect(await credentials.decoys(DECOYS)).toEqual(DECOY_PIN);
  });

  describe('of decoys', () => {
    const [first, second] = DECOYS;

    it('have one hash, or are to be made anew', async () => {
      const { credentials } = used.database;
      expect(await credentials.decoys(DECOYS)).toEqual(DECOY_PIN);
      expect(await credentials.decoys([second])).toEqual(DECOY_PIN);
      expect(await credentials.decoys([...DECOYS, 'decoy-2' as CredentialId])).toBeUndefined();
      expect(await credentials.decoys(['decoy-2' as CredentialId])).toBeUndefined();
      await credentials.putDecoys([second], BETTER_PIN, NEW_STATE);
      expect(await credentials.decoys(DECOYS)).toBeUndefined();
      await credentials.putDecoys(DECOYS, BETTER_PIN, NEW_STATE);
      expect(await credentials.decoys(DECOYS)).toEqual(BETTER_PIN);
    });

    it('are never a mailbox’s', async () => {
      const { credentials } = used.database;
      expect(await credentials.decoys([CREDENTIAL])).toBeUndefined();
    });

    it('keep their states when they are given another hash', async () => {
      const { credentials } = used.database;
      await credentials.replace(await credentials.forSignIn(keyed('99999')), USED_STATE);
      await credentials.putDecoys(DECOYS, BETTER_PIN, NEW_STATE);
      expect(await credentials.forSignIn(keyed('99999'))).toMatchObject({ state: USED_STATE, pin: BETTER_PIN });
    });

    it('do not get the old hash back from who has read it', async () => {
      const { credentials } = used.database;
      const before = await credentials.forSignIn(keyed('99999'));
      await credentials.putDecoys([first], BETTER_PIN, NEW_STATE);
      expect(await credentials.replace(before, USED_STATE)).toBe(false);
    });

    it('can be as many as are wanted', async () => {
      const { credentials } = used.database;
      const many = Array.from({ length: 256 }, (_, index) => `many-${index}` as CredentialId);
      await credentials.putDecoys(many, DECOY_PIN, NEW_STATE);
      expect(await credentials.decoys(many)).toEqual(DECOY_PIN);
    });
  });
});
