import { describe, expect, it } from 'vitest';
import { readExposition, type Sample, sampleValue } from '../exposition.ts';
import { callMailbox, failInCall, signInWith } from './callers.ts';
import { type SuiteSetting, useService } from './use-service.ts';

const read = async ({ service }: SuiteSetting): Promise<readonly Sample[]> =>
  readExposition((await service.app.operations.metrics.read()).text);

/** FreeSWITCH (mod_dptools) begins each list of files with silence and counts it as the playback; seconds. */
const SILENCE_BEFORE_LISTS = (process.env.FREESWITCH_URLS ?? '') === '' ? 0 : 0.25;

describe('the metrics of a service that takes calls', () => {
  const setting = useService();

  it('tell of calls and sign-ins, and how long callers waited for answers', async () => {
    const { service } = setting;
    const mailbox = await service.stock.add();
    const call = await callMailbox(setting, mailbox);
    await failInCall(call, mailbox.wrongPin, 1);
    const during = await read(setting);
    expect(sampleValue(during, 'touchtone_live_calls')).toBe(1);
    expect(sampleValue(during, 'touchtone_media_endpoints')).toBe(1);
    await call.hangUp();
    const again = await signInWith(setting, mailbox, mailbox.pin);
    await again.hangUp();
    await service.released();

    const samples = await read(setting);
    expect(sampleValue(samples, 'touchtone_calls_total', { result: 'answered', outcome: 'ended' })).toBe(2);
    expect(sampleValue(samples, 'touchtone_answered_call_ends_total', { cause: 'caller-hung-up' })).toBe(2);
    expect(sampleValue(samples, 'touchtone_sign_ins_total', { outcome: 'failed' })).toBe(1);
    expect(sampleValue(samples, 'touchtone_sign_ins_total', { outcome: 'signed-in' })).toBe(1);
    expect(sampleValue(samples, 'touchtone_live_calls')).toBe(0);
    expect(sampleValue(samples, 'touchtone_signalling_up')).toBe(1);
    expect(sampleValue(samples, 'touchtone_media_server_up', { server: '1' })).toBe(1);
    expect(sampleValue(samples, 'touchtone_hash_seconds_count', { purpose: 'check' })).toBeGreaterThanOrEqual(2);

    // The extension, typed through to the PIN prompt, and both PINs: what the phone measures of the same, from the
    // outside, is the network and half a frame more.
    const answers = (kind: string) => ({
      count: sampleValue(samples, 'touchtone_digit_to_prompt_seconds_count', { answered_by: kind }) ?? 0,
      sum: sampleValue(samples, 'touchtone_digit_to_prompt_seconds_sum', { answered_by: kind }) ?? 0,
    });
    expect(answers('service').count).toBe(2);
    expect(answers('service').sum / 2).toBeGreaterThan(0.02);
    expect(answers('dialogue').count).toBeLessThanOrEqual(2);
    const outside = [...call.timings.poundToPromptMs, ...again.timings.poundToPromptMs];
    expect(outside).toHaveLength(2);
    const outsideSum = outside.reduce((sum, one) => sum + one, 0) / 1_000;
    expect(answers('service').sum).toBeLessThan(outsideSum + 0.1);
    expect(Math.abs(answers('service').sum - outsideSum)).toBeLessThan(0.5 + 2 * SILENCE_BEFORE_LISTS);
  });

  it('name nobody', async () => {
    const { service } = setting;
    const { text } = await service.app.operations.metrics.read();
    const { extension, address, pin } = service.mailbox;
    for (const secret of [extension, address, pin, '127.0.0.1', service.accessNumber, 'contoso']) {
      expect(text.replaceAll(/^touchtone_build_info.*$/gm, '').includes(`"${secret}`)).toBe(false);
    }
  });
});

describe('readiness of a service', () => {
  const setting = useService();

  it('is there until the service is told to stop', async () => {
    const { operations } = setting.service.app;
    const up = { service: 'up', database: 'up', signalling: 'up', media: 'up', mail: 'up' };
    expect(await operations.readiness()).toEqual({ ready: true, parts: up });
    await setting.service.app.drain();
    await expect
      .poll(() => operations.readiness(), { timeout: 5_000 })
      .toEqual({
        ready: false,
        parts: { ...up, service: 'draining' },
      });
    expect(sampleValue(await read(setting), 'touchtone_draining')).toBe(1);
  });
});
