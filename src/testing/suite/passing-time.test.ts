import { expect, it } from 'vitest';
import { spokenTime } from '../../conversation/spoken-time.ts';
import { acceptablePin } from '../mailbox-stock.ts';
import { callMailbox, failInCall, failOverCalls, keyFast, signInWith } from './callers.ts';
import { describeApart, idsHeard, useServiceTogether } from './use-service.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

// Each has a service of its own, whose clock it puts forward.

describeApart('a day later', () => {
  const setting = useServiceTogether();

  it('failures are told with their count, and when the last one was in the zone and on the clock of the mailbox', async () => {
    const { service } = setting;
    // Half an hour beside all others, so that minutes tell the zone, too; and no hour is ever skipped there.
    const times = { timeZone: 'Asia/Kolkata', clock: '24-hour' } as const;
    const mailbox = await service.stock.add({ times });
    await failOverCalls(setting, mailbox, 3);
    const lastAt = (await service.app.core.pinAdministration.status(mailbox.id))?.lastFailureAt ?? 0;
    service.clock.shift(DAY);
    const call = await signInWith(setting, mailbox, mailbox.pin);
    const said = spokenTime(lastAt, service.clock.now(), times);
    expect([said.at(0), said.at(-1)]).toEqual(['time-yesterday', 'time-hours']);
    for (const id of ['failures-since', 'number-3', 'failures-many', 'last-failure', ...said]) await call.heard(id);
    await call.heard('main-menu');
    await call.hangUp();
  });
});

describeApart('a minute later', () => {
  const setting = useServiceTogether();

  it('a timed lock opens by itself, and the count begins anew', async () => {
    const { service } = setting;
    const settings = { logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 2, lockoutDuration: 1 } as const;
    const mailbox = await service.stock.add({ settings });
    const call = await callMailbox(setting, mailbox);
    await failInCall(call, mailbox.wrongPin, 1);
    await keyFast(call, `${mailbox.wrongPin}#`);
    for (const id of ['mailbox-locked', 'ask-administrator', 'or-try-later', 'goodbye']) await call.heard(id);
    await call.hasEnded();
    service.clock.shift(MINUTE / 2);
    const early = await callMailbox(setting, mailbox);
    await keyFast(early, `${mailbox.pin}#`);
    await early.heard('mailbox-locked');
    await early.hangUp();
    service.clock.shift(MINUTE);
    const late = await callMailbox(setting, mailbox);
    await failInCall(late, mailbox.wrongPin, 1);
    await keyFast(late, `${mailbox.pin}#`);
    await late.heard('signed-in');
    await late.hangUp();
    expect(await service.app.core.pinAdministration.status(mailbox.id)).toMatchObject({
      lockedOut: false,
      failures: 0,
    });
  });
});

describeApart('ten days later', () => {
  const setting = useServiceTogether();

  it('a PIN whose lifetime is over must be changed, and not five minutes before', async () => {
    const { service } = setting;
    const mailbox = await service.stock.add({ settings: { pinLifetime: 10 } });
    service.clock.shift(10 * DAY - 5 * MINUTE);
    const early = await signInWith(setting, mailbox, mailbox.pin);
    await early.heard('main-menu');
    await early.hangUp();
    service.clock.shift(5 * MINUTE);
    const call = await signInWith(setting, mailbox, mailbox.pin);
    await call.heard('cause-lifetime');
    await call.heard('forced-change');
    const newPin = acceptablePin(mailbox, 6);
    await keyFast(call, `${newPin}#${newPin}#`);
    await call.heard('pin-changed');
    await call.hangUp();
    const next = await signInWith(setting, mailbox, newPin);
    await next.heard('main-menu');
    await next.hangUp();
  });
});

describeApart('two months later', () => {
  const setting = useServiceTogether();

  it('several causes of a change can hold, and all are told, once and in their order', async () => {
    const { service } = setting;
    const mailbox = await service.stock.add({ settings: {}, pinExpired: true });
    service.clock.shift(61 * DAY);
    await service.stock.changePolicy(mailbox.policyId, { minPinLength: 7 });
    const call = await signInWith(setting, mailbox, mailbox.pin);
    const causes = ['cause-pin-expired', 'cause-first-time', 'cause-lifetime', 'cause-too-short'];
    for (const id of [...causes, 'forced-change', 'enter-new-pin']) await call.heard(id);
    expect(idsHeard(call).filter((id) => causes.includes(id))).toEqual(causes);
    const newPin = acceptablePin(mailbox, 7);
    await keyFast(call, `${newPin}#${newPin}#`);
    await call.heard('pin-changed');
    await call.heard('main-menu');
    await call.hangUp();
  });
});
