import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { LOCKOUT, PIN_RESET, SIGN_IN_LINK, UM_ENABLED } from '../testing/letters.ts';
import { createTestDelivery, TEST_KEYS, transportTo } from '../testing/mail/mail-rig.ts';
import { startSmtpSink } from '../testing/mail/smtp-sink.ts';
import { GREYLISTED, MAILED_PIN, useMailRig } from '../testing/mail/use-mail-rig.ts';
import { folderTransport } from './folder-transport.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe.each(DATABASE_KINDS)('the delivery of mails ($name)', (kind) => {
  const use = useMailRig(kind);

  describe('into a folder', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'touchtone-mail-'));
      use.atEnd(() => rm(folder, { recursive: true, force: true }));
    });

    it('is done with all that is due when it has started', async () => {
      const welcome = await use.rig.queue(UM_ENABLED, MAILED_PIN);
      const lockout = await use.rig.queue(LOCKOUT);
      await use.rig.deliverBy(folderTransport(folder)).start();
      const names = await readdir(folder);
      expect(names).toHaveLength(2);
      const file = join(folder, names.find((name) => name.includes(welcome)) ?? '');
      expect((await simpleParser(await readFile(file))).text).toContain(MAILED_PIN);
      for (const id of [welcome, lockout]) {
        expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 1, pin: undefined });
      }
      expect(use.rig.logged('A mail is delivered').map(({ fields }) => fields)).toContainEqual(
        expect.objectContaining({ mail: welcome, letter: 'um-enabled', file }),
      );
    });

    it('has the whole link in a mail with one, and none that is no longer good', async () => {
      const { clock } = use.rig;
      const good = await use.rig.queue({ ...SIGN_IN_LINK, expiresAt: clock.now() + MINUTE });
      const delivery = use.rig.deliverBy(folderTransport(folder));
      await delivery.start();
      const [name = ''] = await readdir(folder);
      const { text = '' } = await simpleParser(await readFile(join(folder, name)));
      expect(text).toMatch(/^https:\/\/mailbox\.example\/me\/link#[\w-]{43}$/m);
      const old = await use.rig.queue({ ...SIGN_IN_LINK, expiresAt: clock.now() });
      delivery.wake();
      await delivery.idle();
      expect(await readdir(folder)).toEqual([name]);
      expect([(await use.rig.mail(good)).state, (await use.rig.mail(old)).state]).toEqual(['delivered', 'superseded']);
    });

    it('takes what is queued later', async () => {
      const delivery = use.rig.deliverBy(folderTransport(folder));
      await delivery.start();
      await use.rig.queue(LOCKOUT);
      expect(await readdir(folder)).toEqual([]);
      delivery.wake();
      await delivery.idle();
      expect(await readdir(folder)).toHaveLength(1);
      // Another process may have queued it, and not be there to say so.
      await use.rig.queue(LOCKOUT);
      await use.rig.clock.advance(MINUTE);
      await delivery.idle();
      expect(await readdir(folder)).toHaveLength(2);
    });

    it('does not wait for the time of a clock that was ahead', async () => {
      const { clock } = use.rig;
      const now = clock.now();
      await writeFile(join(folder, 'mail'), 'in the way');
      const id = await use.rig.queue(UM_ENABLED, MAILED_PIN);
      clock.setNow(now + 5 * 24 * 60 * MINUTE);
      const delivery = use.rig.deliverBy(folderTransport(join(folder, 'mail')));
      await delivery.start();
      await rm(join(folder, 'mail'));
      clock.setNow(now);
      await clock.advance(2 * MINUTE);
      await delivery.idle();
      const { nextAttemptAt } = await use.rig.mail(id);
      expect(nextAttemptAt).toBeLessThan(now + 75 * MINUTE);
      await clock.advance(nextAttemptAt - clock.now());
      await delivery.idle();
      expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    });

    it('waits for a folder that cannot be written to, and says so loudly', async () => {
      await writeFile(join(folder, 'mail'), 'in the way');
      const id = await use.rig.queue(UM_ENABLED, MAILED_PIN);
      const delivery = use.rig.deliverBy(folderTransport(join(folder, 'mail')));
      await delivery.start();
      expect(await use.rig.mail(id)).toMatchObject({ state: 'waiting', attempts: 1, lastError: expect.any(String) });
      expect(use.rig.logged('as this service is set up')).toMatchObject([{ level: 'error', fields: { mail: id } }]);
      await rm(join(folder, 'mail'));
      await use.rig.clock.advance(30 * SECOND);
      await delivery.idle();
      expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    });
  });

  it('erases the PIN of a mail that is delivered, and records it', async () => {
    const sink = await use.sinkOf();
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect(sink.mails).toMatchObject([{ from: 'touchtone@example.test', to: ['tonysmith@contoso.com'] }]);
    expect((await simpleParser(sink.mails[0]?.raw ?? '')).text).toContain(MAILED_PIN);
    expect(sink.mails[0]?.messageId).toBe(`<${id}@example.test>`);
    expect(await use.rig.mail(id)).toMatchObject({
      state: 'delivered',
      pin: undefined,
      settledAt: use.rig.clock.now(),
    });
    expect(await use.rig.audited()).toEqual([
      {
        action: 'mail',
        outcome: 'delivered',
        actor: { kind: 'system' },
        source: { kind: 'service' },
        mailboxId: PIN_RESET.mailboxId,
        details: { mail: id, letter: 'pin-reset', attempts: 1 },
      },
    ]);
  });

  it('does not keep the service from starting while a server is silent', async () => {
    const server = await use.rawOf(async () => undefined);
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    const delivery = use.rig.deliverBy(transportTo(server));
    await delivery.start();
    expect((await use.rig.mail(id)).lastError).toBeUndefined();
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({
      state: 'waiting',
      lastError: expect.stringMatching(/^The connection to the mail server failed: .*_TIMEOUT$/),
    });
  });

  it('tries again after half a minute, a minute, two and so on, with the same mail each time', async () => {
    const dates = new Set<string>();
    let attempts = 0;
    const sink = await use.sinkOf({
      onMail: async ({ raw }) => {
        const { messageId, date } = await simpleParser(raw);
        dates.add(`${messageId} ${date?.toISOString()}`);
        return ++attempts < 4 ? GREYLISTED : undefined;
      },
    });
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    const queuedAt = new Date(use.rig.clock.now()).toISOString();
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    for (const [attempt, wait] of [30, 60, 120].entries()) {
      expect(await use.rig.mail(id)).toMatchObject({
        state: 'waiting',
        attempts: attempt + 1,
        nextAttemptAt: use.rig.clock.now() + wait * SECOND,
        lastError: 'The mail server does not take this mail: 451 4.7.1 Greylisted, try again',
      });
      await use.rig.clock.advance(wait * SECOND - 1);
      await delivery.idle();
      expect(attempts).toBe(attempt + 1);
      await use.rig.clock.advance(1);
      await delivery.idle();
    }
    expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 4, lastError: undefined });
    expect([...dates]).toEqual([`<${id}@example.test> ${queuedAt}`]);
  });

  it('waits for a server that is not there until it is', async () => {
    const gone = await startSmtpSink();
    await gone.close();
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    const delivery = use.rig.deliverBy(transportTo(gone));
    await delivery.start();
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({
      lastError: 'The connection to the mail server failed: ECONNREFUSED',
    });
    expect(use.rig.logged('there is no way')).toMatchObject([{ level: 'warn', fields: { mail: id, attempts: 1 } }]);
    const back = await use.sinkOf({ port: gone.port });
    await use.rig.clock.advance(30 * SECOND);
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(back.mails).toHaveLength(1);
  });

  it('sends a mail again, known by its Message-ID, when the server dropped the connection in the middle', async () => {
    const server = await use.rawOf(async (peer, before) => {
      peer.send('220 mail.test\r\n');
      const answers = { EHLO: '250 mail.test', MAIL: '250 OK', RCPT: '250 OK', DATA: '354 Go on', '.': '250 OK' };
      if (before > 0) return peer.answerUntil('never', answers);
      await peer.answerUntil('Date', answers);
      peer.drop();
    });
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    const delivery = use.rig.deliverBy(transportTo(server));
    await delivery.start();
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({ state: 'waiting', attempts: 1 });
    await use.rig.clock.advance(30 * SECOND);
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(server.lines.filter((line) => line.startsWith('Message-ID:'))).toContain(`Message-ID: <${id}@example.test>`);
  });

  it('gives up an attempt that takes two minutes, however much the server says', async () => {
    const server = await use.rawOf(async (peer) => {
      peer.send('220 mail.test\r\n');
      await peer.line();
      const timer = setInterval(() => peer.send('250-mail.test\r\n'), 50);
      await peer.closed;
      clearInterval(timer);
    });
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    const delivery = use.rig.deliverBy(transportTo(server));
    await delivery.start();
    await vi.waitFor(() => expect(server.lines).toHaveLength(1));
    const { nextAttemptAt } = await use.rig.mail(id);
    expect(nextAttemptAt - use.rig.clock.now()).toBeGreaterThan(120 * SECOND);
    await use.rig.clock.advance(120 * SECOND);
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({
      state: 'waiting',
      lastError: 'The mail server took too long: EABORT',
    });
  });

  it('sends no more than three mails at the same time', async () => {
    let now = 0;
    let most = 0;
    const held: (() => void)[] = [];
    const sink = await use.sinkOf({
      onMail: async () => {
        most = Math.max(most, ++now);
        await new Promise<void>((resolve) => held.push(resolve));
        now--;
        return undefined;
      },
    });
    for (let nth = 0; nth < 8; nth++) await use.rig.queue(LOCKOUT);
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await vi.waitFor(() => expect(held).toHaveLength(3));
    for (let nth = 0; nth < 8; nth++) {
      await vi.waitFor(() => expect(held.length).toBeGreaterThan(0));
      held.shift()?.();
    }
    await delivery.idle();
    expect(sink.mails).toHaveLength(8);
    expect(most).toBe(3);
    expect(sink.connections).toBe(3);
  });

  it('is not made with an address to come from that is none', async () => {
    const { clock, log } = use.rig;
    const transport = folderTransport('unused');
    const parts = { database: use.rig.stored.database, transport, keys: TEST_KEYS, clock, log };
    for (const from of ['touchtone', 'touchtone@', 'touchtone@a b']) {
      expect(() => createTestDelivery({ ...parts, from })).toThrow(RangeError);
    }
  });
});
