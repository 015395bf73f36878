import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { LOCKOUT, PIN_RESET, PIN_RESET_NOTICE, UM_ENABLED } from '../testing/letters.ts';
import { createMailRig, createTestDelivery, type MailRig, TEST_KEYS, transportTo } from '../testing/mail/mail-rig.ts';
import { type RawPeer, type RawSmtp, startRawSmtp } from '../testing/mail/raw-smtp.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../testing/mail/smtp-sink.ts';
import { folderTransport } from './folder-transport.ts';
import { MAIL_LIFETIME } from './mail-delivery.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const PIN = '407193';

const GREYLISTED = { code: 451, text: '4.7.1 Greylisted, try again' };

const messageIdOf = async ({ raw }: { readonly raw: string }): Promise<string | undefined> =>
  (await simpleParser(raw)).messageId;

describe.each(DATABASE_KINDS)('the delivery of mails ($name)', (kind) => {
  let rig: MailRig;
  const closing: (() => unknown)[] = [];

  beforeEach(async () => {
    rig = await createMailRig(kind);
  });

  afterEach(async () => {
    // Servers first, so that no worker waits for one.
    for (const close of closing.splice(0).reverse()) await close();
    await rig.dispose();
    expect(rig.clock.pending).toBe(0);
    const logged = JSON.stringify(rig.log.lines);
    expect(logged).not.toContain(PIN);
    expect(logged).not.toContain('contoso');
    expect(logged).not.toContain('Tony');
  });

  const sinkOf = async (options: SmtpSinkOptions = {}): Promise<SmtpSink> => {
    const sink = await startSmtpSink(options);
    closing.push(() => sink.close());
    return sink;
  };

  const rawOf = async (converse: (peer: RawPeer, before: number) => Promise<void>): Promise<RawSmtp> => {
    const server = await startRawSmtp(converse);
    closing.push(() => server.close());
    return server;
  };

  /** A server that takes a mail at its `nth` attempt (from 1), and turns it down by `refusal` until then. */
  const takingAt = async (nth: number): Promise<SmtpSink & { readonly attempts: () => number }> => {
    let attempts = 0;
    const sink = await sinkOf({ onRecipient: () => (++attempts < nth ? GREYLISTED : undefined) });
    return Object.assign(sink, { attempts: () => attempts });
  };

  describe('into a folder', () => {
    let folder: string;

    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'touchtone-mail-'));
      closing.push(() => rm(folder, { recursive: true, force: true }));
    });

    it('is done with all that is due when it has started', async () => {
      const welcome = await rig.queue(UM_ENABLED, PIN);
      const lockout = await rig.queue(LOCKOUT);
      await rig.deliverBy(folderTransport(folder)).start();
      const names = await readdir(folder);
      expect(names).toHaveLength(2);
      const file = join(folder, names.find((name) => name.includes(welcome)) ?? '');
      expect((await simpleParser(await readFile(file))).text).toContain(PIN);
      for (const id of [welcome, lockout]) {
        expect(await rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 1, pin: undefined });
      }
      expect(rig.logged('A mail is delivered').map(({ fields }) => fields)).toContainEqual(
        expect.objectContaining({ mail: welcome, letter: 'um-enabled', file }),
      );
    });

    it('takes what is queued later', async () => {
      const delivery = rig.deliverBy(folderTransport(folder));
      await delivery.start();
      await rig.queue(LOCKOUT);
      expect(await readdir(folder)).toEqual([]);
      delivery.wake();
      await delivery.idle();
      expect(await readdir(folder)).toHaveLength(1);
      // Another process may have queued it, and not be there to say so.
      await rig.queue(LOCKOUT);
      await rig.clock.advance(MINUTE);
      await delivery.idle();
      expect(await readdir(folder)).toHaveLength(2);
    });

    it('waits for a folder that cannot be written to, and says so loudly', async () => {
      await writeFile(join(folder, 'mail'), 'in the way');
      const id = await rig.queue(UM_ENABLED, PIN);
      const delivery = rig.deliverBy(folderTransport(join(folder, 'mail')));
      await delivery.start();
      expect(await rig.mail(id)).toMatchObject({ state: 'waiting', attempts: 1, lastError: expect.any(String) });
      expect(rig.logged('as this service is set up')).toMatchObject([{ level: 'error', fields: { mail: id } }]);
      await rm(join(folder, 'mail'));
      await rig.clock.advance(30 * SECOND);
      await delivery.idle();
      expect(await rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    });
  });

  it('erases the PIN of a mail that is delivered, and records it', async () => {
    const sink = await sinkOf();
    const id = await rig.queue(PIN_RESET, PIN);
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect(sink.mails).toMatchObject([{ from: 'touchtone@example.test', to: ['tonysmith@contoso.com'] }]);
    expect((await simpleParser(sink.mails[0]?.raw ?? '')).text).toContain(PIN);
    expect(await messageIdOf({ raw: sink.mails[0]?.raw ?? '' })).toBe(`<${id}@example.test>`);
    expect(await rig.mail(id)).toMatchObject({ state: 'delivered', pin: undefined, settledAt: rig.clock.now() });
    expect(await rig.audited()).toEqual([
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
    const server = await rawOf(async () => undefined);
    const id = await rig.queue(PIN_RESET, PIN);
    const delivery = rig.deliverBy(transportTo(server));
    await delivery.start();
    expect((await rig.mail(id)).lastError).toBeUndefined();
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({
      state: 'waiting',
      lastError: expect.stringMatching(/^The connection to the mail server failed: .*_TIMEOUT$/),
    });
  });

  it('tries again after half a minute, a minute, two and so on, with the same mail each time', async () => {
    const dates = new Set<string>();
    let attempts = 0;
    const sink = await sinkOf({
      onMail: async ({ raw }) => {
        const { messageId, date } = await simpleParser(raw);
        dates.add(`${messageId} ${date?.toISOString()}`);
        return ++attempts < 4 ? GREYLISTED : undefined;
      },
    });
    const id = await rig.queue(PIN_RESET, PIN);
    const queuedAt = new Date(rig.clock.now()).toISOString();
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    for (const [attempt, wait] of [30, 60, 120].entries()) {
      expect(await rig.mail(id)).toMatchObject({
        state: 'waiting',
        attempts: attempt + 1,
        nextAttemptAt: rig.clock.now() + wait * SECOND,
        lastError: 'The mail server does not take this mail: 451 4.7.1 Greylisted, try again',
      });
      await rig.clock.advance(wait * SECOND - 1);
      await delivery.idle();
      expect(attempts).toBe(attempt + 1);
      await rig.clock.advance(1);
      await delivery.idle();
    }
    expect(await rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 4, lastError: undefined });
    expect([...dates]).toEqual([`<${id}@example.test> ${queuedAt}`]);
  });

  it('waits for a server that is not there until it is', async () => {
    const gone = await startSmtpSink();
    await gone.close();
    const id = await rig.queue(PIN_RESET, PIN);
    const delivery = rig.deliverBy(transportTo(gone));
    await delivery.start();
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ lastError: 'The connection to the mail server failed: ECONNREFUSED' });
    expect(rig.logged('there is no way')).toMatchObject([{ level: 'warn', fields: { mail: id, attempts: 1 } }]);
    const back = await sinkOf({ port: gone.port });
    await rig.clock.advance(30 * SECOND);
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(back.mails).toHaveLength(1);
  });

  it('sends a mail again, known by its Message-ID, when the server dropped the connection in the middle', async () => {
    const server = await rawOf(async (peer, before) => {
      peer.send('220 mail.test\r\n');
      const answers = { EHLO: '250 mail.test', MAIL: '250 OK', RCPT: '250 OK', DATA: '354 Go on', '.': '250 OK' };
      if (before > 0) return peer.answerUntil('never', answers);
      await peer.answerUntil('Date', answers);
      peer.drop();
    });
    const id = await rig.queue(PIN_RESET, PIN);
    const delivery = rig.deliverBy(transportTo(server));
    await delivery.start();
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ state: 'waiting', attempts: 1 });
    await rig.clock.advance(30 * SECOND);
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(server.lines.filter((line) => line.startsWith('Message-ID:'))).toContain(`Message-ID: <${id}@example.test>`);
  });

  it('gives up an attempt that takes two minutes, however much the server says', async () => {
    const server = await rawOf(async (peer) => {
      peer.send('220 mail.test\r\n');
      await peer.line();
      const timer = setInterval(() => peer.send('250-mail.test\r\n'), 50);
      await peer.closed;
      clearInterval(timer);
    });
    const id = await rig.queue(PIN_RESET, PIN);
    const delivery = rig.deliverBy(transportTo(server));
    await delivery.start();
    await vi.waitFor(() => expect(server.lines).toHaveLength(1));
    const { nextAttemptAt } = await rig.mail(id);
    expect(nextAttemptAt - rig.clock.now()).toBeGreaterThan(120 * SECOND);
    await rig.clock.advance(120 * SECOND);
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ state: 'waiting', lastError: 'The mail server took too long: EABORT' });
  });

  it('parks a mail that is turned down for good, visible and with its PIN sealed, and records it', async () => {
    const sink = await sinkOf({
      onRecipient: (address) => ({ code: 550, text: `5.1.1 <${address}> is unknown here` }),
    });
    const id = await rig.queue(PIN_RESET, PIN);
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    const error = 'The mail server does not take mail for this recipient: 550 5.1.1 <[address]> is unknown here';
    const parked = await rig.mail(id);
    expect(parked).toMatchObject({ state: 'refused', attempts: 1, lastError: error });
    expect(parked.pin).toBeDefined();
    expect(rig.logged('it is parked')).toEqual([
      {
        level: 'error',
        message: 'A mail cannot be delivered; it is parked',
        fields: { mail: id, letter: 'pin-reset', mailboxId: PIN_RESET.mailboxId, attempts: 1, error },
      },
    ]);
    expect(await rig.audited()).toMatchObject([{ outcome: 'refused', reason: error, details: { mail: id } }]);
    await rig.clock.advance(60 * MINUTE);
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ attempts: 1 });
  });

  it.each([
    { answers: {}, greeting: '554 5.3.2 Not today', step: 'turned the connection away' },
    { answers: { EHLO: '250-mail.test\r\n250 AUTH PLAIN', MAIL: '530 5.7.0 Log in' }, step: 'from this sender' },
    { answers: { EHLO: '250 mail.test', MAIL: '553 5.7.1 Not you' }, step: 'from this sender' },
  ])(
    'lets mails wait, and says so loudly, when the server takes none of them: $step',
    async ({ answers, greeting, step }) => {
      const server = await rawOf(async (peer) => {
        peer.send(`${greeting ?? '220 mail.test'}\r\n`);
        await peer.answerUntil('QUIT', answers as Readonly<Record<string, string>>);
      });
      const id = await rig.queue(PIN_RESET, PIN);
      const delivery = rig.deliverBy(transportTo(server));
      await delivery.start();
      await delivery.idle();
      expect(await rig.mail(id)).toMatchObject({ state: 'waiting', lastError: expect.stringContaining(step) });
      expect(rig.logged('as this service is set up')).toMatchObject([{ level: 'error', fields: { mail: id } }]);
    },
  );

  it('parks a mail whose PIN cannot be unsealed, or whose address is none', async () => {
    const sink = await sinkOf();
    const lost = await rig.queue(PIN_RESET, PIN);
    const nowhere = await rig.queue({ ...LOCKOUT, address: 'tonysmith@contoso.com, evil@example.com' });
    const fine = await rig.queue(LOCKOUT);
    const delivery = rig.deliverBy(transportTo(sink), [{ id: 'other', key: Buffer.alloc(32, 8) }]);
    await delivery.start();
    await delivery.idle();
    expect(await rig.mail(lost)).toMatchObject({
      state: 'refused',
      lastError: 'The PIN cannot be unsealed: Key test of a sealed PIN is not at hand',
    });
    expect(await rig.mail(nowhere)).toMatchObject({
      state: 'refused',
      lastError: 'The address cannot be used as one',
    });
    expect(await rig.mail(fine)).toMatchObject({ state: 'delivered' });
    expect(rig.logged('it is parked')).toHaveLength(2);
    expect(sink.mails).toHaveLength(1);
  });

  it('never delivers a mail that was superseded while it waited', async () => {
    const sink = await takingAt(2);
    const old = await rig.queue(UM_ENABLED, '111222');
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    const current = await rig.queue(PIN_RESET, PIN);
    delivery.wake();
    await delivery.idle();
    await rig.clock.advance(60 * MINUTE);
    await delivery.idle();
    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]?.raw).not.toContain('111222');
    expect(await rig.mail(old)).toMatchObject({ state: 'superseded', attempts: 1, pin: undefined });
    expect(await rig.mail(current)).toMatchObject({ state: 'delivered' });
    expect(await rig.audited()).toMatchObject([{ outcome: 'delivered', details: { mail: current } }]);
  });

  it.each([
    ['taken', undefined],
    ['turned down', { code: 550, text: '5.1.1 Unknown' }],
    ['put off', GREYLISTED],
  ])('leaves a mail superseded that was superseded while it was being sent: %s', async (_what, verdict) => {
    const arrived = Promise.withResolvers<void>();
    const decided = Promise.withResolvers<void>();
    let mails = 0;
    const sink = await sinkOf({
      onMail: async () => {
        if (mails++ > 0) return undefined;
        arrived.resolve();
        await decided.promise;
        return verdict;
      },
    });
    const old = await rig.queue(UM_ENABLED, '111222');
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await arrived.promise;
    const current = await rig.queue(PIN_RESET, PIN);
    decided.resolve();
    delivery.wake();
    await delivery.idle();
    await rig.clock.advance(60 * MINUTE);
    await delivery.idle();
    expect(await rig.mail(old)).toMatchObject({ state: 'superseded', attempts: 1, pin: undefined });
    expect(await rig.mail(current)).toMatchObject({ state: 'delivered' });
    expect(await rig.audited()).toMatchObject([{ outcome: 'delivered', details: { mail: current } }]);
    expect(sink.mails).toHaveLength(verdict === undefined ? 2 : 1);
  });

  it('gives mails up after seven days, parked ones too, and erases their PINs', async () => {
    let attempts = 0;
    const sink = await sinkOf({
      onRecipient: (address) => {
        attempts++;
        return address.startsWith('parked') ? { code: 550, text: '5.1.1 Unknown' } : GREYLISTED;
      },
    });
    const parked = await rig.queue({ ...UM_ENABLED, address: 'parked@contoso.com' }, '111222');
    const waiting = await rig.queue(PIN_RESET_NOTICE);
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect((await rig.mail(parked)).pin).toBeDefined();
    await rig.clock.advance(MAIL_LIFETIME - MINUTE);
    await delivery.idle();
    expect(await rig.mail(parked)).toMatchObject({ state: 'refused' });
    expect(await rig.mail(waiting)).toMatchObject({ state: 'waiting' });
    await rig.clock.advance(2 * MINUTE);
    await delivery.idle();
    const tried = attempts;
    for (const id of [parked, waiting]) {
      expect(await rig.mail(id)).toMatchObject({ state: 'expired', pin: undefined });
    }
    expect(rig.logged('given up')).toMatchObject([{ level: 'error' }, { level: 'error' }]);
    expect((await rig.audited()).map(({ outcome }) => outcome)).toEqual(['refused', 'expired', 'expired']);
    await rig.clock.advance(60 * MINUTE);
    await delivery.idle();
    expect(attempts).toBe(tried);
  });

  it('delivers no mail that has become too old while nobody delivered', async () => {
    const sink = await sinkOf();
    const id = await rig.queue(PIN_RESET, PIN);
    await rig.clock.advance(MAIL_LIFETIME + 1);
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ state: 'expired', attempts: 0, pin: undefined });
    expect(sink.connections).toBe(0);
  });

  it('sends no more than three mails at the same time', async () => {
    let now = 0;
    let most = 0;
    const held: (() => void)[] = [];
    const sink = await sinkOf({
      onMail: async () => {
        most = Math.max(most, ++now);
        await new Promise<void>((resolve) => held.push(resolve));
        now--;
        return undefined;
      },
    });
    for (let nth = 0; nth < 8; nth++) await rig.queue(LOCKOUT);
    const delivery = rig.deliverBy(transportTo(sink));
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

  it('shares an outbox with other workers, each mail being sent once', async () => {
    const sink = await sinkOf();
    const ids = [];
    for (let nth = 0; nth < 20; nth++) ids.push(await rig.queue(LOCKOUT));
    const other = createTestDelivery({
      database: await rig.stored.openAgain(),
      transport: transportTo(sink),
      keys: TEST_KEYS,
      clock: rig.clock,
      log: new CapturedLog(),
    });
    const one = rig.deliverBy(transportTo(sink));
    await Promise.all([one.start(), other.start()]);
    await Promise.all([one.idle(), other.idle()]);
    await other.close();
    const sent = await Promise.all(sink.mails.map(messageIdOf));
    expect(sent.toSorted()).toEqual(ids.map((id) => `<${id}@example.test>`).toSorted());
  });

  describe('when it ends in between', () => {
    it('is carried on by the next', async () => {
      const sink = await takingAt(2);
      const id = await rig.queue(PIN_RESET, PIN);
      const first = rig.deliverBy(transportTo(sink));
      await first.start();
      await first.idle();
      await first.close();
      await rig.stored.reopen();
      const second = rig.deliverBy(transportTo(sink));
      await second.start();
      await second.idle();
      expect(sink.attempts()).toBe(1);
      await rig.clock.advance(30 * SECOND);
      await second.idle();
      expect(await rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    });

    it('lets what is being sent end', async () => {
      const arrived = Promise.withResolvers<void>();
      const decided = Promise.withResolvers<void>();
      const sink = await sinkOf({
        onMail: async () => {
          arrived.resolve();
          await decided.promise;
          return undefined;
        },
      });
      const id = await rig.queue(PIN_RESET, PIN);
      const delivery = rig.deliverBy(transportTo(sink));
      await delivery.start();
      await arrived.promise;
      const closed = delivery.close();
      decided.resolve();
      await closed;
      await delivery.close();
      expect(await rig.mail(id)).toMatchObject({ state: 'delivered' });
      delivery.wake();
      await rig.queue(LOCKOUT);
      expect(sink.mails).toHaveLength(1);
    });

    it('gives up after eight seconds what does not end, and the next sends it at once', async () => {
      let isHeld = true;
      const arrived = Promise.withResolvers<void>();
      const sink = await sinkOf({
        onRecipient: async () => {
          if (!isHeld) return undefined;
          arrived.resolve();
          await new Promise<void>((resolve) => closing.push(resolve));
          return undefined;
        },
      });
      const ids = [];
      for (let nth = 0; nth < 4; nth++) ids.push(await rig.queue(LOCKOUT));
      const delivery = rig.deliverBy(transportTo(sink));
      await delivery.start();
      await arrived.promise;
      const closed = delivery.close();
      await rig.clock.advance(8 * SECOND);
      await closed;
      isHeld = false;
      const next = rig.deliverBy(transportTo(sink));
      await next.start();
      await next.idle();
      for (const id of ids) expect(await rig.mail(id)).toMatchObject({ state: 'delivered' });
    });

    it('sends a mail once more, known by its Message-ID, when it was killed before it could note that it was taken', async () => {
      let worker: ChildProcess | undefined;
      const died = Promise.withResolvers<void>();
      const sink = await sinkOf({
        onMail: async () => {
          worker?.kill('SIGKILL');
          await died.promise;
          return undefined;
        },
      });
      const id = await rig.queue(PIN_RESET, PIN);
      const program = join(import.meta.dirname, '../testing/mail/mail-process.ts');
      worker = spawn(process.execPath, [program, rig.stored.path, String(sink.port), String(rig.clock.now())], {
        stdio: 'inherit',
      });
      worker.once('exit', () => died.resolve());
      await sink.received(1);
      expect(await rig.mail(id)).toMatchObject({ state: 'waiting', attempts: 1 });
      const delivery = rig.deliverBy(transportTo(sink));
      await delivery.start();
      await delivery.idle();
      expect(sink.mails).toHaveLength(1);
      // What was claimed is free again when the claim has run out.
      await rig.clock.advance(240 * SECOND);
      await delivery.idle();
      expect(await rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2, pin: undefined });
      expect(await Promise.all(sink.mails.map(messageIdOf))).toEqual([`<${id}@example.test>`, `<${id}@example.test>`]);
    });
  });

  it('outlives a failure of the database', async () => {
    const sink = await sinkOf();
    const id = await rig.queue(PIN_RESET, PIN);
    await rig.stored.run('alter table outbox rename to elsewhere');
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect(rig.logged('could not be looked into')).toMatchObject([{ level: 'error' }]);
    await rig.stored.run('alter table elsewhere rename to outbox');
    await rig.clock.advance(5 * SECOND);
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ state: 'delivered' });
  });

  it('settles nothing that cannot be recorded, and sends it again', async () => {
    const sink = await sinkOf();
    const id = await rig.queue(PIN_RESET, PIN);
    await rig.stored.run('alter table audit_record rename to elsewhere');
    const delivery = rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ state: 'waiting', attempts: 1 });
    expect(rig.logged('could not be stored')).toMatchObject([{ level: 'error', fields: { mail: id } }]);
    await rig.stored.run('alter table elsewhere rename to audit_record');
    await rig.clock.advance(240 * SECOND);
    await delivery.idle();
    expect(await rig.mail(id)).toMatchObject({ state: 'delivered', attempts: 2 });
    expect(sink.mails).toHaveLength(2);
  });

  it('is not made with an address to come from that is none', async () => {
    const { clock, log } = rig;
    const transport = folderTransport('unused');
    const parts = { database: rig.stored.database, transport, keys: TEST_KEYS, clock, log };
    for (const from of ['touchtone', 'touchtone@', 'touchtone@a b']) {
      expect(() => createTestDelivery({ ...parts, from })).toThrow(RangeError);
    }
  });
});
