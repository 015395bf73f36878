import { describe, expect, it } from 'vitest';
import type { Call } from '../phone/call.ts';
import { signInWith } from './callers.ts';
import { idsHeard, useServiceTogether } from './use-service.ts';

describe.concurrent('signing in by touch tone', () => {
  const setting = useServiceTogether();

  it('with the right PIN leads to the main menu, and the star key out of it', async () => {
    const call = await setting.call();
    await call.heard('enter-extension');
    await call.press(`${setting.service.mailbox.extension}#`);
    await call.heardWhole('enter-pin');
    await call.press(`${setting.service.mailbox.pin}#`);
    await call.heardWhole('signed-in');
    await call.heardWhole('main-menu');
    await call.heardWhole('menu-repeat');
    await call.heardWhole('menu-leave');
    await call.press('0');
    await call.heardWhole('main-menu');
    await call.press('*');
    await call.heard('leave-confirm');
    await call.press('0');
    await call.heard('main-menu');
    await call.press('**');
    await call.heardWhole('goodbye');
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await setting.service.endOf(call.callId)).toMatchObject({ outcome: 'left' });
  });

  it('with a wrong PIN and then the right one works', async () => {
    const mailbox = await setting.service.stock.add();
    const call = await setting.call();
    await call.press(`${mailbox.extension}#`);
    await call.heard('enter-pin');
    await call.press(`${mailbox.wrongPin}#`);
    await call.heard('sign-in-failed');
    await call.heard('enter-pin-again');
    await call.press(`${mailbox.pin}#`);
    await call.heard('signed-in');
    await call.hangUp();
  });

  it('three times with a wrong PIN ends the call', async () => {
    const mailbox = await setting.service.stock.add();
    const call = await setting.call();
    await call.press(`${mailbox.extension}#`);
    await call.heard('enter-pin');
    for (const pause of ['enter-pin-again', 'enter-pin-again']) {
      await call.press(`${mailbox.wrongPin}#`);
      await call.heard('sign-in-failed');
      await call.heard(pause);
    }
    await call.press(`${mailbox.wrongPin}#`);
    await call.heardWhole('too-many-sign-in-failures', { within: 15_000 });
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await setting.service.endOf(call.callId)).toMatchObject({ outcome: 'sign-in-failures' });
    await (await signInWith(setting, mailbox, mailbox.pin)).hangUp();
  });

  it('sounds the same for an extension that nobody has', async () => {
    const mailbox = await setting.service.stock.add();
    const attempt = async (extension: string): Promise<Call> => {
      const call = await setting.call();
      await call.heard('enter-extension');
      await call.press(`${extension}#`);
      await call.heard('enter-pin');
      await call.press(`${mailbox.wrongPin}#`);
      await call.heard('sign-in-failed');
      await call.heardWhole('enter-pin-again', { within: 15_000 });
      await call.hangUp();
      return call;
    };
    const [known, unknown] = await Promise.all([attempt(mailbox.extension), attempt('59999')]);
    expect(idsHeard(unknown)).toEqual(idsHeard(known));
  });

  it('takes keys that are pressed ahead of every prompt, with and without the pound key behind the extension', async () => {
    for (const extension of [setting.service.mailbox.extension, `${setting.service.mailbox.extension}#`]) {
      const call = await setting.call();
      await call.press(`${extension}${setting.service.mailbox.pin}#`);
      await call.heard('signed-in');
      expect(call.prompts.filter(({ state }) => state === 'complete')).toEqual([]);
      await call.press('**');
      await call.heard('goodbye');
      expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    }
  });

  it('clears an entry with the star key, and goes back to the extension when there is none to clear', async () => {
    const call = await setting.call();
    await call.press('512*');
    await call.heard('entry-cleared');
    await call.press(setting.service.mailbox.extension.replace('1', '2'));
    await call.heard('enter-pin');
    await call.press('*');
    await call.heard('enter-extension');
    await call.press(`${setting.service.mailbox.extension}#${setting.service.mailbox.pin.slice(0, 3)}*`);
    await call.heard('entry-cleared');
    await call.press(`${setting.service.mailbox.pin}#`);
    await call.heard('signed-in');
    await call.hangUp();
  });

  it('tells an entry that cannot be one apart from a failed sign-in', async () => {
    const mailbox = await setting.service.stock.add();
    const call = await setting.call();
    await call.press('51#');
    await call.heard('extension-invalid');
    await call.press(`${mailbox.extension}123#`);
    await call.heard('pin-too-short');
    await call.press('1'.repeat(25));
    await call.press('#');
    await call.heard('pin-too-long');
    expect(idsHeard(call)).not.toContain('sign-in-failed');
    await call.press(`${mailbox.pin}#`);
    await call.heard('signed-in');
    await call.hangUp();
  });
});
