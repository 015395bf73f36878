import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { MailboxId } from '../domain/mailbox.ts';
import { type Letter, type LetterKind, PIN_LETTERS } from '../services/ports/letter.ts';
import type { NewOutboxMail, OutboxId, OutboxMail, OutboxState } from '../services/ports/outbox-store.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { useDatabase } from '../testing/use-database.ts';

const NOW = 1_784_000_000_000;
const MAILBOX = 'mailbox-1' as MailboxId;
const SEALED = { keyId: 'key-1', sealed: 'c2VhbGVk' };

const TO_USER = {
  mailboxId: MAILBOX,
  address: 'tonysmith@contoso.com',
  displayName: 'Tony “☎” Smith',
  language: 'en-US',
  extension: '51234',
  accessNumbers: ['5000', '+14255550100'],
};

const LETTERS: Readonly<Record<LetterKind, Letter>> = {
  'um-enabled': { ...TO_USER, kind: 'um-enabled', policyText: '<b>Hello</b>', mustChange: true },
  'um-enabled-notice': { ...TO_USER, kind: 'um-enabled-notice', policyText: '' },
  'pin-reset': { ...TO_USER, kind: 'pin-reset', cause: 'failed-sign-ins', policyText: '', mustChange: true },
  'pin-reset-notice': { ...TO_USER, kind: 'pin-reset-notice', cause: 'administrator', policyText: '' },
  'sign-in-link': {
    ...TO_USER,
    kind: 'sign-in-link',
    linkId: '0123456789abcdef0123456789abcdef',
    origin: 'https://mailbox.example',
    expiresAt: NOW + 60_000,
    askedFrom: '192.0.2.7',
    timeZone: 'America/Los_Angeles',
    clock: '12-hour',
  },
  lockout: {
    ...TO_USER,
    kind: 'lockout',
    failures: 15,
    lockedAt: NOW,
    opensAt: NOW + 60_000,
    ownLineOpen: true,
    timeZone: 'America/Los_Angeles',
    clock: '12-hour',
  },
};

const mail = (id: string, kind: LetterKind = 'pin-reset', changes: Partial<NewOutboxMail> = {}): NewOutboxMail => ({
  id: id as OutboxId,
  mailboxId: MAILBOX,
  letter: LETTERS[kind],
  pin: PIN_LETTERS.includes(kind) ? SEALED : undefined,
  queuedAt: NOW,
  ...changes,
});

const waiting = (queued: NewOutboxMail): OutboxMail => ({
  ...queued,
  state: 'waiting',
  attempts: 0,
  nextAttemptAt: queued.queuedAt,
  settledAt: undefined,
  lastError: undefined,
});

/** Runs processes that claim all that is due, and says which mails each of them got. */
async function claimIn(processes: number, file: string, now: number): Promise<readonly (readonly string[])[]> {
  const program = fileURLToPath(new URL('../testing/mail-claimer.ts', import.meta.url));
  const children = Array.from({ length: processes }, () =>
    spawn(process.execPath, [program, file, String(now)], { stdio: ['pipe', 'pipe', 'inherit'] }),
  );
  const lines = children.map((child) => createInterface(child.stdout)[Symbol.asyncIterator]());
  for (const line of lines) expect((await line.next()).value).toBe('ready');
  for (const child of children) child.stdin.end('go\n');
  return Promise.all(lines.map((line) => Array.fromAsync({ [Symbol.asyncIterator]: () => line })));
}

describe.each(DATABASE_KINDS)('the outbox on $name', (kind) => {
  const used = useDatabase(kind);

  async function insert(...mails: readonly NewOutboxMail[]): Promise<void> {
    for (const one of mails) await used.database.outbox.insert(one);
  }

  async function find(id: string): Promise<OutboxMail | undefined> {
    return (await used.database.outbox.ofMailbox(MAILBOX, 100)).find((one) => one.id === id);
  }

  const claim = (now: number = NOW, until: number = NOW + 1_000): Promise<OutboxMail | undefined> =>
    used.database.outbox.claim(now, until);

  const ids = (mails: readonly { readonly id: string }[]): readonly string[] => mails.map(({ id }) => id);

  /** Queues a mail and brings it into a state, as its worker would. */
  async function settleAs(state: OutboxState, id: string): Promise<void> {
    const { outbox } = used.database;
    await insert(mail(id));
    if (state === 'waiting') return;
    await claim();
    if (state === 'delivered') await outbox.delivered(id as OutboxId, NOW);
    if (state === 'refused') await outbox.refuse(id as OutboxId, NOW, 'No');
    if (state === 'superseded') await outbox.supersede(MAILBOX, PIN_LETTERS, NOW);
    if (state === 'expired') await outbox.expire(NOW + 1, NOW);
  }

  it('says what there is to be delivered, and for how long', async () => {
    const nothing = { waiting: 0, refused: 0, oldestQueuedAt: undefined, nextDueAt: undefined };
    expect(await used.database.outbox.backlog()).toEqual(nothing);
    for (const state of ['delivered', 'expired', 'refused'] as const) await settleAs(state, state);
    await insert(mail('old', 'lockout', { queuedAt: NOW - 500 }), mail('new', 'lockout', { queuedAt: NOW + 500 }));
    const backlog = { waiting: 2, refused: 1, oldestQueuedAt: NOW - 500 };
    expect(await used.database.outbox.backlog()).toEqual({ ...backlog, nextDueAt: NOW - 500 });
    await claim(NOW, NOW + 9_000);
    expect(await used.database.outbox.backlog()).toEqual({ ...backlog, nextDueAt: NOW + 500 });
  });

  describe('keeps', () => {
    it.each(Object.keys(LETTERS) as LetterKind[])(
      'a letter of each kind as it is, after a restart too: %s',
      async (of) => {
        await insert(mail('one', of));
        const { outbox } = await used.stored.reopen();
        expect(await outbox.ofMailbox(MAILBOX, 1)).toEqual([waiting(mail('one', of))]);
      },
    );

    it('a lockout that does not open by itself', async () => {
      const letter = { ...LETTERS.lockout, opensAt: undefined } as Letter;
      await insert(mail('one', 'lockout', { letter }));
      const [found] = await used.database.outbox.ofMailbox(MAILBOX, 1);
      expect(found?.letter).toMatchObject({ kind: 'lockout', failures: 15 });
      expect(found?.letter.kind === 'lockout' && found.letter.opensAt).toBeUndefined();
    });

    it('no mail twice', async () => {
      await insert(mail('one'));
      await expect(insert(mail('one'))).rejects.toThrow();
    });

    it('the mails of a mailbox in their order, those of one moment, too', async () => {
      await insert(mail('one'), mail('two', 'lockout'), mail('three'), mail('early', 'lockout', { queuedAt: NOW - 1 }));
      await insert(mail('other', 'lockout', { mailboxId: 'mailbox-2' as MailboxId }));
      const { outbox } = used.database;
      expect(ids(await outbox.ofMailbox(MAILBOX, 100))).toEqual(['early', 'three', 'two', 'one']);
      expect(ids(await outbox.ofMailbox(MAILBOX, 2))).toEqual(['early', 'three']);
      expect(await outbox.ofMailbox('mailbox-3' as MailboxId, 5)).toEqual([]);
    });

    it('no mail of a change that was not stored', async () => {
      const failing = used.database.transact(async ({ outbox }) => {
        await outbox.insert(mail('one'));
        throw new Error('No');
      });
      await expect(failing).rejects.toThrow('No');
      expect(await used.rowsOf('outbox')).toEqual([]);
    });
  });

  describe('gives out', () => {
    it('the mail that has waited longest, once, and counts the attempt', async () => {
      await insert(mail('second'), mail('first', 'lockout', { queuedAt: NOW - 1 }), mail('third'));
      const first = await claim();
      expect(first).toEqual({
        ...waiting(mail('first', 'lockout', { queuedAt: NOW - 1 })),
        attempts: 1,
        nextAttemptAt: NOW + 1_000,
      });
      expect((await claim())?.id).toBe('second');
      expect((await claim())?.id).toBe('third');
      expect(await claim()).toBeUndefined();
    });

    it('nothing before it is due, to the millisecond', async () => {
      await insert(mail('one', 'pin-reset', { queuedAt: NOW + 1 }));
      expect(await claim()).toBeUndefined();
      expect(await used.database.outbox.nextDue()).toBe(NOW + 1);
      expect((await claim(NOW + 1))?.id).toBe('one');
    });

    it('a mail again when its claim has run out, as after a crash', async () => {
      await insert(mail('one'));
      await claim(NOW, NOW + 1_000);
      await used.stored.reopen();
      expect(await claim(NOW + 999)).toBeUndefined();
      expect(await claim(NOW + 1_000, NOW + 2_000)).toMatchObject({ id: 'one', attempts: 2, pin: SEALED });
    });

    it.each(['delivered', 'superseded', 'refused', 'expired'] as const)('no mail that is %s', async (state) => {
      await settleAs(state, 'one');
      expect(await find('one')).toMatchObject({ state, settledAt: NOW });
      expect(await claim(NOW + 1_000_000_000)).toBeUndefined();
      expect(await used.database.outbox.nextDue()).toBeUndefined();
    });

    it('each of many to one only of those who ask at once', async () => {
      const names = Array.from({ length: 30 }, (_, index) => `mail-${index}`);
      await insert(...names.map((name) => mail(name, 'lockout')));
      const other = await used.stored.openAgain();
      const claims = [...names, ...names].map((_, turn) =>
        (turn % 2 === 0 ? used.database : other).outbox.claim(NOW, NOW + 1_000),
      );
      const claimed = (await Promise.all(claims)).filter((one) => one !== undefined);
      expect([...ids(claimed)].sort()).toEqual([...names].sort());
    });

    it('each of many to one only of several processes', async () => {
      const names = Array.from({ length: 120 }, (_, index) => `mail-${index}`);
      await used.database.transact(async ({ outbox }) => {
        for (const name of names) await outbox.insert(mail(name, 'lockout'));
      });
      const claimed = await claimIn(3, used.stored.path, NOW);
      expect(claimed.flat().sort()).toEqual([...names].sort());
      expect((await used.rowsOf('outbox')).every(({ attempts }) => attempts === 1)).toBe(true);
    });
  });

  describe('when a mail is delivered', () => {
    it('erases its PIN and keeps when it was', async () => {
      await insert(mail('one'));
      await claim();
      await used.database.outbox.postpone('one' as OutboxId, NOW, 'Busy');
      await claim();
      expect(await used.database.outbox.delivered('one' as OutboxId, NOW + 5)).toBe(true);
      expect(await find('one')).toMatchObject({ state: 'delivered', attempts: 2, settledAt: NOW + 5 });
      expect(await find('one')).toMatchObject({ pin: undefined, lastError: undefined });
      expect(JSON.stringify(await used.stored.rows())).not.toContain(SEALED.sealed);
    });

    it.each(['delivered', 'superseded', 'refused', 'expired'] as const)(
      'says so if it is %s already',
      async (state) => {
        await settleAs(state, 'one');
        expect(await used.database.outbox.delivered('one' as OutboxId, NOW + 5)).toBe(false);
        expect(await find('one')).toMatchObject({ state, settledAt: NOW });
      },
    );

    it('says so if there is none', async () => {
      expect(await used.database.outbox.delivered('none' as OutboxId, NOW)).toBe(false);
    });
  });

  describe('when an attempt fails', () => {
    it('lets the mail wait with its PIN, and keeps why', async () => {
      await insert(mail('one'), mail('two', 'lockout'));
      await claim();
      await used.database.outbox.postpone('one' as OutboxId, NOW + 5_000, '450 Mailbox busy');
      expect(await find('one')).toEqual({
        ...waiting(mail('one')),
        attempts: 1,
        nextAttemptAt: NOW + 5_000,
        lastError: '450 Mailbox busy',
      });
      expect(await find('two')).toEqual(waiting(mail('two', 'lockout')));
    });

    it('does not wake a mail that was withdrawn meanwhile', async () => {
      await insert(mail('one'));
      await claim();
      await used.database.outbox.supersede(MAILBOX, PIN_LETTERS, NOW);
      await used.database.outbox.postpone('one' as OutboxId, NOW, 'Busy');
      expect(await used.database.outbox.refuse('one' as OutboxId, NOW + 1, 'No')).toBe(false);
      expect(await find('one')).toMatchObject({ state: 'superseded', lastError: undefined, pin: undefined });
      expect(await claim()).toBeUndefined();
    });

    it('parks a mail that is refused, with its PIN', async () => {
      await insert(mail('one'));
      await claim();
      expect(await used.database.outbox.refuse('one' as OutboxId, NOW + 5, '550 No such user')).toBe(true);
      expect(await find('one')).toMatchObject({ state: 'refused', pin: SEALED, settledAt: NOW + 5, attempts: 1 });
      expect(await find('one')).toMatchObject({ lastError: '550 No such user' });
    });

    it('keeps no more than 500 characters of why, and nothing that a database cannot store', async () => {
      await insert(mail('one'));
      await claim();
      await used.database.outbox.postpone('one' as OutboxId, NOW, `${'x'.repeat(498)}\0☎${'y'.repeat(1_000_000)}`);
      expect((await find('one'))?.lastError).toBe(`${'x'.repeat(498)} ☎`);
      await used.database.outbox.refuse('one' as OutboxId, NOW, `${'x'.repeat(499)}😀`);
      expect((await find('one'))?.lastError).toBe(`${'x'.repeat(499)}\uFFFD`);
    });
  });

  describe('when a newer PIN is mailed', () => {
    it('withdraws what waits, what is being tried and what was refused, and erases the PINs', async () => {
      await settleAs('refused', 'refused');
      await insert(mail('tried', 'um-enabled'));
      await claim();
      await insert(mail('waiting'));
      expect(await used.database.outbox.supersede(MAILBOX, PIN_LETTERS, NOW + 9)).toBe(3);
      for (const id of ['refused', 'tried', 'waiting']) {
        expect(await find(id)).toMatchObject({ state: 'superseded', settledAt: NOW + 9, pin: undefined });
      }
      expect(await used.database.outbox.delivered('tried' as OutboxId, NOW)).toBe(false);
      expect(JSON.stringify(await used.stored.rows())).not.toContain(SEALED.sealed);
    });

    it('leaves other mailboxes, other letters and what is settled alone', async () => {
      await settleAs('delivered', 'delivered');
      await settleAs('expired', 'expired');
      await insert(mail('lockout', 'lockout'), mail('notice', 'pin-reset-notice'));
      await insert(mail('other', 'pin-reset', { mailboxId: 'mailbox-2' as MailboxId }));
      expect(await used.database.outbox.supersede(MAILBOX, PIN_LETTERS, NOW + 9)).toBe(0);
      expect(await find('delivered')).toMatchObject({ state: 'delivered', settledAt: NOW });
      expect(await find('expired')).toMatchObject({ state: 'expired', settledAt: NOW });
      expect(await find('lockout')).toMatchObject({ state: 'waiting' });
      expect(await find('notice')).toMatchObject({ state: 'waiting' });
      expect((await used.database.outbox.ofMailbox('mailbox-2' as MailboxId, 1))[0]).toMatchObject({ pin: SEALED });
    });
  });

  describe('when time is over', () => {
    it('expires what was queued before and is undelivered, erases the PINs, and says which', async () => {
      await settleAs('refused', 'refused');
      await insert(mail('waiting'), mail('late', 'pin-reset', { queuedAt: NOW + 1 }));
      const expired = await used.database.outbox.expire(NOW + 1, NOW + 9);
      expect([...ids(expired)].sort()).toEqual(['refused', 'waiting']);
      for (const one of expired) {
        expect(one).toMatchObject({ state: 'expired', settledAt: NOW + 9, pin: undefined });
        expect(await find(one.id)).toEqual(one);
      }
      expect(await find('refused')).toMatchObject({ lastError: 'No' });
      expect(await find('late')).toMatchObject({ state: 'waiting', pin: SEALED });
      expect(await used.database.outbox.expire(NOW + 1, NOW + 10)).toEqual([]);
    });

    it.each(['delivered', 'superseded'] as const)('leaves what is %s as it is', async (state) => {
      await settleAs(state, 'one');
      expect(await used.database.outbox.expire(NOW + 1_000, NOW + 9)).toEqual([]);
      expect(await find('one')).toMatchObject({ state, settledAt: NOW });
    });
  });

  it('says when the next mail is due', async () => {
    const { outbox } = used.database;
    expect(await outbox.nextDue()).toBeUndefined();
    await insert(mail('one'), mail('two', 'lockout', { queuedAt: NOW + 7 }));
    expect(await outbox.nextDue()).toBe(NOW);
    await claim(NOW, NOW + 1_000);
    expect(await outbox.nextDue()).toBe(NOW + 7);
    await claim(NOW + 7, NOW + 2_000);
    expect(await outbox.nextDue()).toBe(NOW + 1_000);
  });

  it('lets no PIN be kept in a mail that is settled, whoever writes it', async () => {
    await insert(mail('one'));
    await expect(used.stored.run("update outbox set state = 'delivered'")).rejects.toThrow();
  });
});
