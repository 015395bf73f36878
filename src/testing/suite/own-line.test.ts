import { describe, expect, it } from 'vitest';
import type { StockedMailbox } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import { callMailbox, failInCall, failOverCalls, keyFast } from './callers.ts';
import { idsHeard, useServiceTogether } from './use-service.ts';

describe.concurrent("the owner's own telephone, asserted by a trusted peer", () => {
  const setting = useServiceTogether({ TRUSTED_PEERS: '127.0.0.1' });

  const lockedAtFour = { logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 4 } as const;

  /** Calls from the mailbox's own number; what is pressed next is its PIN. */
  const callFromOwnLine = async ({ extension }: StockedMailbox): Promise<Call> => {
    const call = await setting.call({
      headers: [{ name: 'P-Asserted-Identity', value: `<sip:${extension}@pbx.example>` }],
    });
    await call.heard('welcome');
    return call;
  };

  const lockElsewhere = async (mailbox: StockedMailbox): Promise<void> => {
    await failOverCalls(setting, mailbox, 3);
    const call = await callMailbox(setting, mailbox);
    await keyFast(call, `${mailbox.wrongPin}#`);
    await call.heard('mailbox-locked');
    await call.hangUp();
  };

  it('signs in while the mailbox is locked for all others, and is told', async () => {
    const mailbox = await setting.service.stock.add({ settings: lockedAtFour });
    await lockElsewhere(mailbox);
    const own = await callFromOwnLine(mailbox);
    await keyFast(own, `${mailbox.pin}#`);
    for (const id of ['signed-in', 'failures-since', 'number-4', 'failures-many', 'last-failure']) await own.heard(id);
    await own.heard('locked-elsewhere', { within: 10_000 });
    await own.heard('ask-administrator', { within: 10_000 });
    await own.heard('main-menu');
    await own.hangUp();
    const other = await callMailbox(setting, mailbox);
    await keyFast(other, `${mailbox.pin}#`);
    await other.heard('mailbox-locked');
    await other.hangUp();
    const [mail] = await setting.service.mailsTo(mailbox.address);
    expect(mail).toMatchObject({ kind: 'lockout' });
    expect(mail?.text).toMatch(/your own telephone are not affected/);
  });

  it('signs in with the PIN that was mailed after guesses from elsewhere had it reset', async () => {
    const mailbox = await setting.service.stock.add({ settings: { logonFailuresBeforePinReset: 2 } });
    const call = await callMailbox(setting, mailbox);
    await failInCall(call, mailbox.wrongPin, 1);
    await keyFast(call, `${mailbox.wrongPin}#`);
    await call.heard('pin-was-reset');
    await call.hangUp();
    const [mail] = await setting.service.mailsTo(mailbox.address);
    const own = await callFromOwnLine(mailbox);
    await keyFast(own, `${mail?.pin ?? ''}#`);
    await own.heard('signed-in');
    await own.hangUp();
  });

  it('has a budget of its own, which locks the mailbox for everybody when it is used up', async () => {
    const mailbox = await setting.service.stock.add({ settings: lockedAtFour });
    await failOverCalls(setting, mailbox, 3);
    for (const times of [2, 1]) {
      const own = await callFromOwnLine(mailbox);
      await failInCall(own, mailbox.wrongPin, times);
      await own.hangUp();
    }
    const last = await callFromOwnLine(mailbox);
    await keyFast(last, `${mailbox.wrongPin}#`);
    await last.heard('mailbox-locked');
    await last.hangUp();
    const own = await callFromOwnLine(mailbox);
    await keyFast(own, `${mailbox.pin}#`);
    await own.heard('mailbox-locked');
    expect(idsHeard(own)).not.toContain('signed-in');
    await own.hangUp();
  });

  it('is like any other where the policy gives it nothing of its own', async () => {
    const mailbox = await setting.service.stock.add({ settings: { ...lockedAtFour, ownerLine: false } });
    await failOverCalls(setting, mailbox, 3);
    for (const pin of [mailbox.wrongPin, mailbox.pin]) {
      const own = await callFromOwnLine(mailbox);
      await keyFast(own, `${pin}#`);
      await own.heard('mailbox-locked');
      await own.hangUp();
    }
  });
});
