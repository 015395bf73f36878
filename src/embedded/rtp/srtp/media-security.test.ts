import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AgreedSecurity, MediaSecurity } from './media-security.ts';
import { mostOverhead, type SrtpSuite, suites } from './suites.ts';

const [defaultSuite] = suites.filter(({ name }) => name === 'AES_CM_128_HMAC_SHA1_80');
const newKey = ({ keyBytes, saltBytes }: SrtpSuite) => ({ key: randomBytes(keyBytes), salt: randomBytes(saltBytes) });

/** What each of two sides has agreed on. */
function agreement(suite = defaultSuite as SrtpSuite): { readonly a: AgreedSecurity; readonly b: AgreedSecurity } {
  const [ofA, ofB] = [newKey(suite), newKey(suite)];
  const from = (master: ReturnType<typeof newKey>) => ({
    suite,
    keys: [{ master, mki: Buffer.alloc(0) }],
    mkiBytes: 0,
  });
  return {
    a: { ours: { suite, master: ofA }, theirs: from(ofB) },
    b: { ours: { suite, master: ofB }, theirs: from(ofA) },
  };
}

function secured(security: AgreedSecurity): MediaSecurity {
  const media = new MediaSecurity();
  media.agree(security);
  return media;
}

function packet(sequence: number, ssrc = 7): Buffer {
  const bytes = Buffer.alloc(12 + 160, 0xd5);
  bytes.writeUInt32BE(0x80000000 + sequence, 0);
  bytes.writeUInt32BE(ssrc, 8);
  return bytes;
}

function sealed(by: MediaSecurity, plain: Buffer): Buffer {
  const bytes = Buffer.concat([plain, Buffer.alloc(mostOverhead)]);
  return bytes.subarray(0, by.protectRtp(bytes, plain.length));
}

function sealedReport(by: MediaSecurity, ssrc = 7): Buffer {
  const plain = Buffer.concat([Buffer.of(0x80, 201, 0, 1, 0, 0, 0, ssrc), Buffer.alloc(24, 1)]);
  const bytes = Buffer.concat([plain, Buffer.alloc(mostOverhead)]);
  return bytes.subarray(0, by.protectRtcp(bytes, plain.length));
}

const copy = (bytes: Buffer) => Buffer.from(bytes);

describe('SRTP between two sides', () => {
  it('lets everything pass as it is until it is agreed', () => {
    const media = new MediaSecurity();
    const bytes = packet(1);
    expect(media.openRtp(bytes)).toBe(bytes);
    expect(media.protectRtp(bytes, 172)).toBe(172);
    expect(media.isActive).toBe(false);
  });

  it('carries packets whatever is lost, over turns of the sequence number, and each that is late once', () => {
    const steps = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 20_000 }), late: fc.boolean() }), {
      minLength: 5,
      maxLength: 60,
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff }), steps, (start, all) => {
        const { a, b } = agreement();
        const [sender, receiver] = [secured(a), secured(b)];
        let sequence = start;
        for (const { gap, late } of all) {
          const overtaken = sealed(sender, packet(sequence % 0x1_0000));
          sequence += late ? 1 + (gap % 100) : gap;
          const plain = packet(sequence % 0x1_0000);
          expect(Buffer.from(receiver.openRtp(copy(sealed(sender, plain))))).toEqual(plain);
          sequence += 1;
          if (!late) continue;
          expect(typeof receiver.openRtp(copy(overtaken))).toBe('object');
          expect(receiver.openRtp(overtaken)).toBe('replayed');
        }
      }),
      { numRuns: 100 },
    );
  });

  it('opens nothing twice, and nothing of somebody else', () => {
    const { a, b } = agreement();
    const [sender, receiver, stranger] = [secured(a), secured(b), secured(agreement().a)];
    const bytes = sealed(sender, packet(1));
    expect(typeof receiver.openRtp(copy(bytes))).toBe('object');
    expect(receiver.openRtp(copy(bytes))).toBe('replayed');
    expect(receiver.openRtp(sealed(stranger, packet(2)))).toBe('unauthenticated');
    expect(receiver.openRtp(packet(3))).toBe('unauthenticated');
    // What was not authentic has not moved anything.
    expect(receiver.openRtp(sealed(stranger, packet(40_000)))).toBe('unauthenticated');
    expect(typeof receiver.openRtp(sealed(sender, packet(2)))).toBe('object');
    const report = sealedReport(sender);
    expect(typeof receiver.openRtcp(copy(report))).toBe('object');
    expect(receiver.openRtcp(copy(report))).toBe('replayed');
    expect(receiver.openRtcp(sealedReport(stranger, 8))).toBe('unauthenticated');
    for (const bad of [Buffer.alloc(3), Buffer.alloc(30), Buffer.from('8f', 'hex')]) {
      expect(typeof receiver.openRtp(bad)).toBe('string');
      expect(typeof receiver.openRtcp(bad)).toBe('string');
    }
  });

  it('lets a sender change its source, and more of them than are remembered', () => {
    const { a, b } = agreement();
    const receiver = secured(b);
    for (let ssrc = 1; ssrc < 10; ssrc++) {
      expect(typeof receiver.openRtp(sealed(secured(a), packet(9, ssrc)))).toBe('object');
    }
  });

  it('goes on with the same keys when they are agreed on again: what was heard stays heard', () => {
    const { a, b } = agreement();
    const [sender, receiver] = [secured(a), secured(b)];
    const bytes = sealed(sender, packet(5));
    receiver.openRtp(copy(bytes));
    const again = { ours: { ...b.ours }, theirs: { ...b.theirs, keys: b.theirs.keys.map((key) => ({ ...key })) } };
    receiver.agree(again);
    expect(receiver.openRtp(copy(bytes))).toBe('replayed');
  });

  it('takes what is still on its way under the old keys until the new ones are heard', () => {
    const [before, after] = [agreement(), agreement()];
    const [old, next, receiver] = [secured(before.a), secured(after.a), secured(before.b)];
    receiver.openRtp(sealed(old, packet(1)));
    receiver.agree(after.b);
    expect(typeof receiver.openRtp(sealed(old, packet(2)))).toBe('object');
    expect(typeof receiver.openRtp(sealed(next, packet(3)))).toBe('object');
    expect(receiver.openRtp(sealed(old, packet(4)))).toBe('unauthenticated');
    receiver.agree(undefined);
    expect(typeof receiver.openRtp(packet(5))).toBe('object');
  });

  it('takes new keys whether or not the sender has set its roll-over counter back', () => {
    for (const setsBack of [true, false]) {
      const suite = defaultSuite as SrtpSuite;
      const [before, after] = [agreement(suite), agreement(suite)];
      const [old, receiver] = [secured(before.a), secured(before.b)];
      for (const sequence of [0xfffe, 0xffff, 0, 1]) receiver.openRtp(sealed(old, packet(sequence)));
      receiver.agree(after.b);
      const next = secured(after.a);
      if (!setsBack) for (const sequence of [0xffff, 0]) sealed(next, packet(sequence));
      expect(typeof receiver.openRtp(sealed(next, packet(2))), String(setsBack)).toBe('object');
      expect(typeof receiver.openRtp(sealed(next, packet(3))), String(setsBack)).toBe('object');
    }
  });

  it.each(suites)('finds the key that a packet names: $name', (suite) => {
    const masters = [newKey(suite), newKey(suite)];
    const names = [Buffer.of(0, 1), Buffer.of(0, 2)];
    const receiver = secured({
      ours: { suite, master: newKey(suite) },
      theirs: {
        suite,
        keys: masters.map((master, at) => ({ master, mki: names[at] as Buffer })),
        mkiBytes: 2,
      },
    });
    masters.forEach((master, at) => {
      const sender = secured({ ours: { suite, master }, theirs: { suite, keys: [], mkiBytes: 0 } });
      const withName = (bytes: Buffer, tagBytes: number) => {
        // RFC 3711 §3.1: in front of the tag; RFC 7714 §8.1: behind it, for there it belongs to what is encrypted.
        const end = suite.mode === 'gcm' ? bytes.length : bytes.length - tagBytes;
        return Buffer.concat([bytes.subarray(0, end), names[at] as Buffer, bytes.subarray(end)]);
      };
      const rtp = withName(sealed(sender, packet(1 + at)), suite.rtpTagBytes);
      expect(Buffer.from(receiver.openRtp(rtp))).toEqual(packet(1 + at));
      const report = withName(sealedReport(sender, 8 + at), suite.rtcpTagBytes);
      expect(typeof receiver.openRtcp(report)).toBe('object');
      expect(receiver.openRtp(sealed(sender, packet(50)))).toBe('unauthenticated');
    });
  });
});
