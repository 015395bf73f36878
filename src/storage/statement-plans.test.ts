import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import type { AccessTokenId } from '../services/ports/access-token-store.ts';
import type { OutboxId } from '../services/ports/outbox-store.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import {
  CREDENTIAL,
  DECOYS,
  insertMailbox,
  mailboxOf,
  NEW_STATE,
  PIN,
  PLAN,
  policyOf,
} from '../testing/directory-rows.ts';
import { useDatabase } from '../testing/use-database.ts';

const MAILBOX = mailboxOf(PLAN).id;
const MAIL = 'mail-1' as OutboxId;

/** Statements of the SQLite kind; another database is asked for its plans in another way. */
describe.each(DATABASE_KINDS.filter(({ name }) => name === 'SQLite'))('statements on $name', (kind) => {
  const used = useDatabase(kind);

  /** The steps of a statement's plan that read a table, or an index of it, from end to end. */
  function scansOf(reader: DatabaseSync, statement: string): readonly string[] {
    if (!/^(select|update|delete|insert)/.test(statement)) return [];
    const steps = reader
      .prepare(`explain query plan ${statement}`)
      .all()
      .map(({ detail }) => String(detail));
    // In the order of an index, and no further than it is asked for.
    const isCutShort =
      /order by .+ limit \?( offset \?)?$/.test(statement) && !steps.some((one) => /TEMP B-TREE/.test(one));
    // An index that has nothing but the few rows that are asked for.
    const isOfFew = (step: string): boolean => step.endsWith('USING INDEX credential_locked');
    return steps.filter((step) => !isCutShort && !isOfFew(step) && /^SCAN (?!CONSTANT|\d+-ROW VALUES)/.test(step));
  }

  it('find their rows by an index wherever a call, a mail or a person waits for them', async () => {
    const { database, stored } = used;
    await insertMailbox(database);
    stored.takeStatements();
    const {
      dialPlans,
      policies,
      mailboxes,
      credentials,
      pinHistory,
      sourceFailures,
      outbox,
      audit,
      accessTokens,
      idempotency,
      webSessions,
      signInLinks,
    } = database;
    await dialPlans.byId(PLAN.id);
    await dialPlans.byName(PLAN.name);
    await dialPlans.byAccessNumber('5000');
    await dialPlans.accessNumbersOf(PLAN.id);
    await dialPlans.isInUse(PLAN.id);
    await policies.byId(policyOf(PLAN).id);
    await policies.byName(policyOf(PLAN).name);
    await policies.isInUse(policyOf(PLAN).id);
    await policies.ofDialPlan(PLAN.id);
    await mailboxes.byAddress('tonysmith@contoso.com');
    await mailboxes.byAlias('tonys');
    await mailboxes.byNumber(PLAN.id, '51234');
    const keyed = { dialPlan: PLAN.id, extension: '51234', assertedNumber: '51234', decoy: DECOYS[0] };
    await credentials.replace(await credentials.forSignIn(keyed), NEW_STATE);
    await credentials.byMailbox(MAILBOX);
    await credentials.decoys(DECOYS);
    await pinHistory.add(CREDENTIAL, PIN, 1, 5);
    await pinHistory.rehash(CREDENTIAL, PIN);
    await pinHistory.last(CREDENTIAL, 5);
    await pinHistory.addRefusal(CREDENTIAL, 1, 0);
    await pinHistory.refusals(CREDENTIAL, 0);
    await outbox.backlog();
    await sourceFailures.add('one', 1);
    await sourceFailures.count('one', 1);
    await sourceFailures.remove('one', 1);
    await sourceFailures.prune(1, 9);
    const letter = { kind: 'pin-reset-notice', cause: 'user', policyText: '' } as const;
    const toUser = { mailboxId: MAILBOX, address: 'a@b', displayName: 'A', language: 'en-US', extension: '51234' };
    const queued = { ...letter, ...toUser, accessNumbers: ['5000'] };
    await outbox.insert({ id: MAIL, mailboxId: MAILBOX, letter: queued, pin: undefined, queuedAt: 1 });
    await outbox.claim(1, 2);
    await outbox.claim(1, 2);
    await outbox.postpone(MAIL, 3, 'No');
    await outbox.delivered(MAIL, 3);
    await outbox.refuse(MAIL, 3, 'No');
    await outbox.supersede('mailbox-2' as MailboxId, ['pin-reset'], 3);
    await outbox.expire(1, 3);
    await outbox.hasten(4);
    await outbox.ofMailbox(MAILBOX, 5);
    await outbox.newest(MAILBOX, ['pin-reset', 'um-enabled']);
    await audit.append({ sequence: 1, at: 1, entry: '{}', mailboxId: MAILBOX, keyId: 'key-1', mac: '' });
    const token = {
      id: 'token-1' as AccessTokenId,
      name: 'One',
      role: 'help-desk',
      createdAt: 1,
      createdBy: 'test',
    } as const;
    await accessTokens.insert({ ...token, expiresAt: undefined, lastUsedAt: undefined }, 'hash');
    await accessTokens.byHash('hash');
    await accessTokens.byId(token.id);
    await accessTokens.byName('one');
    await accessTokens.list('Nobody', 5);
    await accessTokens.used(token.id, 2);
    const session = { person: 'mailbox one', name: 'a@b', roles: [], signedInBy: 'link', tokenId: undefined } as const;
    await webSessions.insert(
      { ...session, mailboxId: MAILBOX, terms: undefined, address: '::1', createdAt: 1, lastUsedAt: 1, until: 9 },
      'digest',
    );
    await webSessions.byDigest(['digest', 'older']);
    const open = { now: 1, usedBefore: 0, terms: 'a' };
    await webSessions.countOpen(open);
    await webSessions.listOpen(open, 'a', 5);
    await webSessions.ofPerson('mailbox one');
    await webSessions.used('digest', 2);
    await webSessions.keepNewest('mailbox one', 5);
    await webSessions.remove('digest');
    await webSessions.removeOf('mailbox one');
    await webSessions.removeOfMailbox(MAILBOX);
    await webSessions.begunAt('mailbox one', 30);
    await webSessions.prune(1, 1, 1);
    await signInLinks.insert({ id: 'link', addressDigest: 'a', mailboxId: MAILBOX, askedAt: 1, expiresAt: 9 });
    await signInLinks.countSince(['a', 'b'], 0);
    await signInLinks.use('link', 2);
    await signInLinks.removeOfMailbox(MAILBOX);
    await signInLinks.prune(0);
    await accessTokens.remove(token.id);
    const key = { requester: 'token token-1', key: 'a' };
    await idempotency.put(key, { digest: '', state: { kind: 'under-way', attempt: 'one', until: 2 } }, 1);
    await idempotency.byKey(key);
    await idempotency.release(key, 'one');
    await idempotency.prune(1);
    await audit.from(1, 5);
    await audit.last();
    for (const criteria of [{}, { mailbox: MAILBOX, outcome: 'done' }, { action: 'lock' }, { actor: 'ann' }]) {
      await audit.find({ ...criteria, from: 1, to: 9 }, { at: 5, sequence: 5 }, 5, 5);
      await audit.find(criteria, undefined, 5, 5);
    }
    await audit.countSince('lock', 'done', 1);
    await mailboxes.countLocked(1);
    await audit.range({ action: 'lock' }, 1, 5);
    await mailboxes.byIds([MAILBOX]);
    await mailboxes.byExtension('51234');
    await mailboxes.update(mailboxOf(PLAN));
    const states = { locked: true, pinExpired: false, firstTime: true, mailProblem: true };
    await mailboxes.find({ now: 1, search: '51', ...states, policy: policyOf(PLAN).id }, 'a', 5, 1);
    await credentials.ofMailboxes([MAILBOX]);
    await outbox.newestOf([MAILBOX]);
    await outbox.page(MAILBOX, { at: 1, sequence: 1 }, 5);
    await outbox.byId(MAIL);
    await outbox.retry(MAIL, 5);
    await dialPlans.revisionOf(PLAN.id);
    await policies.revisionOf(policyOf(PLAN).id);
    await mailboxes.remove('none' as MailboxId);
    const statements = [...new Set(stored.takeStatements())];
    expect(statements.length).toBeGreaterThan(65);
    using reader = new DatabaseSync(stored.path, { readOnly: true });
    const scans = statements.flatMap((statement) => scansOf(reader, statement).map((step) => ({ statement, step })));
    expect(scans).toEqual([]);
  });
});
