import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerOffer, familyOf, type LocalMedia, makeOffer, readAnswer } from './sdp.ts';
import { makeOwnKeys } from './srtp/sdes.ts';

const keys = makeOwnKeys();
const local: LocalMedia = { address: '192.0.2.1', port: 20_000, sessionId: 7, version: 3, keys };

function description(lines: readonly string[], connection = 'c=IN IP4 192.0.2.9'): string {
  return `${['v=0', 'o=- 1 1 IN IP4 192.0.2.9', 's=-', connection, 't=0 0', ...lines].join('\r\n')}\r\n`;
}

const usual = ['m=audio 4000 RTP/AVP 0 8 101', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-16'];

function answered(lines: readonly string[], connection?: string) {
  const result = answerOffer(description(lines, connection), local);
  if (result.kind === 'refused') throw new Error(result.reason);
  return result;
}

const refusal = (lines: readonly string[], connection?: string) => {
  const result = answerOffer(description(lines, connection), local);
  return result.kind === 'refused' ? result.reason : result;
};

describe('answering an offer', () => {
  it('answers with one codec and the keys under the offered number', () => {
    const { answer, media } = answered(usual);
    expect(answer).toBe(
      [
        'v=0',
        'o=Touchtone-Mediaserver 7 3 IN IP4 192.0.2.1',
        's=Touchtone-Mediaserver',
        'c=IN IP4 192.0.2.1',
        't=0 0',
        'm=audio 20000 RTP/AVP 0 101',
        'a=rtpmap:0 PCMU/8000',
        'a=rtpmap:101 telephone-event/8000',
        'a=fmtp:101 0-15',
        'a=ptime:20',
        'a=sendrecv',
        '',
      ].join('\r\n'),
    );
    expect(media).toEqual({
      law: 'PCMU',
      payloadType: 0,
      telephoneEvent: 101,
      ptime: 20,
      direction: 'sendrecv',
      address: '192.0.2.9',
      port: 4_000,
      rtcpPort: 4_001,
      rtcpMux: false,
      payloads: new Map([
        [0, 'PCMU'],
        [8, 'PCMA'],
        [13, 'comfort-noise'],
        [101, 'telephone-event'],
      ]),
    });
  });

  it.each([
    ['the first it knows, in the order of the offer', ['m=audio 4000 RTP/AVP 18 8 0'], 'PCMA', 8],
    ['a single payload number', ['m=audio 4000 RTP/AVP 0'], 'PCMU', 0],
    ['a law under another number', ['m=audio 4000 RTP/AVP 97', 'a=rtpmap:97 pcma/8000'], 'PCMA', 97],
    ['nothing that is mapped to something else', ['m=audio 4000 RTP/AVP 0 8', 'a=rtpmap:0 L16/8000'], 'PCMA', 8],
    ['no wideband variant', ['m=audio 4000 RTP/AVP 97 8', 'a=rtpmap:97 PCMU/16000'], 'PCMA', 8],
  ])('takes %s', (_, lines, law, payloadType) => {
    expect(answered(lines).media).toMatchObject({ law, payloadType, telephoneEvent: undefined });
    expect(answered(lines).answer).not.toContain('telephone-event');
  });

  it.each([96, 100, 127])('echoes telephone-event under number %i', (number) => {
    const { answer, media } = answered([
      `m=audio 4000 RTP/AVP 8 99 ${number}`,
      'a=rtpmap:99 telephone-event/16000',
      `a=rtpmap:${number} Telephone-Event/8000`,
    ]);
    expect(media.telephoneEvent).toBe(number);
    expect(answer).toContain(`m=audio 20000 RTP/AVP 8 ${number}\r\n`);
  });

  it.each([
    [[], 20],
    [['a=ptime:10'], 10],
    [['a=ptime:30'], 30],
    [['a=ptime:60'], 60],
    [['a=ptime:5'], 10],
    [['a=ptime:25'], 20],
    [['a=ptime:120'], 60],
    [['a=ptime:0'], 20],
    [['a=ptime:40', 'a=maxptime:30'], 30],
    [['a=maxptime:10'], 10],
  ])('sends with the packet time that %j asks for: %i ms', (attributes, ptime) => {
    const { answer, media } = answered([...usual, ...attributes]);
    expect(media.ptime).toBe(ptime);
    expect(answer).toContain(`a=ptime:${ptime}\r\n`);
  });

  it.each([
    ['a=sendrecv', 'c=IN IP4 192.0.2.9', 'sendrecv'],
    ['a=sendonly', 'c=IN IP4 192.0.2.9', 'recvonly'],
    ['a=recvonly', 'c=IN IP4 192.0.2.9', 'sendonly'],
    ['a=inactive', 'c=IN IP4 192.0.2.9', 'inactive'],
    ['a=sendrecv', 'c=IN IP4 0.0.0.0', 'recvonly'],
    ['a=sendonly', 'c=IN IP4 0.0.0.0', 'recvonly'],
    ['a=recvonly', 'c=IN IP4 0.0.0.0', 'inactive'],
  ])('answers %s with %s by %s', (attribute, connection, direction) => {
    const { answer, media } = answered([...usual, attribute], connection);
    expect(media.direction).toBe(direction);
    expect(answer).toContain(`a=${direction}\r\n`);
  });

  it.each([
    [[], 4_001, false],
    [['a=rtcp:4100'], 4_100, false],
    [['a=rtcp:4100 IN IP4 192.0.2.9'], 4_100, false],
    [['a=rtcp:4100 IN IP4 192.0.2.66'], undefined, false],
    [['a=rtcp:0'], undefined, false],
    [['a=rtcp:4000', 'a=rtcp-mux'], 4_000, true],
  ])('reads from %j where control packets go', (attributes, rtcpPort, rtcpMux) => {
    const { answer, media } = answered([...usual, ...attributes]);
    expect(media).toMatchObject({ rtcpPort, rtcpMux });
    expect(answer.includes('a=rtcp-mux\r\n')).toBe(rtcpMux);
  });

  it('takes what the line lists, whichever of it comes, and no other numbers', () => {
    const { media } = answered([
      'm=audio 4000 RTP/AVP 18 8 96 0 97 101 102',
      'a=rtpmap:96 CN/8000',
      'a=rtpmap:97 CN/16000',
      'a=rtpmap:98 PCMU/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=rtpmap:102 telephone-event/16000',
    ]);
    expect([...media.payloads].sort(([one], [two]) => one - two)).toEqual([
      [0, 'PCMU'],
      [8, 'PCMA'],
      [13, 'comfort-noise'],
      [96, 'comfort-noise'],
      [101, 'telephone-event'],
    ]);
  });

  it('knows an IPv6 address in whichever form it is written', () => {
    const place = { ...local, address: '2001:db8::2' };
    const lines = [...usual, 'a=rtcp:4100 IN IP6 2001:DB8:0::0:9'];
    const result = answerOffer(description(lines, 'c=IN IP6 2001:0DB8:0:0:0:0:0:0009'), place);
    expect(result).toMatchObject({ kind: 'agreed', media: { address: '2001:db8::9', rtcpPort: 4_100 } });
  });

  it('takes an address of zeros of either family for a hold', () => {
    expect(answered(usual, 'c=IN IP6 ::').media.direction).toBe('recvonly');
  });

  it('reads address and direction of the media line before those of the session', () => {
    const lines = ['a=inactive', ...usual, 'c=IN IP4 198.51.100.4', 'a=sendonly'];
    expect(answered(lines).media).toMatchObject({ address: '198.51.100.4', direction: 'recvonly' });
    expect(answered(['a=inactive', ...usual]).media.direction).toBe('inactive');
  });

  it('answers every line in order, one of them taken', () => {
    const { answer } = answered([
      'm=video 5000 RTP/AVP 31',
      'm=audio 0 RTP/AVP 0',
      'm=audio 5002 RTP/SAVP 0',
      ...usual,
      'm=audio 5004 RTP/AVP 0 8',
      'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    ]);
    expect(answer.match(/^m=.*$/gm)).toEqual([
      'm=video 0 RTP/AVP 31',
      'm=audio 0 RTP/AVP 0',
      'm=audio 0 RTP/SAVP 0',
      'm=audio 20000 RTP/AVP 0 101',
      'm=audio 0 RTP/AVP 0 8',
      'm=application 0 UDP/DTLS/SCTP webrtc-datachannel',
    ]);
  });

  it.each([
    ['no-common-codec', ['m=audio 4000 RTP/AVP 18']],
    ['no-common-codec', ['m=audio 0 RTP/AVP 0']],
    ['no-crypto', ['m=audio 4000 RTP/SAVP 0']],
    ['no-common-codec', ['m=video 4000 RTP/AVP 31']],
    // An encoding name of digits alone: the parser makes a number of it.
    ['no-common-codec', ['m=audio 4000 RTP/AVP 0', 'a=rtpmap:0 123/8000']],
    ['malformed', ['m=audio 70000 RTP/AVP 0']],
    ['malformed', []],
  ])('refuses (%s): %j', (reason, lines) => {
    expect(refusal(lines)).toBe(reason);
  });

  it.each([
    ['address', 'c=IN IP4 phone.example.com'],
    ['address', 'c=IN IP4 224.0.1.1/127'],
    ['address', 'c=IN IP4 255.255.255.255'],
    ['address', 'c=IN IP6 ff02::1'],
    ['address', 'c=IN IP6 2001:db8::1'],
    ['malformed', 'a=nothing'],
  ])('refuses (%s): %s', (reason, connection) => {
    expect(refusal(usual, connection)).toBe(reason);
  });

  it('refuses what is no description or too long for one', () => {
    for (const text of ['', 'hello', 'm=audio 4000 RTP/AVP 0', description([...usual, `a=x:${'y'.repeat(20_000)}`])]) {
      expect(answerOffer(text, local)).toEqual({ kind: 'refused', reason: 'malformed' });
    }
    const lines = Array.from({ length: 17 }, () => 'm=audio 4000 RTP/AVP 0');
    expect(refusal(lines)).toBe('malformed');
  });

  it('survives every text', () => {
    const scraps = fc.constantFrom(
      'v=0',
      'm=audio',
      ' 4000',
      ' RTP/AVP',
      ' 0',
      '\r\n',
      'a=rtpmap:',
      'a=rtpmap:0 1/8000',
      'c=IN IP4 ',
      '1.2.3.4',
      '=',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(scraps, fc.string({ unit: 'binary' })), { maxLength: 60 }), (parts) => {
        const text = `v=0\r\n${parts.join('')}`;
        expect(['agreed', 'refused']).toContain(answerOffer(text, local).kind);
        expect(['agreed', 'refused']).toContain(readAnswer(text, local).kind);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('offering', () => {
  it('offers both laws and keys, and reads the answer', () => {
    const offer = makeOffer(local);
    expect(offer).toContain('m=audio 20000 RTP/AVP 0 8 101\r\n');
    const answer = answerOffer(offer, { ...local, address: '192.0.2.7', port: 6_000, sessionId: 1, version: 1 });
    expect(answer).toMatchObject({ kind: 'agreed', media: { address: '192.0.2.1', port: 20_000 } });
    if (answer.kind === 'refused') throw new Error(answer.reason);
    expect(readAnswer(answer.answer, local)).toEqual({
      kind: 'agreed',
      media: {
        law: 'PCMU',
        payloadType: 0,
        telephoneEvent: 101,
        ptime: 20,
        direction: 'sendrecv',
        address: '192.0.2.7',
        port: 6_000,
        rtcpPort: 6_001,
        rtcpMux: false,
        security: undefined,
        payloads: new Map([
          [0, 'PCMU'],
          [8, 'PCMA'],
          [13, 'comfort-noise'],
          [101, 'telephone-event'],
        ]),
      },
    });
    expect(readAnswer(description(['m=audio 0 RTP/AVP 0']), local)).toEqual({
      kind: 'refused',
      reason: 'no-common-codec',
    });
    expect(readAnswer('nonsense', local)).toEqual({ kind: 'refused', reason: 'malformed' });
  });

  it('takes its own numbers although the answer has others for what is sent', () => {
    const answer = readAnswer(description(['m=audio 4000 RTP/AVP 8 96', 'a=rtpmap:96 telephone-event/8000']), local);
    if (answer.kind === 'refused') throw new Error(answer.reason);
    const { media } = answer;
    expect([media.payloadType, media.telephoneEvent]).toEqual([8, 96]);
    expect([0, 8, 96, 101].map((number) => media.payloads.get(number))).toEqual([
      'PCMU',
      'PCMA',
      'telephone-event',
      'telephone-event',
    ]);
  });
});

describe('the family of a description', () => {
  it.each([
    ['c=IN IP4 192.0.2.9', usual, 4],
    ['c=IN IP6 2001:db8::1', usual, 6],
    ['c=IN IP4 192.0.2.9', [...usual, 'c=IN IP6 2001:db8::1'], 6],
    ['c=IN IP4 192.0.2.9', ['m=video 5000 RTP/AVP 31', 'c=IN IP6 2001:db8::1', ...usual], 4],
    ['c=IN IP4 phone.example.com', usual, undefined],
    ['a=nothing', usual, undefined],
  ])('is with %s and %j: %s', (connection, lines, family) => {
    expect(familyOf(description(lines, connection))).toBe(family);
  });
});
