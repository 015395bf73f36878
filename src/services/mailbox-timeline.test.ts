import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { createSignInRig, PIN, type SignInRig } from '../testing/sign-in-rig.ts';
import { BY_TEST, provisionTestMailbox } from '../testing/test-service.ts';
import type { MailPosition, MailView, TimelineEntry, TimelinePosition } from './mailbox-administration.ts';
import type { OutboxId } from './ports/outbox-store.ts';

const NOBODY = 'nobody' as MailboxId;

describe.each([DEFAULT_KIND])('a mailbox on $name', (kind) => {
  let rig: SignInRig;

  beforeEach(async () => {
    rig = await createSignInRig({ kind });
  });

  afterEach(() => rig.dispose());

  const administration = () => rig.service.mailboxAdministration;

  /** The whole story, in parts of a size; `between` is done once between the first two. */
  async function story(
    limit: number,
    between = async (): Promise<void> => undefined,
  ): Promise<readonly TimelineEntry[]> {
    const entries: TimelineEntry[] = [];
    for (let after: TimelinePosition | undefined; ; ) {
      const page = await administration().timeline(rig.mailbox.id, { limit, ...(after && { after }) });
      if (page === undefined) return expect.fail('There is no such mailbox');
      if (after === undefined) await between();
      entries.push(...page.items);
      if (page.next === undefined) return entries;
      expect(page.items).toHaveLength(limit);
      after = page.next;
    }
  }

  /** Whatever can happen to a mailbox, some of it at the same moment. */
  async function live(): Promise<void> {
    const { clock, pinAdministration } = rig.service;
    const { id } = rig.mailbox;
    await rig.attempt(PIN);
    clock.setNow(clock.now() + 1_000);
    await pinAdministration.reset(id, { notifyEmail: 'desk@contoso.com' }, BY_TEST);
    await rig.wrong(2);
    clock.setNow(clock.now() + 1_000);
    await pinAdministration.lock(id, BY_TEST);
    // Somebody else's story is not in it.
    const other = { address: 'anna@contoso.com', extensions: ['52000'] as const };
    await provisionTestMailbox(rig.service, rig.plan, other);
    clock.setNow(clock.now() - 5_000);
    await pinAdministration.reset(id, {}, BY_TEST);
  }

  describe('has a story', () => {
    it('of records and mails, newest first', async () => {
      await live();
      const entries = await story(100);
      expect(entries.map(({ kind: what, outcome }) => `${what} ${outcome}`)).toEqual([
        'lock done',
        // Of the same moment as what comes below.
        'mail-queued queued',
        'mail-queued queued',
        'sign-in failed',
        'sign-in failed',
        'pin-reset done',
        'sign-in signed-in',
        'mailbox-enabled done',
        // By a clock that was set back.
        'mail-queued queued',
        'pin-reset done',
      ]);
      expect(entries.filter(({ kind: what }) => what === 'lock')).toEqual([
        expect.objectContaining({ ...BY_TEST, reason: 'on-request', sequence: expect.any(Number) }),
      ]);
      const mailed = entries.filter(({ kind: what }) => what === 'mail-queued').map(({ details }) => details);
      const to = rig.mailbox.address;
      expect(mailed).toEqual([
        { mail: expect.any(String), letter: 'pin-reset-notice', to, tellsPin: false },
        { mail: expect.any(String), letter: 'pin-reset', to: 'desk@contoso.com', tellsPin: true },
        { mail: expect.any(String), letter: 'pin-reset', to, tellsPin: true },
      ]);
    });

    it('that is the same in parts of any size, whatever happens meanwhile', async () => {
      await live();
      const meanwhile = async (): Promise<void> => {
        rig.service.clock.setNow(rig.service.clock.now() + 60_000);
        await rig.service.pinAdministration.reset(rig.mailbox.id, {}, BY_TEST);
      };
      for (const limit of [1, 2, 3, 5]) {
        const whole = await story(100);
        expect(whole.length).toBeGreaterThan(8);
        expect(await story(limit, meanwhile)).toEqual(whole);
      }
    });

    it('only while there is such a mailbox', async () => {
      expect(await administration().timeline(NOBODY, { limit: 5 })).toBeUndefined();
      expect(await administration().mails(NOBODY, { limit: 5 })).toBeUndefined();
    });

    it('that says what of it nobody can read', async () => {
      await rig.service.stored.run(`update audit_record set entry = '{' where mailbox_id = '${rig.mailbox.id}'`);
      expect(await story(10)).toMatchObject([{ kind: 'unreadable', outcome: 'unreadable', details: {} }]);
    });
  });

  describe('has mails', () => {
    async function mails(): Promise<readonly MailView[]> {
      const found: MailView[] = [];
      for (let after: MailPosition | undefined; ; ) {
        const part = { limit: 2, ...(after && { after }) };
        const page = (await administration().mails(rig.mailbox.id, part)) ?? expect.fail();
        found.push(...page.items);
        if (page.next === undefined) return found;
        after = page.next;
      }
    }

    const retry = (mail: OutboxId, mailbox: MailboxId = rig.mailbox.id) =>
      administration().retryMail(mailbox, mail, BY_TEST);

    async function queued(): Promise<OutboxId> {
      await rig.service.pinAdministration.reset(rig.mailbox.id, {}, BY_TEST);
      return (await rig.letters())[0]?.id ?? expect.fail();
    }

    it('newest first, with what became of them and without what is in them', async () => {
      const first = await queued();
      const second = await queued();
      await rig.service.database.outbox.refuse(second, 7, '550 No such user');
      await rig.service.pinAdministration.reset(rig.mailbox.id, { pin: '407193', sendEmail: false }, BY_TEST);
      const found = await mails();
      const queuedAt = rig.service.clock.now();
      expect(found).toEqual([
        {
          id: expect.any(String),
          kind: 'pin-reset-notice',
          to: rig.mailbox.address,
          state: 'waiting',
          tellsPin: false,
          attempts: 0,
          queuedAt,
          nextAttemptAt: queuedAt,
          settledAt: undefined,
          lastError: undefined,
        },
        expect.objectContaining({ id: second, state: 'superseded', tellsPin: true, nextAttemptAt: undefined }),
        expect.objectContaining({ id: first, state: 'superseded', settledAt: queuedAt }),
      ]);
    });

    it('that are tried again when they were refused, the PIN still in them', async () => {
      const id = await queued();
      const { outbox } = rig.service.database;
      const pin = await rig.mailedPin();
      await outbox.claim(rig.service.clock.now(), rig.service.clock.now() + 1_000);
      await outbox.refuse(id, 7, 'No');
      rig.service.clock.setNow(rig.service.clock.now() + 60_000);
      const announced = rig.service.mailsAnnounced();
      const now = rig.service.clock.now();
      expect(await retry(id)).toEqual({
        kind: 'retried',
        mail: expect.objectContaining({ id, state: 'waiting', attempts: 1, nextAttemptAt: now, settledAt: undefined }),
      });
      expect(rig.service.mailsAnnounced()).toBe(announced + 1);
      expect(await outbox.claim(now, now + 1)).toMatchObject({ id });
      expect(await rig.mailedPin()).toBe(pin);
      expect((await rig.audited()).at(-1)).toMatchObject({
        ...BY_TEST,
        action: 'mail-retried',
        outcome: 'done',
        mailboxId: rig.mailbox.id,
        details: { mail: id, letter: 'pin-reset', stateBefore: 'refused', attempts: 1 },
      });
    });

    it('that are tried again when they wait after an attempt, and left to the first one while that is made', async () => {
      const id = await queued();
      const { outbox } = rig.service.database;
      const now = rig.service.clock.now();
      await outbox.claim(now, now + 1_000);
      expect(await retry(id)).toMatchObject({ kind: 'retried', mail: { nextAttemptAt: now + 1_000 } });
      await outbox.postpone(id, now + 3_600_000, 'Not now');
      expect(await retry(id)).toMatchObject({ kind: 'retried', mail: { nextAttemptAt: now, lastError: 'Not now' } });
    });

    it('that are not tried again when they are settled, or are others', async () => {
      const superseded = await queued();
      const id = await queued();
      await rig.service.database.outbox.delivered(id, 7);
      const before = await rig.service.stored.rows();
      expect(await retry(id)).toEqual({ kind: 'not-retriable', state: 'delivered' });
      expect(await retry(superseded)).toEqual({ kind: 'not-retriable', state: 'superseded' });
      expect(await retry('none' as OutboxId)).toEqual({ kind: 'no-such-mail' });
      expect(await retry(id, NOBODY)).toEqual({ kind: 'no-such-mailbox' });
      const anna = { address: 'anna@contoso.com', extensions: ['52000'] as const };
      const made = await provisionTestMailbox(rig.service, rig.plan, anna);
      if (made.kind !== 'provisioned') return expect.fail(made.kind);
      expect(await retry(id, made.mailbox.id)).toEqual({ kind: 'no-such-mail' });
      const mailsIn = (rows: typeof before) => rows.filter(({ table }) => table === 'outbox');
      expect(mailsIn(await rig.service.stored.rows())).toEqual(mailsIn(before));
    });
  });
});
