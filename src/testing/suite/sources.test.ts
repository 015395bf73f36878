import { describe, expect, it } from 'vitest';
import type { StockedMailbox } from '../mailbox-stock.ts';
import { Phone } from '../phone/phone.ts';
import { callMailbox, failInCall, keyFast } from './callers.ts';
import { idsHeard, useService } from './use-service.ts';

/** How long the first slowing makes an attempt wait, in milliseconds. */
const FIRST_DELAY = 1_000;

describe('a source of failed sign-ins', () => {
  const setting = useService({ SOURCE_FAILURES_SLOWED: '4', SOURCE_FAILURES_REFUSED: '6' });

  it('is slowed down and then refused, whichever mailboxes it tries; others are not', async () => {
    const { service } = setting;
    const mailboxes = await Promise.all(Array.from({ length: 3 }, () => service.stock.add()));
    const waits: number[] = [];
    for (const mailbox of mailboxes) {
      const call = await callMailbox(setting, mailbox);
      await failInCall(call, mailbox.wrongPin, 2);
      waits.push(...call.timings.poundToPromptMs);
      await call.hangUp();
    }
    expect(waits.slice(0, 4).every((wait) => wait < FIRST_DELAY)).toBe(true);
    expect(waits.slice(4).every((wait) => wait >= FIRST_DELAY)).toBe(true);
    expect(service.logged('Sign-ins keep failing from one source; it is slowed down')).toMatchObject([
      { level: 'warn', source: 'address 127.0.0.1' },
    ]);
    expect(service.logged('Too many sign-ins have failed from one source; it is refused')).toHaveLength(1);

    // Neither a right PIN nor an unknown extension is looked at any more.
    const refuse = async ({ extension, pin }: Pick<StockedMailbox, 'extension' | 'pin'>): Promise<void> => {
      const call = await callMailbox(setting, { extension });
      await keyFast(call, `${pin}#`);
      await call.heardWhole('source-refused');
      expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
      expect(await service.endOf(call.callId)).toMatchObject({ outcome: 'source-refused' });
      expect(idsHeard(call)).not.toContain('signed-in');
    };
    await Promise.all([service.mailbox, { extension: '59999', pin: '730518' }].map(refuse));
    await signInFromElsewhere(service.mailbox);
  });

  /** Another address of this machine is another source. */
  async function signInFromElsewhere({ extension, pin }: StockedMailbox): Promise<void> {
    await using elsewhere = await Phone.create({ host: '127.0.0.2' });
    const call = await elsewhere.call(setting.service.uri());
    await call.heard('welcome');
    await keyFast(call, `${extension}${pin}#`);
    await call.heard('signed-in');
    await call.hangUp();
  }
});
