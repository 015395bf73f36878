import { describe, expect, it } from 'vitest';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { LOCKOUT, PIN_RESET, PIN_RESET_NOTICE, UM_ENABLED } from '../testing/letters.ts';
import { transportTo } from '../testing/mail/mail-rig.ts';
import { GREYLISTED, MAILED_PIN, useMailRig } from '../testing/mail/use-mail-rig.ts';
import { MAIL_LIFETIME } from './mail-delivery.ts';

const MINUTE = 60_000;

describe.each(DATABASE_KINDS)('a mail that is not delivered ($name)', (kind) => {
  const use = useMailRig(kind);

  it('parks a mail that is turned down for good, visible and with its PIN sealed, and records it', async () => {
    const sink = await use.sinkOf({
      onRecipient: (address) => ({ code: 550, text: `5.1.1 <${address}> is unknown here` }),
    });
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    const error = 'The mail server does not take mail for this recipient: 550 5.1.1 <[address]> is unknown here';
    const parked = await use.rig.mail(id);
    expect(parked).toMatchObject({ state: 'refused', attempts: 1, lastError: error });
    expect(parked.pin).toBeDefined();
    expect(use.rig.logged('it is parked')).toEqual([
      {
        level: 'error',
        message: 'A mail cannot be delivered; it is parked',
        fields: { mail: id, letter: 'pin-reset', mailboxId: PIN_RESET.mailboxId, attempts: 1, error },
      },
    ]);
    expect(await use.rig.audited()).toMatchObject([{ outcome: 'refused', reason: error, details: { mail: id } }]);
    await use.rig.clock.advance(60 * MINUTE);
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({ attempts: 1 });
  });

  it.each([
    { answers: {}, greeting: '554 5.3.2 Not today', step: 'turned the connection away' },
    { answers: { EHLO: '250-mail.test\r\n250 AUTH PLAIN', MAIL: '530 5.7.0 Log in' }, step: 'from this sender' },
    { answers: { EHLO: '250 mail.test', MAIL: '553 5.7.1 Not you' }, step: 'from this sender' },
  ])(
    'lets mails wait, and says so loudly, when the server takes none of them: $step',
    async ({ answers, greeting, step }) => {
      const server = await use.rawOf(async (peer) => {
        peer.send(`${greeting ?? '220 mail.test'}\r\n`);
        await peer.answerUntil('QUIT', answers as Readonly<Record<string, string>>);
      });
      const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
      const delivery = use.rig.deliverBy(transportTo(server));
      await delivery.start();
      await delivery.idle();
      expect(await use.rig.mail(id)).toMatchObject({ state: 'waiting', lastError: expect.stringContaining(step) });
      expect(use.rig.logged('as this service is set up')).toMatchObject([{ level: 'error', fields: { mail: id } }]);
    },
  );

  it('parks a mail whose PIN cannot be unsealed, or whose address is none', async () => {
    const sink = await use.sinkOf();
    const lost = await use.rig.queue(PIN_RESET, MAILED_PIN);
    const nowhere = await use.rig.queue({ ...LOCKOUT, address: 'tonysmith@contoso.com, evil@example.com' });
    const fine = await use.rig.queue(LOCKOUT);
    const delivery = use.rig.deliverBy(transportTo(sink), [{ id: 'other', key: Buffer.alloc(32, 8) }]);
    await delivery.start();
    await delivery.idle();
    expect(await use.rig.mail(lost)).toMatchObject({
      state: 'refused',
      lastError: 'The PIN cannot be unsealed: Key test of a sealed PIN is not at hand',
    });
    expect(await use.rig.mail(nowhere)).toMatchObject({
      state: 'refused',
      lastError: 'The address cannot be used as one',
    });
    expect(await use.rig.mail(fine)).toMatchObject({ state: 'delivered' });
    expect(use.rig.logged('it is parked')).toHaveLength(2);
    expect(sink.mails).toHaveLength(1);
  });

  it('never delivers a mail that was superseded while it waited', async () => {
    const sink = await use.takingAt(2);
    const old = await use.rig.queue(UM_ENABLED, '111222');
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    const current = await use.rig.queue(PIN_RESET, MAILED_PIN);
    delivery.wake();
    await delivery.idle();
    await use.rig.clock.advance(60 * MINUTE);
    await delivery.idle();
    expect(sink.mails).toHaveLength(1);
    expect(sink.mails[0]?.raw).not.toContain('111222');
    expect(await use.rig.mail(old)).toMatchObject({ state: 'superseded', attempts: 1, pin: undefined });
    expect(await use.rig.mail(current)).toMatchObject({ state: 'delivered' });
    expect(await use.rig.audited()).toMatchObject([{ outcome: 'delivered', details: { mail: current } }]);
  });

  it.each([
    ['taken', undefined],
    ['turned down', { code: 550, text: '5.1.1 Unknown' }],
    ['put off', GREYLISTED],
  ])('leaves a mail superseded that was superseded while it was being sent: %s', async (_what, verdict) => {
    const arrived = Promise.withResolvers<void>();
    const decided = Promise.withResolvers<void>();
    let mails = 0;
    const sink = await use.sinkOf({
      onMail: async () => {
        if (mails++ > 0) return undefined;
        arrived.resolve();
        await decided.promise;
        return verdict;
      },
    });
    const old = await use.rig.queue(UM_ENABLED, '111222');
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await arrived.promise;
    const current = await use.rig.queue(PIN_RESET, MAILED_PIN);
    decided.resolve();
    delivery.wake();
    await delivery.idle();
    await use.rig.clock.advance(60 * MINUTE);
    await delivery.idle();
    expect(await use.rig.mail(old)).toMatchObject({ state: 'superseded', attempts: 1, pin: undefined });
    expect(await use.rig.mail(current)).toMatchObject({ state: 'delivered' });
    const deliveredOf = (mail: string) => ({ outcome: 'delivered', details: expect.objectContaining({ mail }) });
    const arrivedAnyway = { ...deliveredOf(old), reason: 'It was withdrawn while it was being delivered' };
    const records = [deliveredOf(current), ...(verdict === undefined ? [arrivedAnyway] : [])];
    const recorded = await use.rig.audited();
    expect(recorded).toEqual(expect.arrayContaining(records.map((record) => expect.objectContaining(record))));
    expect(recorded).toHaveLength(records.length);
    expect(use.rig.logged('was withdrawn meanwhile')).toHaveLength(records.length - 1);
    expect(sink.mails).toHaveLength(records.length);
  });

  it('gives mails up after seven days, parked ones too, and erases their PINs', async () => {
    let attempts = 0;
    const sink = await use.sinkOf({
      onRecipient: (address) => {
        attempts++;
        return address.startsWith('parked') ? { code: 550, text: '5.1.1 Unknown' } : GREYLISTED;
      },
    });
    const parked = await use.rig.queue({ ...UM_ENABLED, address: 'parked@contoso.com' }, '111222');
    const waiting = await use.rig.queue(PIN_RESET_NOTICE);
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect((await use.rig.mail(parked)).pin).toBeDefined();
    // Most of it at once: a server would be asked at each of ten thousand minutes.
    use.rig.clock.setNow(use.rig.clock.now() + MAIL_LIFETIME - 3 * MINUTE);
    await use.rig.clock.advance(2 * MINUTE);
    await delivery.idle();
    expect(await use.rig.mail(parked)).toMatchObject({ state: 'refused' });
    expect(await use.rig.mail(waiting)).toMatchObject({ state: 'waiting' });
    await use.rig.clock.advance(2 * MINUTE);
    await delivery.idle();
    const tried = attempts;
    for (const id of [parked, waiting]) {
      expect(await use.rig.mail(id)).toMatchObject({ state: 'expired', pin: undefined });
    }
    expect(use.rig.logged('given up')).toMatchObject([{ level: 'error' }, { level: 'error' }]);
    expect((await use.rig.audited()).map(({ outcome }) => outcome)).toEqual(['refused', 'expired', 'expired']);
    await use.rig.clock.advance(60 * MINUTE);
    await delivery.idle();
    expect(attempts).toBe(tried);
  });

  it('delivers no mail that has become too old while nobody delivered', async () => {
    const sink = await use.sinkOf();
    const id = await use.rig.queue(PIN_RESET, MAILED_PIN);
    await use.rig.clock.advance(MAIL_LIFETIME + 1);
    const delivery = use.rig.deliverBy(transportTo(sink));
    await delivery.start();
    await delivery.idle();
    expect(await use.rig.mail(id)).toMatchObject({ state: 'expired', attempts: 0, pin: undefined });
    expect(sink.connections).toBe(0);
  });
});
