import { describe, expect, it } from 'vitest';
import { useService } from './use-service.ts';

describe('a call', () => {
  const setting = useService();

  const lastCall = (): Readonly<Record<string, unknown>> | undefined => setting.service.logged('Call ended').at(-1);

  it('to a number that is not ours is refused with 404', async () => {
    const call = await setting.phone.dial(setting.service.uri('5999'));
    expect(await call.hasEnded()).toMatchObject({ kind: 'refused', status: 404 });
  });

  it('ends when the caller hangs up in the middle of a prompt', async () => {
    const call = await setting.call();
    await call.heard('welcome');
    expect(await call.hangUp()).toEqual({ kind: 'hung-up' });
    await setting.service.released();
    expect(lastCall()).toMatchObject({ outcome: 'ended', cause: 'caller-hung-up' });
  });

  it('that is cancelled while it is set up leaves nothing behind, whoever wins the race', async () => {
    for (let round = 0; round < 10; round += 1) {
      const call = await setting.phone.dial(setting.service.uri());
      expect(await call.cancel()).toMatchObject({ kind: 'cancelled' });
      await setting.service.released();
    }
    await (await setting.signIn()).hangUp();
  });

  it('goes on when the first answer is lost on its way', async () => {
    const call = await setting.call({ loseAnswers: 1 });
    await call.heard('enter-extension');
    await call.hangUp();
  });

  it('is silent on hold and goes on afterwards, whichever way the phone asks for it', async () => {
    for (const how of ['sendonly', 'inactive', 'zero-address'] as const) {
      const call = await setting.signIn();
      await call.heard('main-menu');
      await call.hold(how);
      await call.quiet(300);
      await call.resume();
      await call.press('0');
      await call.heard('main-menu');
      await call.hangUp();
    }
  });

  it('follows the phone to another address', async () => {
    const call = await setting.signIn();
    await call.heard('main-menu');
    await call.moveMedia();
    await call.press('0');
    await call.heardWhole('main-menu');
    await call.hangUp();
  });

  it('answers requests in the dialog', async () => {
    const call = await setting.signIn();
    expect(await call.request('OPTIONS')).toMatchObject({ status: 200 });
    await call.hangUp();
  });

  it('is ended by an administrator with a farewell', async () => {
    const call = await setting.signIn();
    const [live] = setting.service.app.telephony.calls.list();
    expect(setting.service.app.telephony.calls.hangUp(live?.id ?? '')).toBe(true);
    await call.heardWhole('ended-by-administrator');
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
  });

  it('is one of many, each with its own keys', async () => {
    const calls = await Promise.all(Array.from({ length: 20 }, () => setting.call()));
    await Promise.all(
      calls.map((call) => call.press(`${setting.service.mailbox.extension}#${setting.service.mailbox.pin}#`)),
    );
    await Promise.all(calls.map((call) => call.heard('signed-in', { within: 12_000 })));
    await Promise.all(calls.map((call) => call.hangUp()));
  });
});

describe('a full service', () => {
  const setting = useService({ MAX_CALLS: '1' });

  it('is busy to the next caller', async () => {
    const call = await setting.call();
    const second = await setting.phone.dial(setting.service.uri());
    expect(await second.hasEnded()).toMatchObject({ kind: 'refused', status: 486 });
    await call.hangUp();
    await setting.service.released();
    await (await setting.call()).hangUp();
  });
});

describe('a service that may not be called from here', () => {
  const setting = useService({ ALLOWED_PEERS: '192.0.2.0/24' });

  it('refuses the call with 403', async () => {
    const call = await setting.phone.dial(setting.service.uri());
    expect(await call.hasEnded()).toMatchObject({ kind: 'refused', status: 403 });
  });
});
