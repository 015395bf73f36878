import { describe, expect, it } from 'vitest';
import { type Codec, decode, encode, SILENCE } from './g711.ts';
import { keyTones } from './key-tones.ts';
import { readRtp, writeRtp } from './rtp.ts';
import { answerDirection, readSdp, writeSdp } from './sdp.ts';
import { header, headers, parameter, parseSip, parseSipUri, writeSip } from './sip-message.ts';
import { eventPackets } from './telephone-event.ts';

describe('G.711', () => {
  // Decoder output values of ITU-T G.711, tables 1 and 2, scaled to 16 bits.
  it.each([
    ['PCMU', 0x80, 32_124],
    ['PCMU', 0x00, -32_124],
    ['PCMU', 0x8f, 16_764],
    ['PCMU', 0xff, 0],
    ['PCMU', 0xfe, 8],
    ['PCMU', 0xef, 132],
    ['PCMA', 0xaa, 32_256],
    ['PCMA', 0x2a, -32_256],
    ['PCMA', 0xd5, 8],
    ['PCMA', 0x55, -8],
    ['PCMA', 0xc5, 264],
  ] as const)('%s decodes %i to %i', (codec, code, level) => {
    expect(decode(codec, Uint8Array.of(code))[0]).toBe(level);
  });

  it.each(['PCMU', 'PCMA'] as const)('%s gives every level back as its own code', (codec: Codec) => {
    const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
    const again = encode(codec, decode(codec, codes));
    // µ-law has two codes for zero; silence is the positive one.
    expect([...again].filter((code, i) => code !== i && i !== 0x7f)).toEqual([]);
    expect(encode(codec, new Int16Array(1))[0]).toBe(SILENCE[codec]);
    expect(decode(codec, encode(codec, Int16Array.of(32_767)))[0]).toBeGreaterThan(32_000);
  });
});

describe('the tones of a key', () => {
  /** The level of a frequency in dBm0: a full-scale sine is 3.14 (ITU-T G.711). */
  const levelOf = (samples: Int16Array, hertz: number): number => {
    const turn = (2 * Math.PI * hertz) / 8_000;
    const sum = (wave: (angle: number) => number) => samples.reduce((all, each, at) => all + each * wave(turn * at), 0);
    const amplitude = (2 * Math.hypot(sum(Math.cos), sum(Math.sin))) / samples.length;
    return 20 * Math.log10(amplitude / 32_768) + 3.14;
  };

  it.each([
    ['1', 697, 1_209],
    ['5', 770, 1_336],
    ['9', 852, 1_477],
    ['#', 941, 1_477],
    ['*', 941, 1_209],
    ['D', 941, 1_633],
  ])('%s is %i and %i Hz (ITU-T Q.23), of the levels that were asked for', (key, row, column) => {
    const samples = keyTones(key, 1_000, { rowLevel: -12, columnLevel: -8 });
    expect(samples).toHaveLength(8_000);
    expect(levelOf(samples, row)).toBeCloseTo(-12, 1);
    expect(levelOf(samples, column)).toBeCloseTo(-8, 1);
    expect(levelOf(samples, 1_000)).toBeLessThan(-50);
  });

  it('are refused for what is no key', () => {
    expect(() => keyTones('E', 10)).toThrow(RangeError);
    expect(() => keyTones('', 10)).toThrow(RangeError);
  });
});

describe('RTP', () => {
  const packet = { payloadType: 101, marker: true, sequence: 65_535, timestamp: 4_294_967_295, ssrc: 7 };

  it('is read as it was written', () => {
    const payload = Uint8Array.of(1, 2, 3);
    expect(readRtp(writeRtp({ ...packet, payload }))).toEqual({ ...packet, payload });
  });

  it('is read behind contributing sources and an extension, without its padding', () => {
    const bytes = Buffer.from(
      'b2e5ffffffffffff00000007' + '0000000100000002' + 'bede000100000000' + '0a0b' + '0002',
      'hex',
    );
    expect(readRtp(bytes)).toEqual({ ...packet, payload: Uint8Array.of(10, 11) });
  });

  it.each(['', '80', '40000000000000000000000000', 'a00000000000000000000000ff', '900000000000000000000000bede'])(
    'is not made of %j',
    (hex) => {
      expect(readRtp(Buffer.from(hex, 'hex'))).toBeUndefined();
    },
  );
});

describe('telephone events', () => {
  const duration = (payload: Uint8Array) => ((payload[2] ?? 0) << 8) | (payload[3] ?? 0);

  it('have a first and a last packet even when they are shorter than an update', () => {
    const packets = eventPackets('*', { toneMs: 10, updateMs: 20 });
    expect(packets.map(({ marker }) => marker)).toEqual([true, false, false, false]);
    expect(packets.map(({ payload }) => (payload[1] ?? 0) >> 7)).toEqual([0, 1, 1, 1]);
    expect(packets.map(({ payload }) => duration(payload))).toEqual([80, 80, 80, 80]);
  });

  it('send their last packets at once when told so', () => {
    const packets = eventPackets('1', { toneMs: 60, updateMs: 20, endsTogether: true });
    expect(packets.map(({ atMs }) => atMs)).toEqual([0, 20, 40, 40, 40]);
  });

  it('are cut into segments that fit the duration field (RFC 4733 §2.5.1.3)', () => {
    const packets = eventPackets('5', { toneMs: 9_000, updateMs: 50 });
    const [, full] = [...new Set(packets.map(({ timestampOffset }) => timestampOffset))];
    expect(full).toBe(0xffff);
    const first = packets.filter(({ timestampOffset }) => timestampOffset === 0);
    const second = packets.filter(({ timestampOffset }) => timestampOffset === full);
    expect(duration(first.at(-1)?.payload ?? new Uint8Array(4))).toBe(0xffff);
    expect(first.every(({ payload }) => ((payload[1] ?? 0) & 0x80) === 0)).toBe(true);
    expect(duration(second.at(-1)?.payload ?? new Uint8Array(4))).toBe(72_000 - 0xffff);
    expect(packets.filter(({ marker }) => marker)).toHaveLength(1);
  });

  it('exist for keys alone', () => {
    expect(() => eventPackets('E', { toneMs: 10, updateMs: 20 })).toThrow(RangeError);
  });
});

describe('SIP messages', () => {
  const text =
    'SIP/2.0 200 OK\r\nv: SIP/2.0/UDP a;branch=1\r\nVia: SIP/2.0/UDP b;branch=2, SIP/2.0/UDP c\r\n' +
    'Record-Route: "x, y" <sip:p1;lr>,\r\n <sip:p2>\r\nf: "A; <b>" <sip:a@b;x=1>;tag=t1;y\r\nl: 3\r\n\r\nabcdef';
  const message = parseSip(Buffer.from(text));

  it('are read with short names, lists, folded lines and a body of the length they say', () => {
    if (message === undefined) throw new Error('not read');
    expect(headers(message, 'via')).toHaveLength(3);
    expect(headers(message, 'record-route')).toEqual(['"x, y" <sip:p1;lr>', '<sip:p2>']);
    expect(parameter(header(message, 'via') ?? '', 'branch')).toBe('1');
    expect(message.body).toBe('abc');
    expect(parseSip(writeSip(message))?.body).toBe('abc');
  });

  it.each(['', 'INVITE\r\n\r\n', 'SIP/2.0 99 No\r\n\r\n', 'OPTIONS sip:a SIP/2.0\r\nno colon\r\n\r\n', 'half'])(
    'are not made of %j',
    (wrong) => {
      expect(parseSip(Buffer.from(wrong))).toBeUndefined();
    },
  );

  it.each([
    ['sip:5000@127.0.0.1', { user: '5000', host: '127.0.0.1', port: 5060, looseRouter: false }],
    ['sip:127.0.0.1:5080;transport=udp;lr', { user: '', host: '127.0.0.1', port: 5080, looseRouter: true }],
    ['sip:a@[::1]:99;lrx', { user: 'a', host: '::1', port: 99, looseRouter: false }],
    ['tel:5000', undefined],
  ])('lead where %s leads', (uri, expected) => {
    expect(parseSipUri(uri)).toEqual(expected);
  });
});

describe('session descriptions', () => {
  it('are read as they were written', () => {
    const audio = { host: '192.0.2.1', port: 4000, eventPayloadType: 96, ptime: 30, direction: 'sendonly' as const };
    expect(readSdp(writeSdp({ ...audio, codecs: ['PCMA', 'G729', 'PCMU'] }, 1, 1))).toEqual({
      ...audio,
      codecs: [
        { codec: 'PCMA', payloadType: 8 },
        { codec: 'PCMU', payloadType: 0 },
      ],
    });
  });

  it('take the connection and direction of the session where the stream has none, and static types without a map', () => {
    const text = 'v=0\nc=IN IP4 192.0.2.9\na=inactive\nm=video 1 RTP/AVP 31\nm=audio 2 RTP/AVP 8 0\n';
    expect(readSdp(text)).toMatchObject({ host: '192.0.2.9', port: 2, direction: 'inactive', ptime: undefined });
    expect(readSdp(text)?.codecs.map(({ codec }) => codec)).toEqual(['PCMA', 'PCMU']);
    expect(readSdp('v=0\n')).toBeUndefined();
  });

  it.each([
    ['sendrecv', 'sendrecv', 'sendrecv'],
    ['sendonly', 'sendrecv', 'recvonly'],
    ['recvonly', 'sendrecv', 'sendonly'],
    ['inactive', 'sendrecv', 'inactive'],
    ['sendrecv', 'recvonly', 'recvonly'],
    ['sendonly', 'sendonly', 'inactive'],
  ] as const)('answer %s, wanting %s, with %s (RFC 3264 §6.1)', (offered, wanted, answer) => {
    expect(answerDirection(offered, wanted)).toBe(answer);
  });
});
