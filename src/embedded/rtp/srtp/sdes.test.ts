import { describe, expect, it } from 'vitest';
import { answerOffer, makeOffer, readAnswer } from '../sdp.ts';
import { makeOwnKeys, readCrypto } from './sdes.ts';
import { suites } from './suites.ts';

const key = (bytes: number) => Buffer.alloc(bytes, 1).toString('base64');
const usual = `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(30)}`;

function offer(protocol: string, lines: readonly string[]): string {
  const head = ['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', 'c=IN IP4 192.0.2.9', 't=0 0'];
  return `${[...head, `m=audio 4000 ${protocol} 0`, ...lines].join('\r\n')}\r\n`;
}

const local = () => ({ address: '192.0.2.1', port: 20_000, sessionId: 7, version: 3, keys: makeOwnKeys() });

const answered = (protocol: string, lines: readonly string[], own = local()) => {
  const result = answerOffer(offer(protocol, lines), own);
  if (result.kind === 'refused') return result.reason;
  const { security } = result.media;
  const [attribute] = /^a=crypto:.*(?=\r)/m.exec(result.answer) ?? [];
  return {
    protocol: /^m=audio \d+ (\S+)/m.exec(result.answer)?.[1],
    attribute,
    suite: security?.theirs.suite.name,
    security,
  };
};

describe('an offer of SRTP', () => {
  it.each(suites)('is answered with the suite that it names: $name', ({ name, keyBytes, saltBytes, alias }) => {
    for (const spelling of alias === undefined ? [name] : [name, alias]) {
      const line = `a=crypto:5 ${spelling} inline:${key(keyBytes + saltBytes)}`;
      const answer = answered('RTP/SAVP', [line]);
      expect(answer).toMatchObject({ protocol: 'RTP/SAVP', suite: name });
      const written = typeof answer === 'object' ? answer.attribute : '';
      const match = /^a=crypto:5 (\S+) inline:(\S+)$/.exec(written ?? '');
      expect(match?.[1]).toBe(spelling);
      const inline = Buffer.from(match?.[2] ?? '', 'base64');
      expect(inline.length).toBe(keyBytes + saltBytes);
      // Ours is another key, and it is the one that is used.
      expect(inline.equals(Buffer.alloc(inline.length, 1))).toBe(false);
      const ours = typeof answer === 'object' ? answer.security?.ours.master : undefined;
      expect(Buffer.concat([ours?.key ?? inline, ours?.salt ?? inline])).toEqual(inline);
    }
  });

  it('is answered by the first line of it that can be used', () => {
    const lines = [
      'a=crypto:1 F8_128_HMAC_SHA1_80 inline:AAAA',
      `a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:${key(29)}`,
      `a=crypto:3 AES_CM_128_HMAC_SHA1_80 inline:${key(30)} UNENCRYPTED_SRTP`,
      `a=crypto:4 AES_CM_128_HMAC_SHA1_80 inline:${key(30)} WSH=64 UNAUTHENTICATED_SRTP`,
      `a=crypto:5 AES_CM_128_HMAC_SHA1_80 inline:${key(30)} KDR=4`,
      `a=crypto:6 AES_CM_128_NULL_AUTH inline:${key(30)}`,
      `a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:${key(30)}|2^20|1:4 WSH=128 KDR=0 -unknown`,
      `a=crypto:8 AES_CM_128_HMAC_SHA1_80 inline:${key(30)}`,
    ];
    expect(answered('RTP/SAVP', lines)).toMatchObject({
      attribute: expect.stringMatching(/^a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:\S+$/),
      security: { theirs: { mkiBytes: 4, keys: [{ mki: Buffer.of(0, 0, 0, 1) }] } },
    });
  });

  it.each([
    ['no line at all', []],
    ['an unknown suite', ['a=crypto:1 SOMETHING inline:AAAA']],
    ['a key of the wrong length', [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(16)}`]],
    ['a key that is none', ['a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%%%%']],
    ['another method', [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 uri:${key(30)}`]],
    ['two keys without names', [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(30)};inline:${key(30)}`]],
    ['names of two lengths', [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(30)}|1:1;inline:${key(30)}|2:2`]],
    ['a name too long for its length', [`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key(30)}|256:1`]],
  ])('is refused with %s', (_what, lines) => {
    expect(answered('RTP/SAVP', lines)).toBe('no-crypto');
  });

  it('is answered with SRTP in a line of plain RTP, too (RFC 8643), and with plain RTP when none can be used', () => {
    expect(answered('RTP/AVP', [usual])).toMatchObject({ protocol: 'RTP/AVP', suite: 'AES_CM_128_HMAC_SHA1_80' });
    const plain = answered('RTP/AVP', ['a=crypto:1 SOMETHING inline:AAAA']);
    expect(plain).toMatchObject({ protocol: 'RTP/AVP', attribute: undefined, security: undefined });
  });

  it('is answered with the same key each time it comes', () => {
    const own = local();
    expect(answered('RTP/SAVP', [usual], own)).toEqual(answered('RTP/SAVP', [usual], own));
    expect(answered('RTP/SAVP', [usual], own)).not.toEqual(answered('RTP/SAVP', [usual]));
  });

  it('is answered with another key when it comes again after something else was in use', () => {
    const own = local();
    const first = answered('RTP/SAVP', [usual], own);
    const [other, used] = suites.filter(({ name }) => /AEAD_AES_128_GCM|^AES_CM_128_HMAC_SHA1_80/.test(name));
    own.keys.keepOnly(used);
    expect(answered('RTP/SAVP', [usual], own)).toEqual(first);
    own.keys.keepOnly(other);
    expect(answered('RTP/SAVP', [usual], own)).not.toEqual(first);
  });

  it('keeps lines of other media out of it', () => {
    const two = `${offer('RTP/SAVP', [])}m=video 5000 RTP/SAVP 31\r\n${usual}\r\n`;
    expect(answerOffer(two, local())).toEqual({ kind: 'refused', reason: 'no-crypto' });
    expect(readCrypto(two).map(({ length }) => length)).toEqual([0, 1]);
  });
});

describe('our offer of SRTP', () => {
  it('names every suite, and is agreed on with the one that the answer takes', () => {
    const [own, peer] = [local(), { ...local(), address: '192.0.2.7' }];
    const made = makeOffer(own, true);
    expect(made).toContain('m=audio 20000 RTP/SAVP 0 8 101\r\n');
    expect(made.match(/^a=crypto:/gm)).toHaveLength(suites.length);
    const answer = answerOffer(made, peer);
    if (answer.kind === 'refused') throw new Error(answer.reason);
    const agreed = readAnswer(answer.answer, own, true);
    if (agreed.kind === 'refused') throw new Error(agreed.reason);
    const [ours, theirs] = [agreed.media.security, answer.media.security];
    expect(ours?.ours.master).toEqual(theirs?.theirs.keys[0]?.master);
    expect(theirs?.ours.master).toEqual(ours?.theirs.keys[0]?.master);
  });

  it.each([
    ['plain RTP', 'RTP/AVP', []],
    ['no key', 'RTP/SAVP', []],
    ['another suite than its tag stands for', 'RTP/SAVP', [usual]],
  ])('is not agreed on by an answer with %s', (_what, protocol, lines) => {
    expect(readAnswer(offer(protocol, lines), local(), true)).toEqual({ kind: 'refused', reason: 'no-crypto' });
  });
});
