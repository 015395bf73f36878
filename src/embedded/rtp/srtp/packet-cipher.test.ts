import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PacketCipher } from './cipher.ts';
import { CounterModeCipher } from './counter-mode.ts';
import { GcmCipher } from './gcm.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import { packetCipher } from './packet-cipher.ts';
import { type SrtpSuite, suites } from './suites.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const suiteOf = (name: string): SrtpSuite => {
  const suite = suites.find((each) => each.name === name);
  if (suite === undefined) throw new Error(name);
  return suite;
};
const masterOf = (keyAndSalt: Buffer, { keyBytes, saltBytes }: SrtpSuite) => ({
  key: keyAndSalt.subarray(0, keyBytes),
  salt: keyAndSalt.subarray(keyBytes, keyBytes + saltBytes),
});

/** Protects plain text in a buffer with room, and opens what came of it. */
function both(cipher: PacketCipher, kind: 'rtp' | 'rtcp', plain: Buffer, place: { ssrc: number; index: number }) {
  const bytes = Buffer.concat([plain, Buffer.alloc(20)]);
  const length =
    kind === 'rtp' ? cipher.protectRtp(bytes, 12, plain.length, place) : cipher.protectRtcp(bytes, plain.length, place);
  const sealed = Buffer.from(bytes.subarray(0, length));
  const opened = Buffer.from(sealed);
  const end = kind === 'rtp' ? cipher.openRtp(opened, 12, 0, place) : cipher.openRtcp(opened, 0, place, true);
  return { sealed, opened: end === undefined ? undefined : opened.subarray(0, end) };
}

describe('RFC 3711', () => {
  const master = { key: hex('E1F97A0D3E018BE0D64FA32C06DE4139'), salt: hex('0EC675AD498AFEEBB6960B3AABE6') };

  it('B.2: the key stream of AES in counter mode', () => {
    const encryption = hex('2B7E151628AED2A6ABF7158809CF4F3C');
    const cipher = new CounterModeCipher(
      { encryption, salt: hex('F0F1F2F3F4F5F6F7F8F9FAFBFCFD'), authentication: Buffer.alloc(20) },
      10,
    );
    // With a source and an index of 0, the packet is encrypted with the stream that the example gives.
    const bytes = Buffer.alloc(0xff02 * 16 + 10);
    cipher.protectRtp(bytes, 0, 0xff02 * 16, { ssrc: 0, index: 0 });
    const block = (at: number) => bytes.toString('hex', 16 * at, 16 * at + 16).toUpperCase();
    expect([0, 1, 2, 0xfeff, 0xff00, 0xff01].map(block)).toEqual([
      'E03EAD0935C95E80E166B16DD92B4EB4',
      'D23513162B02D0F72A43A2FE4A5F97AB',
      '41E95B3BB0A2E8DD477901E4FCA894C0',
      'EC8CDF7398607CB0F2D21675EA9EA1E4',
      '362B7C3C6773516318A077D7FC5073AE',
      '6A2CC3787889374FBEB4C81B17BA6C44',
    ]);
  });

  it('B.3: the derivation of keys', () => {
    const keys = deriveSessionKeys(suiteOf('AES_CM_128_HMAC_SHA1_80'), master, 'rtp');
    expect(keys.encryption).toEqual(hex('C61E7A93744F39EE10734AFE3FF7A087'));
    expect(keys.salt).toEqual(hex('30CBBC08863D8C85D49DB34A9AE1'));
    expect(keys.authentication).toEqual(hex('CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4'));
  });

  it('agrees with libsrtp on whole packets', () => {
    const suite = suiteOf('AES_CM_128_HMAC_SHA1_80');
    const rtp = both(packetCipher(suite, master, 'rtp'), 'rtp', hex(`800f1234decafbadcafebabe${'ab'.repeat(16)}`), {
      ssrc: 0xcafebabe,
      index: 0x1234,
    });
    expect(rtp.sealed).toEqual(hex('800f1234decafbadcafebabe 4e55dc4ce79978d88ca4d215949d2402 b78d6acc99ea179b8dbb'));
    const rtcp = both(packetCipher(suite, master, 'rtcp'), 'rtcp', hex(`81c8000bcafebabe${'ab'.repeat(16)}`), {
      ssrc: 0xcafebabe,
      index: 1,
    });
    expect(rtcp.sealed).toEqual(hex('81c8000bcafebabe 7128035be487b9bdbef89041f977a5a8 80000001 993e08cd54d6c1230798'));
    const long = suiteOf('AES_256_CM_HMAC_SHA1_80');
    const key = hex('f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6 3b04803de51ee7c96423ab5b78d2');
    const with256 = both(
      packetCipher(long, masterOf(key, long), 'rtp'),
      'rtp',
      hex(`800f1234decafbadcafebabe${'ab'.repeat(16)}`),
      { ssrc: 0xcafebabe, index: 0x1234 },
    );
    expect(with256.sealed).toEqual(
      hex('800f1234decafbadcafebabe f1d9de17ff251ff1aa007774b0b4b40d a08d9d9a5b3a55d8873b'),
    );
    const gcm = suiteOf('AEAD_AES_128_GCM');
    const short = masterOf(hex('000102030405060708090a0b0c0d0e0f a0a1a2a3a4a5a6a7a8a9aaab'), gcm);
    const place = { ssrc: 0xcafebabe, index: 0x1234 };
    expect(
      both(packetCipher(gcm, short, 'rtp'), 'rtp', hex(`800f1234decafbadcafebabe${'ab'.repeat(16)}`), place).sealed,
    ).toEqual(hex('800f1234decafbadcafebabe c5002ede04cfdd2eb91159e0880aa06e d2976826f796b201df3131a127e8a392'));
    expect(
      both(packetCipher(gcm, short, 'rtcp'), 'rtcp', hex(`81c8000bcafebabe${'ab'.repeat(16)}`), {
        ...place,
        index: 1,
      }).sealed,
    ).toEqual(hex('81c8000bcafebabe c98b8b5df0392a55852b6c21ac8e7025 c52c6fbea2b3b446ea31123ba88ce61e 80000001'));
  });
});

describe('RFC 7714', () => {
  const keyOf = (bytes: number) => Buffer.from(Array.from({ length: bytes }, (_, at) => at));
  const cipherOf = (bytes: number) =>
    new GcmCipher({
      encryption: keyOf(bytes),
      salt: hex('517569642070726f2071756f'),
      authentication: Buffer.alloc(0),
    });
  const rtp = hex(`8040f17b8041f8d35501a0b247616c6c69612065
    7374206f6d6e69732064697669736120696e207061727465732074726573`);
  const rtcp = hex(`81c8000d4d6172734e5450314e545032525450200000042a0000e930
    4c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef`);

  it.each([
    [
      16,
      `8040f17b8041f8d35501a0b2 f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833
       899d7f27beb16a9152cf765ee4390cce`,
    ],
    [
      32,
      `8040f17b8041f8d35501a0b2 32b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b
       7aa3db36dfffd6b0f9bb7878d7a76c13`,
    ],
  ])('§16: RTP with a key of %i bytes', (bytes, expected) => {
    const { sealed, opened } = both(cipherOf(bytes), 'rtp', rtp, { ssrc: 0x5501a0b2, index: 0xf17b });
    expect(sealed).toEqual(hex(expected));
    expect(opened).toEqual(rtp);
  });

  it('§17: RTCP, encrypted and only authenticated', () => {
    const place = { ssrc: 0x4d617273, index: 0x5d4 };
    const { sealed, opened } = both(cipherOf(16), 'rtcp', rtcp, place);
    expect(sealed).toEqual(
      hex(`81c8000d4d617273 63e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded
           0bb9275bc84aa45896cf4d2fc5abf87245d9eade 800005d4`),
    );
    expect(opened).toEqual(rtcp);
    const readable = Buffer.concat([rtcp, hex('841dd9683dd78ec92ae58790125f62b3000005d4')]);
    expect(cipherOf(16).openRtcp(readable, 0, place, false)).toBe(rtcp.length);
    readable[9] = 0;
    expect(cipherOf(16).openRtcp(readable, 0, place, false)).toBeUndefined();
  });
});

describe.each(suites)('$name', (suite) => {
  const master = masterOf(Buffer.from(Array.from({ length: 46 }, (_, at) => 7 * at)), suite);
  const plain = Buffer.concat([hex('8000ffff000000a0deadbeef'), Buffer.alloc(160, 0xd5)]);

  it('opens what it has sealed, at any index, and nothing that was altered anywhere', () => {
    for (const index of [0xffff, 0x1_0000 + 0xffff, 0xffff_ffff_ffff]) {
      const place = { ssrc: 0xdeadbeef, index };
      const rtp = packetCipher(suite, master, 'rtp');
      const { sealed, opened } = both(rtp, 'rtp', plain, place);
      expect(opened).toEqual(plain);
      expect(sealed.length).toBe(plain.length + suite.rtpTagBytes);
      expect(sealed.includes(plain.subarray(12, 28))).toBe(false);
      for (let at = 0; at < sealed.length; at++) {
        const altered = Buffer.from(sealed);
        altered.writeUInt8(altered.readUInt8(at) ^ 1, at);
        const before = Buffer.from(altered);
        expect(rtp.openRtp(altered, 12, 0, place)).toBeUndefined();
        expect(altered).toEqual(before);
      }
      const other = { ...place, index: (index + 0x1_0000) % 2 ** 48 };
      expect(rtp.openRtp(Buffer.from(sealed), 12, 0, other)).toBeUndefined();
    }
    const control = packetCipher(suite, master, 'rtcp');
    const report = Buffer.concat([hex('81c8000bdeadbeef'), Buffer.alloc(40, 3)]);
    for (const index of [0, 0xffff, 0x1_0000, 0x7fff_ffff]) {
      const { sealed, opened } = both(control, 'rtcp', report, { ssrc: 0xdeadbeef, index });
      expect(opened).toEqual(report);
      expect(sealed.length).toBe(report.length + 4 + suite.rtcpTagBytes);
    }
  });

  it('opens nothing that is cut short', () => {
    const rtp = packetCipher(suite, master, 'rtp');
    const control = packetCipher(suite, master, 'rtcp');
    for (let length = 0; length < 40; length++) {
      const bytes = Buffer.alloc(length, 0x80);
      expect(rtp.openRtp(bytes, Math.min(12, length), 0, { ssrc: 1, index: 1 })).toBeUndefined();
      if (length >= 8) expect(control.openRtcp(bytes, 0, { ssrc: 1, index: 1 }, true)).toBeUndefined();
    }
  });
});

it('needs no cipher of its own for each packet: encrypted counters are what counter mode is', () => {
  const key = Buffer.alloc(16, 9);
  const start = Buffer.alloc(16, 4);
  start.writeUInt16BE(0, 14);
  const blocks = Buffer.concat([0, 1, 2].map((count) => Buffer.concat([start.subarray(0, 14), Buffer.of(0, count)])));
  const ecb = createCipheriv('aes-128-ecb', key, null).setAutoPadding(false).update(blocks);
  expect(ecb).toEqual(createCipheriv('aes-128-ctr', key, start).update(Buffer.alloc(48)));
});
