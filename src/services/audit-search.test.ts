import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { createSignInRig, type SignInRig } from '../testing/sign-in-rig.ts';
import { BY_TEST, provisionTestMailbox } from '../testing/test-service.ts';
import { AUDIT_ACTIONS, type AuditEntry, audit } from './audit.ts';
import type { AuditFilter, AuditPosition, ExportedAuditRecord, FoundAuditRecord } from './audit-search.ts';
import { verifyAudit } from './audit-verification.ts';

const START = 1_784_000_000_000;

describe.each([DEFAULT_KIND])('the audit trail on $name', (kind) => {
  let rig: SignInRig;
  let gone: MailboxId;

  /** More than are looked at in one statement. */
  const COUNT = 2_300;

  /** What the record of a number is made of: rare things and common ones, some at the same moment, some before it. */
  function entryOf(number: number): AuditEntry {
    const isSignIn = number % 10 !== 0;
    const mailboxId = number % 3 === 0 ? undefined : number % 3 === 1 ? rig.mailbox.id : gone;
    return {
      action: isSignIn ? 'sign-in' : (AUDIT_ACTIONS[(number / 10) % AUDIT_ACTIONS.length] ?? 'lock'),
      outcome: number % 200 === 7 ? 'signed-in' : 'failed',
      actor: isSignIn ? { kind: 'caller' } : { kind: 'administrator', name: number % 500 === 0 ? 'eve' : 'adam' },
      source: { kind: 'service' },
      ...(mailboxId === undefined ? {} : { mailboxId }),
      details: { number },
    };
  }

  const momentOf = (number: number): number =>
    START + Math.floor(number / 4) * 1_000 - (number % 97 === 0 ? 50_000 : 0);

  beforeAll(async () => {
    rig = await createSignInRig({ kind });
    const anna = { address: 'anna@contoso.com', extensions: ['52000'] as const };
    const made = await provisionTestMailbox(rig.service, rig.plan, anna);
    if (made.kind !== 'provisioned') return expect.fail(made.kind);
    gone = made.mailbox.id;
    await rig.service.mailboxAdministration.disable(gone, BY_TEST);
    await rig.service.database.transact(async (stores) => {
      for (let number = 1; number <= COUNT; number++) {
        await audit(stores, rig.service.auditSealer, momentOf(number), entryOf(number));
      }
    });
  }, 120_000);

  afterAll(() => rig.dispose());

  async function find(filter: AuditFilter, limit: number): Promise<readonly FoundAuditRecord[]> {
    const items: FoundAuditRecord[] = [];
    for (let after: AuditPosition | undefined; ; ) {
      const page = await rig.service.auditSearch.find(filter, { limit, ...(after && { after }) });
      items.push(...page.items);
      if (page.next === undefined) return items;
      expect(page.items).toHaveLength(limit);
      after = page.next;
    }
  }

  async function exported(filter: AuditFilter): Promise<readonly ExportedAuditRecord[]> {
    return (await Array.fromAsync(rig.service.auditSearch.export(filter))).flat();
  }

  const passes = ({ at, action, outcome, actor, mailbox }: FoundAuditRecord, filter: AuditFilter): boolean =>
    at >= (filter.from ?? at) &&
    at < (filter.to ?? at + 1) &&
    action === (filter.action ?? action) &&
    outcome === (filter.outcome ?? outcome) &&
    (filter.actor === undefined || (actor.kind === 'administrator' && actor.name === filter.actor)) &&
    (filter.mailbox === undefined || mailbox?.id === filter.mailbox);

  it('is found by whatever filter, newest first, and exported by it, oldest first', async () => {
    const everything = await exported({});
    expect(everything.map(({ sequence }) => sequence)).toEqual(everything.map((_one, index) => index + 1));
    expect(everything.length).toBeGreaterThan(COUNT);
    const moment = fc.integer({ min: -1, max: COUNT / 4 + 1 }).map((seconds) => START + seconds * 1_000);
    const values = fc.record<Required<AuditFilter>>({
      from: moment,
      to: moment,
      action: fc.constantFrom('sign-in', 'lock', 'mail-retried', 'mailbox-disabled'),
      outcome: fc.constantFrom('signed-in', 'failed', 'none'),
      actor: fc.constantFrom('adam', 'eve', 'nobody', 'ADAM'),
      mailbox: fc.constantFrom(rig.mailbox.id, gone, 'nobody' as MailboxId),
    });
    const names = fc.subarray(['from', 'to', 'action', 'outcome', 'actor', 'mailbox'], { maxLength: 3 });
    const filters = fc
      .tuple(values, names)
      .map(
        ([all, some]): AuditFilter => Object.fromEntries(Object.entries(all).filter(([name]) => some.includes(name))),
      );
    const sizes = new Set<number>();
    await fc.assert(
      fc.asyncProperty(filters, fc.constantFrom(20, 200), async (filter, limit) => {
        const expected = everything.filter((record) => passes(record, filter));
        expect(await exported(filter)).toEqual(expected);
        const newestFirst = expected
          .map(({ sealed: _sealed, ...found }) => found)
          .toSorted((one, other) => other.at - one.at || other.sequence - one.sequence);
        expect(await find(filter, limit)).toEqual(newestFirst);
        sizes.add(expected.length);
      }),
      { numRuns: 60 },
    );
    expect(sizes.size).toBeGreaterThan(8);
  });

  it('tells who, what, from where, and whose mailbox, as long as that is there', async () => {
    const [enabled] = await find({ action: 'mailbox-enabled', mailbox: rig.mailbox.id, actor: 'test' }, 1);
    expect(enabled).toMatchObject({
      ...BY_TEST,
      action: 'mailbox-enabled',
      outcome: 'done',
      mailbox: { id: rig.mailbox.id, address: rig.mailbox.address },
      reason: undefined,
      details: { extensions: '51234' },
    });
    const [disabled] = await find({ action: 'mailbox-disabled', actor: 'test' }, 1);
    expect(disabled?.mailbox).toEqual({ id: gone, address: undefined });
    expect((await find({ action: 'dial-plan-created' }, 200)).at(-1)?.mailbox).toBeUndefined();
  });

  it('is exported with what was sealed, without what is added meanwhile, and without a transaction in between', async () => {
    const stored = await rig.service.database.audit.from(1, 10_000);
    const batches: (readonly ExportedAuditRecord[])[] = [];
    for await (const batch of rig.service.auditSearch.export({})) {
      batches.push(batch);
      await rig.service.pinAdministration.lock(rig.mailbox.id, BY_TEST);
      await rig.service.pinAdministration.unlock(rig.mailbox.id, BY_TEST);
    }
    expect(batches.length).toBeGreaterThan(3);
    const sealed = batches.flat().map(({ sequence, at, sealed }) => ({ sequence, at, ...sealed }));
    expect(sealed).toEqual(stored.map(({ mailboxId: _mailboxId, ...record }) => record));
    expect(await verifyAudit(rig.service.database, rig.service.auditSealer)).toMatchObject({ kind: 'intact' });
  });

  it('lets others have their turn while it is searched, exported and verified', async () => {
    let turns = 0;
    let isOver = false;
    const count = (): void => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    for (const work of [() => find({ outcome: 'none' }, 5), () => exported({ outcome: 'none' }), () => verify()]) {
      const before = turns;
      await work();
      expect(turns).toBeGreaterThan(before + 1);
    }
    isOver = true;
  });

  const verify = () => verifyAudit(rig.service.database, rig.service.auditSealer);

  it('shows what somebody has changed beyond reading, and goes on', async () => {
    await rig.service.stored.run(`update audit_record set entry = 'x' where sequence = 20`);
    await rig.service.stored.run(`update audit_record set entry = '{"action":"lock"}' where sequence = 21`);
    const records = await exported({});
    expect(records.slice(19, 21)).toMatchObject([
      { sequence: 20, action: 'unreadable', sealed: { entry: 'x' } },
      { sequence: 21, action: 'unreadable' },
    ]);
    expect(await verify()).toEqual({ kind: 'broken', sequence: 20, how: 'altered' });
  });
});
