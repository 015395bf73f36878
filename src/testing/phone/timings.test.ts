import { describe, expect, it } from 'vitest';
import type { HeardPrompt } from './recogniser.ts';
import { type CallRecord, timingsOf } from './timings.ts';

function prompt(startedAt: number, endedAt: number, state: HeardPrompt['state']): HeardPrompt {
  return { id: 'p', caption: 'p', alsoPossible: [], startedAt, endedAt, fromMs: 0, heardMs: 1, lengthMs: 2, state };
}

/** A packet each 20 ms from one time up to another, audible or not. */
function stream(from: number, to: number, audible = true): CallRecord['packets'] {
  return Array.from({ length: (to - from) / 20 }, (_, i) => {
    const at = from + 20 * i;
    return { at, audible, timestamp: at * 8, length: 160 };
  });
}

const EMPTY: CallRecord = {
  invitedAt: 100,
  provisionalAt: 102,
  answeredAt: 130,
  endedAt: undefined,
  packets: [],
  keys: [],
  prompts: [],
};

describe('timings of a call', () => {
  it('are undefined for what has not happened', () => {
    expect(timingsOf({ ...EMPTY, answeredAt: undefined, provisionalAt: undefined })).toMatchObject({
      inviteToProvisionalMs: undefined,
      inviteToAnswerMs: undefined,
      inviteToFirstPacketMs: undefined,
      keyToSilenceMs: [],
      poundToPromptMs: [],
      packetSpacing: undefined,
    });
  });

  it('count from the INVITE', () => {
    expect(timingsOf({ ...EMPTY, packets: stream(150, 250) })).toMatchObject({
      inviteToProvisionalMs: 2,
      inviteToAnswerMs: 30,
      inviteToFirstPacketMs: 50,
      packetSpacing: { count: 4, medianMs: 20, p95Ms: 20, maxMs: 20 },
    });
  });

  it('count from the key to the last packet when the packets stop', () => {
    const packets = [...stream(200, 500), ...stream(900, 1_000)];
    const prompts = [prompt(200, 480, 'cut'), prompt(900, 980, 'playing')];
    const { keyToSilenceMs } = timingsOf({ ...EMPTY, packets, prompts, keys: [{ key: '1', at: 455 }] });
    expect(keyToSilenceMs).toEqual([25]);
  });

  it('count from the key to the last sound when silence is sent on', () => {
    const packets = [...stream(200, 500), ...stream(500, 900, false)];
    const keys = [{ key: '1', at: 455 }];
    expect(timingsOf({ ...EMPTY, packets, prompts: [prompt(200, 480, 'cut')], keys }).keyToSilenceMs).toEqual([25]);
  });

  it('count from the key to the last packet before a prompt that follows at once', () => {
    const packets = stream(200, 900);
    const prompts = [prompt(200, 480, 'cut'), prompt(500, 880, 'playing')];
    expect(timingsOf({ ...EMPTY, packets, prompts, keys: [{ key: '#', at: 455 }] })).toMatchObject({
      keyToSilenceMs: [25],
      poundToPromptMs: [45],
    });
  });

  it('leave out prompts that no key cut, and pounds that another key followed first', () => {
    const prompts = [prompt(200, 480, 'complete'), prompt(500, 700, 'cut'), prompt(1_500, 1_700, 'complete')];
    const keys = [
      { key: '#', at: 1_000 },
      { key: '1', at: 1_100 },
    ];
    expect(timingsOf({ ...EMPTY, packets: stream(200, 700), prompts, keys })).toMatchObject({
      keyToSilenceMs: [],
      poundToPromptMs: [],
    });
  });
});
