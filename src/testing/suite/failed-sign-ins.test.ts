import { describe, expect, it, vi } from 'vitest';
import type { DeliveredMail } from '../delivered-mails.ts';
import { BY_STOCK, type StockedMailbox } from '../mailbox-stock.ts';
import { callMailbox, failInCall, failOverCalls, isRefused, keyFast, signInWith } from './callers.ts';
import { idsHeard, useServiceTogether } from './use-service.ts';

describe.concurrent('failed sign-ins', () => {
  const setting = useServiceTogether({ SOURCE_FAILURES_SLOWED: 'unlimited', SOURCE_FAILURES_REFUSED: 'unlimited' });

  const mails = (mailbox: StockedMailbox): Promise<readonly DeliveredMail[]> =>
    setting.service.mailsTo(mailbox.address);

  const pinIn = (mail: DeliveredMail | undefined): string => {
    if (mail?.pin === undefined) throw new Error('There is no mail with a PIN');
    return mail.pin;
  };

  const statusOf = async ({ id }: StockedMailbox) => setting.service.app.core.pinAdministration.status(id);

  it('have the PIN reset at the fifth, over two calls; the new one is mailed, and works once it is changed', async () => {
    const mailbox = await setting.service.stock.add();
    const first = await callMailbox(setting, mailbox);
    await failInCall(first, mailbox.wrongPin, 2);
    await keyFast(first, `${mailbox.wrongPin}#`);
    await first.heard('too-many-sign-in-failures');
    await first.hangUp();
    const second = await callMailbox(setting, mailbox);
    await failInCall(second, mailbox.wrongPin, 1);
    await keyFast(second, `${mailbox.wrongPin}#`);
    await second.heardWhole('pin-was-reset');
    expect(await second.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await setting.service.endOf(second.callId)).toMatchObject({ outcome: 'pin-reset' });

    const [mail, ...more] = await mails(mailbox);
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ kind: 'pin-reset' });
    expect(mail?.text).toMatch(/attempts to sign in .* have failed/);
    await isRefused(setting, mailbox, mailbox.pin);

    const call = await signInWith(setting, mailbox, pinIn(mail));
    await call.heard('failures-since');
    await call.heard('number-6');
    await call.heard('failures-many');
    await call.heard('last-failure');
    await call.heard('time-today');
    await call.heard('cause-pin-expired');
    await call.heard('forced-change');
    await call.hangUp();
  });

  it('lock the mailbox at the fifteenth, with resets at five and at ten, until an administrator opens it', async () => {
    const { service } = setting;
    const mailbox = await service.stock.add();
    const fail = async (times: number, told: string): Promise<void> => {
      const call = await callMailbox(setting, mailbox);
      await failInCall(call, mailbox.wrongPin, times - 1);
      await keyFast(call, `${mailbox.wrongPin}#`);
      await call.heard(told);
      await call.hangUp();
    };
    for (const told of ['pin-was-reset', 'pin-was-reset', 'mailbox-locked']) {
      await fail(3, 'too-many-sign-in-failures');
      await fail(2, told);
    }
    expect((await mails(mailbox)).map(({ kind }) => kind).sort()).toEqual(['lockout', 'pin-reset', 'pin-reset']);
    expect(await statusOf(mailbox)).toMatchObject({ lockedOut: true, failures: 15, lock: { reason: 'failures' } });
    expect(service.logged('Failed sign-ins have locked a mailbox')).toContainEqual(
      expect.objectContaining({ mailbox: mailbox.id, level: 'warn' }),
    );

    const pins = (await mails(mailbox)).flatMap(({ pin }) => pin ?? []);
    for (const pin of [...pins, mailbox.wrongPin]) {
      const call = await callMailbox(setting, mailbox);
      await keyFast(call, `${pin}#`);
      await call.heard('mailbox-locked');
      await call.heard('ask-administrator');
      await call.heardWhole('goodbye');
      expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
      expect(await service.endOf(call.callId)).toMatchObject({ outcome: 'mailbox-locked' });
      expect(idsHeard(call)).not.toContain('or-try-later');
    }
    expect(await statusOf(mailbox)).toMatchObject({ lockedOut: true, failures: 15 });

    await service.app.core.pinAdministration.unlock(mailbox.id, BY_STOCK);
    expect(await statusOf(mailbox)).toMatchObject({ lockedOut: false, failures: 0 });
    const outcomes = await Promise.all(
      pins.map(async (pin) => {
        const call = await callMailbox(setting, mailbox);
        await keyFast(call, `${pin}#`);
        const told = await Promise.any(['signed-in', 'sign-in-failed'].map((id) => call.heard(id)));
        await call.hangUp();
        return told.id;
      }),
    );
    expect(outcomes.sort()).toEqual(['sign-in-failed', 'signed-in']);
  });

  it('of fifty calls that guess at the same instant are checked one by one, fifteen of them, and no more', async () => {
    const mailbox = await setting.service.stock.add();
    const calls = await Promise.all(Array.from({ length: 50 }, () => callMailbox(setting, mailbox)));
    await Promise.all(calls.map((call) => keyFast(call, `${mailbox.wrongPin}#`)));
    const verdicts = ['sign-in-failed', 'pin-was-reset', 'mailbox-locked'];
    const told = await Promise.all(
      calls.map((call) => Promise.any(verdicts.map((id) => call.heard(id, { within: 30_000 })))),
    );
    const heard = verdicts.map((verdict) => told.filter(({ id }) => id === verdict).length);
    expect(heard).toEqual([12, 2, 36]);
    const checked = setting.service
      .logged('A sign-in has failed')
      .filter((line) => line.mailbox === mailbox.id && line.checked !== undefined);
    expect(checked).toHaveLength(15);
    expect((await mails(mailbox)).map(({ kind }) => kind).sort()).toEqual(['lockout', 'pin-reset', 'pin-reset']);
    expect(await statusOf(mailbox)).toMatchObject({ failures: 15, lockedOut: true });
    // Those whose PIN was reset, or whose mailbox is locked, are hung up on.
    await Promise.all(calls.map((call) => call.hangUp()));
  });

  it('are told to the user with the next success, which sets them to 0', async () => {
    const mailbox = await setting.service.stock.add();
    await failOverCalls(setting, mailbox, 1);
    const call = await signInWith(setting, mailbox, mailbox.pin);
    await call.heard('failures-since');
    await call.heard('failure-one');
    await call.heard('last-failure');
    await call.heard('time-today');
    await call.heard('main-menu', { within: 10_000 });
    await call.hangUp();
    const next = await signInWith(setting, mailbox, mailbox.pin);
    await next.heard('main-menu');
    expect(idsHeard(next)).not.toContain('failures-since');
    await next.hangUp();
  });

  it('lose nothing when the caller hangs up before hearing of them', async () => {
    const mailbox = await setting.service.stock.add();
    for (let time = 0; time < 5; time++) {
      const call = await callMailbox(setting, mailbox);
      await keyFast(call, `${mailbox.wrongPin}#`);
      await call.hangUp();
    }
    await vi.waitFor(async () => expect(await mails(mailbox)).toMatchObject([{ kind: 'pin-reset' }]), 20_000);
    expect(await statusOf(mailbox)).toMatchObject({ failures: 5 });
    await isRefused(setting, mailbox, mailbox.pin);
  });
});
