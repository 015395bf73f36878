import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OutboxId } from '../services/ports/outbox-store.ts';
import { type Certificate, createAuthority, createCertificate } from '../testing/mail/certificates.ts';
import { type RawPeer, type RawSmtp, startRawSmtp } from '../testing/mail/raw-smtp.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../testing/mail/smtp-sink.ts';
import type { ComposedMail } from './compose-mail.ts';
import type { Delivery, MailTransport } from './mail-transport.ts';
import { type SmtpTimeouts, smtpTransport } from './smtp-transport.ts';
import type { SmtpSettings } from './smtp-url.ts';

const LOGIN = { user: 'touchtone', password: 'correct horse' };
const PIN = '407193';

const MAIL: ComposedMail = {
  id: '5d1c8f5e-7f5a-4f3c-9a53-1f0b8a7c2e11' as OutboxId,
  kind: 'pin-reset',
  queuedAt: 0,
  envelope: { from: 'touchtone@example.test', to: 'tonysmith@contoso.com' },
  message: Buffer.from(`Subject: Hello\r\n\r\n.\r\n..dots\r\nYour PIN: ${PIN}\r\n`),
};

/** Short enough for tests; a mail as a whole has as long as its signal lets it. */
const TIMEOUTS: SmtpTimeouts = { connection: 5_000, greeting: 1_500, silence: 1_500, mail: 120_000 };

const never = new AbortController().signal;

const AN_HOUR_AGO = new Date(Date.now() - 3_600_000);

/** What a server answers that takes every mail. */
const ANSWERS = {
  EHLO: '250 mail.test',
  MAIL: '250 OK',
  RCPT: '250 OK',
  DATA: '354 Go on',
  RSET: '250 OK',
  '.': '250 OK',
};

describe('smtpTransport', () => {
  let authority: Certificate;
  let trusted: readonly string[];
  const closing: (() => unknown)[] = [];

  beforeAll(async () => {
    authority = await createAuthority();
    trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, authority.cert]);
  });

  afterAll(() => {
    setDefaultCACertificates([...trusted]);
  });

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
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

  const transportTo = ({ port }: { readonly port: number }, changes: Partial<SmtpSettings> = {}): MailTransport => {
    const settings: SmtpSettings = { host: '127.0.0.1', port, security: 'none', login: undefined, ...changes };
    const transport = smtpTransport(settings, TIMEOUTS);
    closing.push(() => transport.close());
    return transport;
  };

  const sendTo = (server: { readonly port: number }, changes: Partial<SmtpSettings> = {}): Promise<Delivery> =>
    transportTo(server, changes).send(MAIL, never);

  it('delivers a mail as it is, dots and all', async () => {
    const sink = await sinkOf();
    expect(await sendTo(sink)).toEqual({ kind: 'delivered' });
    expect(sink.mails).toEqual([
      {
        from: 'touchtone@example.test',
        to: ['tonysmith@contoso.com'],
        raw: MAIL.message.toString(),
        messageId: undefined,
        isSecure: false,
        user: undefined,
      },
    ]);
  });

  it('keeps a connection for the next mail, and closes it in the end', async () => {
    const sink = await sinkOf();
    const transport = transportTo(sink);
    for (let nth = 0; nth < 5; nth++) expect(await transport.send(MAIL, never)).toEqual({ kind: 'delivered' });
    expect(sink).toMatchObject({ connections: 1, openConnections: 1 });
    transport.close();
    transport.close();
    await vi.waitFor(() => expect(sink.openConnections).toBe(0));
  });

  describe('secures the connection', () => {
    it('by STARTTLS before it logs in', async () => {
      const sink = await sinkOf({ tls: await createCertificate('127.0.0.1', authority), login: LOGIN });
      expect(await sendTo(sink, { security: 'required', login: LOGIN })).toEqual({ kind: 'delivered' });
      expect(sink.mails).toMatchObject([{ isSecure: true, user: LOGIN.user }]);
    });

    it('from the first byte', async () => {
      const sink = await sinkOf({ tls: await createCertificate('127.0.0.1', authority), implicit: true, login: LOGIN });
      expect(await sendTo(sink, { security: 'implicit', login: LOGIN })).toEqual({ kind: 'delivered' });
      expect(sink.mails).toMatchObject([{ isSecure: true, user: LOGIN.user }]);
    });

    it('of a host by its name', async () => {
      const sink = await sinkOf({ tls: await createCertificate('localhost', authority) });
      expect(await sendTo(sink, { host: 'localhost', security: 'required' })).toEqual({ kind: 'delivered' });
    });

    it('where it is offered, if it need not be', async () => {
      const open = await sinkOf();
      expect(await sendTo(open, { security: 'opportunistic' })).toEqual({ kind: 'delivered' });
      expect(open.mails).toMatchObject([{ isSecure: false }]);
      const secured = await sinkOf({ tls: await createCertificate('127.0.0.1', authority) });
      expect(await sendTo(secured, { security: 'opportunistic' })).toEqual({ kind: 'delivered' });
      expect(secured.mails).toMatchObject([{ isSecure: true }]);
    });

    it.each([
      ['self-signed', 'required', () => createCertificate('127.0.0.1'), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      ['self-signed', 'implicit', () => createCertificate('127.0.0.1'), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      ['self-signed', 'opportunistic', () => createCertificate('127.0.0.1'), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
      ["another host's", 'required', () => createCertificate('other.test', authority), 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ["another host's", 'implicit', () => createCertificate('other.test', authority), 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['out of date', 'required', () => createCertificate('127.0.0.1', authority, AN_HOUR_AGO), 'CERT_HAS_EXPIRED'],
      ['out of date', 'implicit', () => createCertificate('127.0.0.1', authority, AN_HOUR_AGO), 'CERT_HAS_EXPIRED'],
    ] as const)('never with a certificate that is %s (%s)', async (_what, security, certificate, code) => {
      const sink = await sinkOf({ tls: await certificate(), implicit: security === 'implicit', login: LOGIN });
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
      const delivery = await sendTo(sink, { security, login: LOGIN }).finally(() => vi.unstubAllEnvs());
      expect(delivery).toMatchObject({
        kind: 'postponed',
        because: 'set-up',
        error: `The connection to the mail server cannot be secured: ${code}`,
      });
      expect(sink.mails).toEqual([]);
    });

    it('or sends nothing, neither mail nor password, when STARTTLS has been taken out', async () => {
      const server = await rawOf(async (peer) => {
        peer.send('220 mail.test ESMTP\r\n');
        await peer.answerUntil('QUIT', {
          EHLO: '250-mail.test\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000000',
          STARTTLS: '502 5.5.1 Command not implemented',
        });
      });
      expect(await sendTo(server, { security: 'required', login: LOGIN })).toEqual({
        kind: 'postponed',
        because: 'set-up',
        error: 'The mail server does not secure the connection: 502 5.5.1 Command not implemented',
      });
      expect(server.lines.map((line) => line.split(' ')[0])).toEqual(['EHLO', 'STARTTLS']);
    });

    it('or sends nothing when the server does not know EHLO', async () => {
      const server = await rawOf(async (peer) => {
        peer.send('220 mail.test\r\n');
        await peer.answerUntil('QUIT', { EHLO: '500 What?', HELO: '250 mail.test' });
      });
      expect(await sendTo(server, { security: 'required', login: LOGIN })).toMatchObject({ because: 'set-up' });
      expect(server.lines.map((line) => line.split(' ')[0])).toEqual(['EHLO']);
    });
  });

  it('waits with everything while its login is turned down', async () => {
    const sink = await sinkOf({ login: LOGIN });
    expect(await sendTo(sink, { login: { user: LOGIN.user, password: 'wrong' } })).toEqual({
      kind: 'postponed',
      because: 'set-up',
      error: 'The mail server does not accept the login: 535 5.7.8 Authentication credentials invalid',
    });
    expect(await sendTo(sink)).toMatchObject({ kind: 'postponed', because: 'set-up' });
    const withoutLogin = await sinkOf();
    expect(await sendTo(withoutLogin, { login: LOGIN })).toMatchObject({ kind: 'postponed', because: 'set-up' });
    expect([...sink.mails, ...withoutLogin.mails]).toEqual([]);
  });

  it('waits for a server that is not there', async () => {
    const sink = await startSmtpSink();
    await sink.close();
    expect(await sendTo(sink)).toEqual({
      kind: 'postponed',
      because: 'unreachable',
      error: 'The connection to the mail server failed: ECONNREFUSED',
    });
    expect(await sendTo(sink, { host: 'nowhere.invalid' })).toMatchObject({ because: 'unreachable' });
  });

  /** A server that answers as it should, but for what is changed. */
  const answering = (changes: Readonly<Record<string, string>>, greeting: string = '220 mail.test') =>
    rawOf(async (peer) => {
      peer.send(`${greeting}\r\n`);
      await peer.answerUntil('QUIT', { ...ANSWERS, ...changes });
    });

  it.each([
    ['greeting', '554 5.3.2 No mail here', {}, 'set-up'],
    ['greeting', '421 4.3.2 Too busy', {}, 'unreachable'],
    ['EHLO', '220 mail.test', { EHLO: '554 No', HELO: '554 No' }, 'set-up'],
    ['EHLO', '220 mail.test', { EHLO: '421 Later' }, 'unreachable'],
    ['MAIL', '220 mail.test', { MAIL: '550 5.7.1 Sender not allowed' }, 'set-up'],
    ['MAIL', '220 mail.test', { MAIL: '451 4.3.0 Later' }, 'unreachable'],
    ['MAIL', '220 mail.test', { MAIL: '530 5.7.0 Authentication required' }, 'set-up'],
    ['RCPT', '220 mail.test', { RCPT: '530 5.7.0 Must issue a STARTTLS command first' }, 'set-up'],
    ['RCPT', '220 mail.test', { RCPT: '450 4.2.0 Greylisted' }, 'not-now'],
    ['RCPT', '220 mail.test', { RCPT: '503 5.5.1 Bad sequence of commands' }, 'not-now'],
    ['DATA', '220 mail.test', { DATA: '451 4.3.0 Later' }, 'not-now'],
    ['DATA', '220 mail.test', { DATA: '421 4.3.0 Closing' }, 'not-now'],
    ['the mail', '220 mail.test', { '.': '452 4.3.1 Disk full' }, 'not-now'],
    ['the mail', '220 mail.test', { '.': 'What?' }, 'unreachable'],
  ])('waits after this reply to %s: %s %o', async (_to, greeting, changes, because) => {
    const server = await answering(changes as Readonly<Record<string, string>>, greeting);
    expect(await sendTo(server)).toMatchObject({ kind: 'postponed', because });
  });

  it.each([
    ['RCPT', { RCPT: '550 5.1.1 User unknown' }, 'The mail server does not take mail for this recipient'],
    ['RCPT', { RCPT: '550-5.1.1 No\r\n550 5.1.1 such user' }, 'does not take mail for this recipient'],
    ['DATA', { DATA: '554 5.7.1 No' }, 'The mail server does not take this mail'],
    [
      'the mail',
      { '.': '554 5.6.0 Rejected by policy' },
      'The mail server does not take this mail: 554 5.6.0 Rejected',
    ],
  ])('gives a mail up after this reply to %s: %o', async (_to, changes, words) => {
    const server = await answering(changes as Readonly<Record<string, string>>);
    expect(await sendTo(server)).toMatchObject({ kind: 'refused', error: expect.stringContaining(words) });
  });

  it('repeats of a reply neither addresses nor digits', async () => {
    const server = await answering({
      RCPT: `550 5.1.1 <tonysmith@contoso.com>: no such user, ${PIN} 4 0 7 1 9 3 \u0007 ${'x'.repeat(5_000)}`,
    });
    const delivery = await sendTo(server);
    if (delivery.kind !== 'refused') throw new Error(`The mail was ${delivery.kind}`);
    expect(delivery.error).toMatch(/: 550 5\.1\.1 <\[address\]>: no such user, \[digits\] +x+$/);
    expect(delivery.error.length).toBeLessThan(300);
  });

  it('sends the next mail after one that has been turned down', async () => {
    const sink = await sinkOf({
      onRecipient: (address) => (address.startsWith('tony') ? { code: 550, text: '5.1.1 Unknown' } : undefined),
    });
    const transport = transportTo(sink);
    expect(await transport.send(MAIL, never)).toMatchObject({ kind: 'refused' });
    const next = { ...MAIL, envelope: { ...MAIL.envelope, to: 'annad@contoso.com' } };
    expect(await transport.send(next, never)).toEqual({ kind: 'delivered' });
    expect(sink.mails).toMatchObject([{ to: ['annad@contoso.com'] }]);
  });

  it.each([
    ['before the greeting', async (peer: RawPeer) => peer.drop()],
    [
      'in the middle of the mail',
      async (peer: RawPeer) => {
        peer.send('220 mail.test\r\n');
        await peer.answerUntil('Subject', ANSWERS);
        peer.drop();
      },
    ],
    [
      'instead of saying that it has the mail',
      async (peer: RawPeer) => {
        peer.send('220 mail.test\r\n');
        await peer.answerUntil('.', ANSWERS);
        peer.drop();
      },
    ],
  ])('waits when the server drops the connection %s', async (_when, converse) => {
    expect(await sendTo(await rawOf(converse))).toMatchObject({ kind: 'postponed', because: 'unreachable' });
  });

  it.each([
    ['never greets', async () => undefined],
    ['never answers', async (peer: RawPeer) => peer.send('220 mail.test\r\n')],
    [
      'never says that it has the mail',
      async (peer: RawPeer) => {
        peer.send('220 mail.test\r\n');
        await peer.answerUntil('.', ANSWERS);
      },
    ],
  ])('does not wait for ever for a server that %s', async (_what, converse) => {
    expect(await sendTo(await rawOf(converse))).toMatchObject({
      kind: 'postponed',
      because: 'unreachable',
      error: expect.stringMatching(/_TIMEOUT$/),
    });
  });

  it('bears with a server that is slow all the way, and delivers', async () => {
    const startedAt = performance.now();
    const server = await rawOf(async (peer) => {
      await sleep(TIMEOUTS.greeting / 2);
      peer.send('220 mail.test\r\n');
      let isMail = false;
      for (let said = await peer.line(); said !== undefined; said = await peer.line()) {
        const answer: string | undefined = ANSWERS[said.split(/[ :]/, 1)[0] as keyof typeof ANSWERS];
        if (answer === undefined || (isMail && said !== '.')) continue;
        isMail = said === 'DATA';
        await sleep(TIMEOUTS.silence / 2);
        peer.send(`${answer}\r\n`);
      }
    });
    expect(await sendTo(server)).toEqual({ kind: 'delivered' });
    // Longer than any single wait is allowed to be.
    expect(performance.now() - startedAt).toBeGreaterThan(2 * TIMEOUTS.silence);
  });

  it('is not held by a server that keeps saying next to nothing, once it is told to give up', async () => {
    const givingUp = new AbortController();
    const startedAt = performance.now();
    const server = await rawOf(async (peer) => {
      peer.send('220 mail.test\r\n');
      await peer.line();
      // A reply that never ends, a byte at a time: no wait for the next byte is ever long enough.
      const reply = '250-mail.test\r\n';
      let sent = 0;
      const timer = setInterval(() => {
        peer.send(reply[sent++ % reply.length] ?? '');
        if (performance.now() - startedAt > 2 * TIMEOUTS.silence) givingUp.abort();
      }, 5);
      await peer.closed;
      clearInterval(timer);
    });
    expect(await transportTo(server).send(MAIL, givingUp.signal)).toEqual({
      kind: 'postponed',
      because: 'unreachable',
      error: 'The mail server took too long: EABORT',
    });
  });

  it('sends nothing when it is told to give up before it has begun', async () => {
    const sink = await sinkOf();
    expect(await transportTo(sink).send(MAIL, AbortSignal.abort())).toMatchObject({ kind: 'postponed' });
    expect(sink.mails).toEqual([]);
  });

  it('sends again on a new connection when the server had closed the old one meanwhile', async () => {
    const server = await rawOf(async (peer, before) => {
      peer.send('220 mail.test\r\n');
      if (before > 0) return peer.answerUntil('never', ANSWERS);
      await peer.answerUntil('Your PIN', ANSWERS);
      await peer.answerUntil('MAIL', ANSWERS);
      peer.drop();
    });
    const transport = transportTo(server);
    expect(await transport.send(MAIL, never)).toEqual({ kind: 'delivered' });
    expect(await transport.send(MAIL, never)).toEqual({ kind: 'delivered' });
    expect(server.connections).toBe(2);
  });

  it('says of a mail that is being sent when it is closed that it has to wait', async () => {
    const server = await rawOf(async (peer) => {
      peer.send('220 mail.test\r\n');
      await peer.line();
      transport.close();
    });
    const transport = transportTo(server);
    expect(await transport.send(MAIL, never)).toMatchObject({ kind: 'postponed' });
  });
});
