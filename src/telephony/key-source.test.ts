import { beforeEach, describe, expect, it } from 'vitest';
import type { Key } from '../domain/key.ts';
import { KeySource } from './key-source.ts';

let keys: Key[];
let source: KeySource;

beforeEach(() => {
  keys = [];
  source = new KeySource((key) => keys.push(key));
});

describe('the keys of a call that agreed on telephone events', () => {
  beforeEach(() => source.negotiated(true));

  it('come as telephone events, in order', () => {
    for (const digit of ['1', '*', '#', 'a']) source.fromMedia(digit, 'RTP');
    expect(keys).toEqual(['1', '*', '#', 'A']);
  });

  it('do not come a second time by INFO or as tones, whichever is first', () => {
    source.fromInfo('5');
    source.fromMedia('5', 'RTP');
    source.fromMedia('5', 'INBAND_AUDIO');
    expect(keys).toEqual(['5']);
  });
});

describe('the keys of a call without telephone events', () => {
  beforeEach(() => source.negotiated(false));

  it('come by INFO when it delivers first, and then by nothing else', () => {
    source.fromInfo('5');
    source.fromMedia('5', 'INBAND_AUDIO');
    source.fromInfo('6');
    source.fromMedia('6', 'INBAND_AUDIO');
    expect(keys).toEqual(['5', '6']);
  });

  it('come as tones when they are found first, and then by nothing else', () => {
    source.fromMedia('5', 'INBAND_AUDIO');
    source.fromInfo('5');
    source.fromMedia('6', 'INBAND_AUDIO');
    source.fromInfo('6');
    expect(keys).toEqual(['5', '6']);
  });

  it('stay with their way over a renegotiation that changes nothing', () => {
    source.fromInfo('5');
    source.negotiated(false);
    source.fromMedia('5', 'INBAND_AUDIO');
    expect(keys).toEqual(['5']);
  });

  it('change their way when telephone events are agreed on later, and are found out anew when they are given up', () => {
    source.fromInfo('1');
    source.negotiated(true);
    source.fromInfo('2');
    source.fromMedia('2', 'RTP');
    source.negotiated(false);
    source.fromMedia('3', 'INBAND_AUDIO');
    source.fromInfo('3');
    expect(keys).toEqual(['1', '2', '3']);
  });
});

it('ignores what is no key', () => {
  source.negotiated(false);
  for (const digit of ['', 'F', '12', undefined, ' ']) source.fromMedia(digit, 'INBAND_AUDIO');
  source.fromInfo('7');
  expect(keys).toEqual(['7']);
});
