import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readKeyFile } from '../security/key-file.ts';
import { createPinSealer } from '../security/pin-sealer.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { createTestDelivery, transportTo } from '../testing/mail/mail-rig.ts';
import { type SmtpSink, type SmtpSinkOptions, startSmtpSink } from '../testing/mail/smtp-sink.ts';
import { createSignInRig, hasherWith, type SignInRig, wrongPin } from '../testing/sign-in-rig.ts';
import { BY_TEST } from '../testing/test-service.ts';
import type { MailboxChanges } from './mailbox-administration.ts';
import { createMailboxAdministration } from './mailbox-administration-service.ts';
import { createPinAdministration } from './pin-administration-service.ts';
import { createSignIn } from './sign-in-service.ts';

const FORMER = 'tonysmith@contoso.com';
const PRESENT = 'tony.smith@contoso.com';
const ELSEWHERE = 'front.desk@contoso.com';

describe.each(DATABASE_KINDS)('a mail to a mailbox whose address is changed, on $name', (kind) => {
  let opened: AsyncDisposableStack;
  let rig: SignInRig;

  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    rig = await createSignInRig({ kind });
    opened.defer(() => rig.dispose());
  });

  afterEach(() => opened.disposeAsync());

  const reset = (notifyEmail?: string) =>
    rig.service.pinAdministration.reset(rig.mailbox.id, notifyEmail === undefined ? {} : { notifyEmail }, BY_TEST);
  const change = (changes: MailboxChanges = { address: PRESENT }) =>
    rig.service.mailboxAdministration.change(rig.mailbox.id, changes, BY_TEST);
  const mails = async (): Promise<readonly string[]> =>
    (await rig.letters()).map(({ letter, state }) => `${letter.kind} ${state} ${letter.address}`);
  const detailsOfChange = async () =>
    (await rig.audited()).find(({ action }) => action === 'mailbox-changed')?.details ?? {};

  async function sinkOf(options: SmtpSinkOptions = {}): Promise<SmtpSink> {
    const sink = await startSmtpSink(options);
    opened.defer(() => sink.close());
    return sink;
  }

  async function deliveryTo(sink: SmtpSink) {
    const { database, clock, log, keyFile: file } = rig.service;
    const { keys } = await readKeyFile({ file, pinKeys: database.pinKeys, log });
    const delivery = createTestDelivery({ database, clock, log, keys, transport: transportTo(sink) });
    opened.defer(() => delivery.close());
    await delivery.start();
    return delivery;
  }

  it.each(['waiting', 'refused'] as const)('takes the PIN to the new one when it is %s', async (state) => {
    await reset();
    const pin = await rig.mailedPin();
    const [old] = await rig.letters();
    if (old === undefined) return expect.fail('There is a letter');
    if (state === 'refused') await rig.service.database.outbox.refuse(old.id, rig.service.clock.now(), 'Unknown');
    const announced = rig.service.mailsAnnounced();
    const changed = await change({ address: PRESENT, displayName: 'Tony J. Smith' });
    expect(await mails()).toEqual([`pin-reset waiting ${PRESENT}`, `pin-reset superseded ${FORMER}`]);
    const [mail] = await rig.letters();
    const letter = { ...old.letter, address: PRESENT, displayName: 'Tony J. Smith' };
    expect(mail).toMatchObject({ letter, pin, attempts: 0 });
    expect((await rig.letters())[1]?.pin).toBeUndefined();
    expect(changed).toMatchObject({ kind: 'changed', details: { mail: { id: mail?.id, state: 'waiting' } } });
    expect(await detailsOfChange()).toMatchObject({ 'address.to': PRESENT, pinMail: mail?.id });
    expect(rig.service.mailsAnnounced()).toBeGreaterThan(announced);
  });

  it('leaves the PIN of one that went elsewhere on purpose, and the notice of it, where they go', async () => {
    await reset(ELSEWHERE);
    await change();
    expect(await mails()).toEqual([`pin-reset-notice waiting ${FORMER}`, `pin-reset waiting ${ELSEWHERE}`]);
    expect(await detailsOfChange()).not.toHaveProperty('pinMail');
  });

  it('leaves a lockout where it was when it happened, and mails that have arrived as they are', async () => {
    await reset();
    const [mail] = await rig.letters();
    if (mail === undefined) return expect.fail('There is a letter');
    await rig.service.database.outbox.delivered(mail.id, rig.service.clock.now());
    await rig.changePolicy({ logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 1 });
    await rig.wrong(1);
    await change();
    expect(await mails()).toEqual([`lockout waiting ${FORMER}`, `pin-reset delivered ${FORMER}`]);
  });

  it('tells nobody a PIN that cannot be unsealed', async () => {
    await reset();
    const { service } = rig;
    const pinSealer = createPinSealer([{ id: 'another', key: Buffer.alloc(32, 8) }]);
    const administration = createMailboxAdministration({ ...service, pinSealer });
    await administration.change(rig.mailbox.id, { address: PRESENT }, BY_TEST);
    expect(await mails()).toEqual([`pin-reset superseded ${FORMER}`]);
    expect(await detailsOfChange()).toMatchObject({ pinMail: 'withdrawn' });
  });

  it('is by the old address all the same when nothing is stored of the change', async () => {
    await reset();
    const { id } = rig.mailbox;
    expect(await rig.service.rehearsal.mailboxAdministration.change(id, { address: PRESENT }, BY_TEST)).toMatchObject({
      kind: 'changed',
    });
    expect(await mails()).toEqual([`pin-reset waiting ${FORMER}`]);
  });

  /** A hasher during which the address is changed. */
  const hasherDuringChange = () =>
    hasherWith(rig.service.hasher, {
      hash: async (...given) => {
        const hash = await rig.service.hasher.hash(...given);
        await change();
        return hash;
      },
    });

  it('has the present one when that comes to be while the PIN is being made on request', async () => {
    const administration = createPinAdministration({ ...rig.service, hasher: hasherDuringChange() });
    const result = await administration.reset(rig.mailbox.id, {}, BY_TEST);
    expect(result).toMatchObject({ kind: 'reset', mails: [{ to: PRESENT }] });
    expect(await mails()).toEqual([`pin-reset waiting ${PRESENT}`]);
  });

  it('has the present one when that comes to be while failed sign-ins replace the PIN', async () => {
    await rig.changePolicy({ logonFailuresBeforePinReset: 1 });
    const signIn = await createSignIn({ ...rig.service, hasher: hasherDuringChange() });
    expect((await rig.attempt(wrongPin(), { signIn })).kind).toBe('pin-reset');
    expect(await mails()).toEqual([`pin-reset waiting ${PRESENT}`]);
  });

  it.each([
    ['arrives', undefined, [FORMER, PRESENT]],
    ['is turned down', { code: 550, text: '5.1.1 Unknown' }, [PRESENT]],
    ['is put off', { code: 451, text: '4.7.1 Later' }, [PRESENT]],
  ])('goes to the new one, too, when one that is being delivered %s', async (_what, verdict, recipients) => {
    const arrived = Promise.withResolvers<void>();
    const decided = Promise.withResolvers<void>();
    let asked = 0;
    const sink = await sinkOf({
      onMail: async () => {
        if (asked++ > 0) return undefined;
        arrived.resolve();
        await decided.promise;
        return verdict;
      },
    });
    await reset();
    const delivery = await deliveryTo(sink);
    await arrived.promise;
    await change();
    decided.resolve();
    delivery.wake();
    await delivery.idle();
    expect(sink.mails.flatMap(({ to }) => to).sort()).toEqual(recipients.toSorted());
    expect(await mails()).toEqual([`pin-reset delivered ${PRESENT}`, `pin-reset superseded ${FORMER}`]);
    // Whoever looks at the mailbox sees that the PIN has been told at the old address.
    const [present, former] = await rig.letters();
    const told = (await rig.audited()).filter(({ action }) => action === 'mail').map(({ details }) => details?.mail);
    expect(told.toSorted()).toEqual((verdict === undefined ? [present?.id, former?.id] : [present?.id]).toSorted());
  });
});
