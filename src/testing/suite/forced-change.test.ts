import { describe, expect, it } from 'vitest';
import { acceptablePin, BY_STOCK } from '../mailbox-stock.ts';
import { otherDigits } from '../other-digits.ts';
import { isRefused, keyFast, signInWith } from './callers.ts';
import { idsHeard, useServiceTogether } from './use-service.ts';

describe.concurrent('forced changes:', () => {
  const setting = useServiceTogether();

  describe('a PIN that must be changed', () => {
    it('is that of the first sign-in: one that is refused or not confirmed does not count, and the next call has the new one', async () => {
      const { welcome } = setting.service;
      const newPin = acceptablePin(welcome, 7);
      const call = await signInWith(setting, welcome, welcome.pin);
      const told = [
        'cause-pin-expired',
        'cause-first-time',
        'forced-change',
        'enter-new-pin',
        'new-pin-minimum',
        'number-6',
      ];
      for (const id of told) await call.heard(id);
      await keyFast(call, '123456#');
      await call.heard('refused-sequential');
      await keyFast(call, `${newPin}#`);
      await call.heard('confirm-new-pin');
      await keyFast(call, `${otherDigits(newPin)}#`);
      await call.heard('pins-differ');
      await keyFast(call, `${newPin}#`);
      await call.heard('confirm-new-pin');
      await keyFast(call, `${newPin}#`);
      await call.heard('pin-changed');
      await call.heard('main-menu');
      await call.press('**');
      await call.heard('goodbye');
      expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
      const next = await signInWith(setting, welcome, newPin);
      await next.heard('main-menu');
      expect(idsHeard(next)).not.toContain('forced-change');
      await next.hangUp();
      await isRefused(setting, welcome, welcome.pin);
    });

    it('leaves nothing else to reach: no key leads past it', async () => {
      const mailbox = await setting.service.stock.add({ pinExpired: true });
      const call = await signInWith(setting, mailbox, mailbox.pin);
      await call.heard('cause-pin-expired');
      await call.press('*');
      await call.heard('change-required');
      await call.press('6#');
      await call.heard('refused-too-short');
      await call.press('0#');
      await call.heard('refused-too-short');
      expect(idsHeard(call)).not.toContain('main-menu');
      expect(idsHeard(call)).not.toContain('personal-options');
      await call.hangUp();
    });

    it('ends the call after too many that are refused, each by its rule, and must still be changed', async () => {
      const mailbox = await setting.service.stock.add({ pinExpired: true });
      const call = await signInWith(setting, mailbox, mailbox.pin);
      const refused = [
        [`1${mailbox.extension}`, 'refused-contains-extension'],
        ['111111', 'refused-one-digit'],
        [mailbox.pin, 'refused-used-before'],
      ] as const;
      for (const [pin, rule] of refused) {
        await keyFast(call, `${pin}#`);
        await call.heard(rule);
      }
      await call.heard('number-5');
      await call.heardWhole('too-many-pin-refusals', { within: 20_000 });
      expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
      expect(await setting.service.endOf(call.callId)).toMatchObject({ outcome: 'pin-change-failures' });
      const next = await signInWith(setting, mailbox, mailbox.pin);
      await next.heard('cause-pin-expired');
      await next.hangUp();
    });

    it('is one that the policy has come to find too short', async () => {
      const { stock } = setting.service;
      const mailbox = await stock.add({ settings: {} });
      await (await signInWith(setting, mailbox, mailbox.pin)).hangUp();
      await stock.changePolicy(mailbox.policyId, { minPinLength: 9 });
      const call = await signInWith(setting, mailbox, mailbox.pin);
      for (const id of ['cause-too-short', 'forced-change', 'enter-new-pin', 'new-pin-minimum', 'number-9']) {
        await call.heard(id);
      }
      await keyFast(call, `${acceptablePin(mailbox, 8)}#`);
      await call.heard('refused-too-short');
      await call.heard('number-9');
      const newPin = acceptablePin(mailbox, 9);
      await keyFast(call, `${newPin}#${newPin}#`);
      await call.heard('pin-changed');
      await call.hangUp();
      const next = await signInWith(setting, mailbox, newPin);
      await next.heard('main-menu');
      await next.hangUp();
    });

    it('is one that an administrator has typed, unless he says otherwise', async () => {
      const { stock, app } = setting.service;
      const mailbox = await stock.add();
      const [typed, another] = [acceptablePin(mailbox, 6), acceptablePin(mailbox, 7)];
      await app.core.pinAdministration.reset(mailbox.id, { pin: typed }, BY_STOCK);
      const call = await signInWith(setting, mailbox, typed);
      await call.heard('cause-pin-expired');
      await call.hangUp();
      await app.core.pinAdministration.reset(mailbox.id, { pin: another, pinExpired: false }, BY_STOCK);
      const next = await signInWith(setting, mailbox, another);
      await next.heard('main-menu');
      await next.hangUp();
    });
  });

  describe('a caller who hangs up in the middle', () => {
    /** What is keyed before hanging up, once the caller has been told to be signed in. */
    const unconfirmed: readonly (readonly [when: string, keys: (newPin: string) => string])[] = [
      ['before keying anything', () => ''],
      ['in the middle of the new PIN', (newPin) => newPin.slice(0, 4)],
      ['with the new PIN keyed once', (newPin) => `${newPin}#`],
      ['in the middle of the confirmation', (newPin) => `${newPin}#${newPin.slice(0, 4)}`],
      ['with the confirmation keyed but for the pound key', (newPin) => `${newPin}#${newPin}`],
      ['with another PIN as the confirmation', (newPin) => `${newPin}#${otherDigits(newPin)}#`],
    ];

    it.each(unconfirmed)('%s, has the old PIN, and must still change it', async (_, keys) => {
      const mailbox = await setting.service.stock.add({ pinExpired: true });
      const newPin = acceptablePin(mailbox, 7);
      const call = await signInWith(setting, mailbox, mailbox.pin);
      await keyFast(call, keys(newPin));
      await call.hangUp();
      const next = await signInWith(setting, mailbox, mailbox.pin);
      await next.heard('cause-pin-expired');
      await next.hangUp();
      await isRefused(setting, mailbox, newPin);
    });

    const confirmed: readonly (readonly [when: string, heard: readonly string[]])[] = [
      ['right after confirming it', []],
      ['while being told so', ['pin-changed']],
    ];

    it.each(confirmed)('%s, has the new PIN', async (_, heard) => {
      const mailbox = await setting.service.stock.add({ pinExpired: true });
      const newPin = acceptablePin(mailbox, 7);
      const call = await signInWith(setting, mailbox, mailbox.pin);
      await keyFast(call, `${newPin}#`);
      await call.heard('confirm-new-pin');
      await keyFast(call, `${newPin}#`);
      for (const id of heard) await call.heard(id);
      await call.hangUp();
      // The end of the call comes when what was decided is stored.
      await setting.service.endOf(call.callId);
      const next = await signInWith(setting, mailbox, newPin);
      await next.heard('main-menu');
      await next.hangUp();
      await isRefused(setting, mailbox, mailbox.pin);
    });

    it('before the first entry is judged, with the second one keyed, too, has the new PIN', async () => {
      const mailbox = await setting.service.stock.add({ pinExpired: true });
      const newPin = acceptablePin(mailbox, 7);
      // Keys in messages of their own need not be pressed for as long as tones last.
      const call = await setting.call({ eventPayloadType: 'none' });
      await call.heard('welcome');
      await call.press(`${mailbox.extension}${mailbox.pin}#`, { by: 'info' });
      await call.heard('signed-in');
      await call.press(`${newPin}#${newPin}#`, { by: 'info' });
      await call.hangUp();
      await setting.service.endOf(call.callId);
      const next = await signInWith(setting, mailbox, newPin);
      await next.heard('main-menu');
      await next.hangUp();
    });
  });
});
