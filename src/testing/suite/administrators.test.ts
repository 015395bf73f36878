import { describe, expect, it } from 'vitest';
import { acceptablePin, BY_STOCK, type StockedMailbox } from '../mailbox-stock.ts';
import { callMailbox, isRefused, keyFast, signInWith } from './callers.ts';
import { useServiceTogether } from './use-service.ts';

describe.concurrent('an administrator', () => {
  const setting = useServiceTogether();

  const administration = () => setting.service.app.core.pinAdministration;

  const mailedPin = async ({ address }: StockedMailbox): Promise<string> => {
    const pin = (await setting.service.mailsTo(address)).find(({ kind }) => kind === 'pin-reset')?.pin;
    if (pin === undefined) throw new Error('There is no mail with a PIN');
    return pin;
  };

  it('who resets the PIN ends the signed-in calls of the mailbox, and tells them', async () => {
    const mailbox = await setting.service.stock.add();
    const call = await signInWith(setting, mailbox, mailbox.pin);
    await call.heard('main-menu');
    expect(await administration().reset(mailbox.id, {}, BY_STOCK)).toMatchObject({ kind: 'reset', lockedOut: false });
    await call.heardWhole('ended-pin-reset');
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await setting.service.endOf(call.callId)).toMatchObject({ outcome: 'ended', cause: 'pin-reset' });
    const next = await signInWith(setting, mailbox, await mailedPin(mailbox));
    await next.heard('cause-pin-expired');
    await next.hangUp();
    await isRefused(setting, mailbox, mailbox.pin);
  });

  it('who resets the PIN in the middle of a change has it come to nothing', async () => {
    const mailbox = await setting.service.stock.add();
    const newPin = acceptablePin(mailbox, 7);
    const call = await signInWith(setting, mailbox, mailbox.pin);
    await call.press('63');
    await call.heard('enter-new-pin');
    await keyFast(call, `${newPin}#`);
    await call.heard('confirm-new-pin');
    await keyFast(call, newPin);
    await administration().reset(mailbox.id, {}, BY_STOCK);
    await call.press('#');
    await call.heard('ended-pin-reset');
    await call.hasEnded();
    await isRefused(setting, mailbox, newPin);
    const next = await signInWith(setting, mailbox, await mailedPin(mailbox));
    await next.hangUp();
  });

  it('who locks the mailbox ends its signed-in calls, and lets nobody in until it is unlocked', async () => {
    const mailbox = await setting.service.stock.add();
    const call = await signInWith(setting, mailbox, mailbox.pin);
    await call.heard('main-menu');
    await administration().lock(mailbox.id, BY_STOCK);
    await call.heardWhole('ended-mailbox-locked');
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await setting.service.endOf(call.callId)).toMatchObject({ outcome: 'ended', cause: 'mailbox-locked' });
    for (const pin of [mailbox.pin, mailbox.wrongPin]) {
      const locked = await callMailbox(setting, mailbox);
      await keyFast(locked, `${pin}#`);
      await locked.heard('mailbox-locked');
      await locked.hangUp();
    }
    await administration().unlock(mailbox.id, BY_STOCK);
    const next = await signInWith(setting, mailbox, mailbox.pin);
    await next.heard('main-menu');
    await next.hangUp();
  });

  it('who resets the PIN of a locked mailbox opens it, unless he asks for the lock to stay', async () => {
    const { stock } = setting.service;
    const [opened, kept] = await Promise.all([stock.add({ locked: true }), stock.add({ locked: true })]);
    await administration().reset(opened.id, {}, BY_STOCK);
    await administration().reset(kept.id, { lockedOut: true }, BY_STOCK);
    const call = await signInWith(setting, opened, await mailedPin(opened));
    await call.hangUp();
    const locked = await callMailbox(setting, kept);
    await keyFast(locked, `${await mailedPin(kept)}#`);
    await locked.heard('mailbox-locked');
    await locked.hangUp();
  });
});
