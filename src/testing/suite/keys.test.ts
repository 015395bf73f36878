import { describe, expect, it } from 'vitest';
import type { CallOptions } from '../phone/call-options.ts';
import { inTurn, lose, loseWhere, repeat, swapWhere } from '../phone/disturbances.ts';
import { useService, useServiceTogether } from './use-service.ts';

/** FreeSWITCH tells of a key in the audio when its tones end, the embedded media server when they begin; milliseconds. */
const TONE_HEARD_AFTER = (process.env.FREESWITCH_URLS ?? '') === '' ? 0 : 400;

/** FreeSWITCH throws away what it has not read yet of the audio whenever it begins to play, and the keys in it. */
const HEARS_BETWEEN_PROMPTS = TONE_HEARD_AFTER === 0;
/** It needs so long to be silent after a key, and may hear none meanwhile. */
const UNHURRIED = { toneMs: 150, gapMs: 150 } as const;

const everyThird = (_: unknown, index: number): boolean => index % 3 === 0;

describe.concurrent('keys reach the service', () => {
  const setting = useServiceTogether();

  const phones: readonly (readonly [name: string, options: CallOptions])[] = [
    ['from a phone with PCMU', { codecs: ['PCMU'] }],
    ['from a phone with PCMA', { codecs: ['PCMA'] }],
    ['with telephone-event as payload 96', { eventPayloadType: 96 }],
    ['with telephone-event as payload 127', { eventPayloadType: 127 }],
    ['in packets of 10 ms', { ptime: 10 }],
    ['in packets of 60 ms', { ptime: 60 }],
    ['from a phone that sends nothing but keys', { comfort: false }],
    ['as short as 40 ms with gaps of 40 ms', { keys: { toneMs: 40, gapMs: 40 } }],
    ['held for long', { keys: { toneMs: 400, gapMs: 80 } }],
    ['over a network with 100 ms of jitter', { jitterMs: 100, keys: { toneMs: 120, gapMs: 120 } }],
    ['with a twentieth lost', { disturb: lose(0.05, 11) }],
    ['with every packet doubled', { disturb: repeat(2) }],
    ['with every third packet late', { disturb: swapWhere(everyThird) }],
    ['with every third packet lost', { disturb: loseWhere(everyThird), keys: { toneMs: 120, gapMs: 80 } }],
    [
      'with a tenth lost and the rest doubled',
      { disturb: inTurn(repeat(2), lose(0.1)), keys: { toneMs: 120, gapMs: 80 } },
    ],
  ];

  it.each(phones)('%s', async (_, options) => {
    const call = await setting.signIn(options);
    await call.press('**');
    await call.heard('goodbye');
    await call.hasEnded();
  });

  it('in each of many prompts that cut one another short', async () => {
    const call = await setting.signIn();
    await call.heard('main-menu');
    for (let round = 0; round < 10; round += 1) {
      await call.press('*');
      await call.heard('leave-confirm');
      await call.press('0');
      await call.heard('main-menu');
    }
    await call.hangUp();
  });

  it('by INFO from a phone without telephone-event', async () => {
    const call = await setting.call({ eventPayloadType: 'none' });
    await call.heard('enter-extension');
    await call.press(`${setting.service.mailbox.extension}#${setting.service.mailbox.pin}#`, { by: 'info' });
    await call.heard('signed-in');
    await call.hangUp();
  });

  it('as tones in the audio from a phone without telephone-event', async () => {
    const call = await setting.call({ eventPayloadType: 'none', codecs: ['PCMA'] });
    await call.heard('enter-extension');
    const { extension, pin } = setting.service.mailbox;
    const entries = [
      [`${extension}#`, 'enter-pin'],
      [`${pin}#`, 'main-menu'],
      ['*', 'leave-confirm'],
      ['*', 'goodbye'],
    ] as const;
    for (const [keys, answer] of entries) {
      await call.press(keys, { by: 'in-band', ...(HEARS_BETWEEN_PROMPTS ? {} : UNHURRIED) });
      if (!HEARS_BETWEEN_PROMPTS || answer === 'goodbye') await call.heard(answer, { within: 15_000 });
    }
    await call.hasEnded();
  });

  it('once, when a phone sends them by INFO and as tones in the audio', async () => {
    const call = await setting.call({ eventPayloadType: 'none' });
    await call.heard('enter-extension');
    for (const key of `${setting.service.mailbox.extension}#${setting.service.mailbox.pin}#`) {
      await call.press(key, { by: 'info' });
      await call.press(key, { by: 'in-band' });
    }
    await call.heard('signed-in');
    await call.hangUp();
  });

  it('once, when a phone sends them as telephone-event and as tones in the audio', async () => {
    const call = await setting.call();
    await call.heard('enter-extension');
    const { extension, pin } = setting.service.mailbox;
    await call.press(`${extension}#${pin}#`, { by: 'telephone-event-and-in-band' });
    await call.heard('signed-in');
    await call.hangUp();
  });

  it('once, when a phone sends them as telephone-event and by INFO', async () => {
    const call = await setting.call();
    await call.heard('enter-extension');
    for (const key of `${setting.service.mailbox.extension}#${setting.service.mailbox.pin}#`) {
      await call.press(key);
      await call.press(key, { by: 'info' });
    }
    await call.heard('signed-in');
    await call.hangUp();
  });
});

describe('a key', () => {
  const setting = useService();

  it('silences the prompt at once', async () => {
    const call = await setting.call();
    await call.heard('welcome');
    await call.press('5');
    await call.quiet(500);
    expect(call.timings.keyToSilenceMs).toHaveLength(1);
    expect(call.timings.keyToSilenceMs[0]).toBeLessThan(200);
    await call.hangUp();
  });

  it('silences the prompt while its tones still sound', async () => {
    const call = await setting.call({ eventPayloadType: 'none' });
    await call.heard('welcome');
    await call.press('5', { by: 'in-band', toneMs: 400 });
    await call.quiet(500);
    expect(call.timings.keyToSilenceMs).toHaveLength(1);
    expect(call.timings.keyToSilenceMs[0]).toBeLessThan(300 + TONE_HEARD_AFTER);
    await call.hangUp();
  });
});
