import { describe, expect, it } from 'vitest';
import { acceptablePin } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import { isRefused, keyFast, signInWith } from './callers.ts';
import { idsHeard, useServiceTogether } from './use-service.ts';

describe.concurrent('changing the PIN in personal options', () => {
  const setting = useServiceTogether();

  /** From the main menu to the question for the new PIN. */
  const askForNewPin = async (call: Call): Promise<void> => {
    await call.press('63');
    await call.heard('enter-new-pin');
  };

  it('is announced, asks for the new PIN twice, and leads back', async () => {
    const mailbox = await setting.service.stock.add();
    const newPin = acceptablePin(mailbox, 6);
    const call = await signInWith(setting, mailbox, mailbox.pin);
    await call.heard('menu-personal-options');
    await call.press('6');
    await call.heard('personal-options');
    await call.heard('options-change-pin');
    await call.press('3');
    await call.heard('enter-new-pin');
    await keyFast(call, `${newPin}#`);
    await call.heard('confirm-new-pin');
    await keyFast(call, `${newPin}#`);
    await call.heard('pin-changed');
    await call.heard('personal-options');
    await call.press('*');
    await call.heard('main-menu');
    await call.press('**');
    await call.heard('goodbye');
    await call.hasEnded();
    const next = await signInWith(setting, mailbox, newPin);
    await next.heard('main-menu');
    await next.hangUp();
    await isRefused(setting, mailbox, mailbox.pin);
  });

  it('can be thought better of', async () => {
    const mailbox = await setting.service.stock.add();
    const call = await signInWith(setting, mailbox, mailbox.pin);
    await askForNewPin(call);
    await call.press('*');
    await call.heard('pin-kept');
    await call.press('3');
    await call.heard('enter-new-pin');
    await keyFast(call, `${acceptablePin(mailbox, 6)}#`);
    await call.heard('confirm-new-pin');
    await call.press('*');
    await call.heard('pin-kept');
    await call.hangUp();
    await (await signInWith(setting, mailbox, mailbox.pin)).hangUp();
  });

  it('refuses the PIN there is and those before it, as many as the policy remembers, and no more', async () => {
    const mailbox = await setting.service.stock.add({ settings: { pinHistoryCount: 2 } });
    const [second, third] = [acceptablePin(mailbox, 7), acceptablePin(mailbox, 8)];
    const call = await signInWith(setting, mailbox, mailbox.pin);
    const change = async (newPin: string): Promise<void> => {
      await askForNewPin(call);
      await keyFast(call, `${newPin}#${newPin}#`);
      await call.heard('pin-changed');
      await call.press('*');
    };
    const refuse = async (pin: string): Promise<void> => {
      await askForNewPin(call);
      await keyFast(call, `${pin}#`);
      await call.heard('refused-used-before');
      await call.heard('number-2');
      await call.heard('refused-used-before-end');
      await call.press('**');
    };
    await refuse(mailbox.pin);
    await change(second);
    await refuse(mailbox.pin);
    await refuse(second);
    await change(third);
    await change(mailbox.pin);
    await call.hangUp();
    await (await signInWith(setting, mailbox, mailbox.pin)).hangUp();
  });

  it('ends the other calls of the mailbox, and tells them', async () => {
    const mailbox = await setting.service.stock.add();
    const newPin = acceptablePin(mailbox, 6);
    const other = await signInWith(setting, mailbox, mailbox.pin);
    const call = await signInWith(setting, mailbox, mailbox.pin);
    await askForNewPin(call);
    await keyFast(call, `${newPin}#${newPin}#`);
    await other.heard('ended-pin-changed');
    expect(await other.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await setting.service.endOf(other.callId)).toMatchObject({ outcome: 'ended', cause: 'pin-changed' });
    await call.heard('pin-changed');
    await call.heard('personal-options');
    expect(idsHeard(call)).not.toContain('ended-pin-changed');
    await call.hangUp();
  });
});
