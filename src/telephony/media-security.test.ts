import { describe, expect, it } from 'vitest';
import { answerForCaller, hasSrtp, needsDtls, offerForMediaServer, securityRefusal } from './media-security.ts';

const KEY = 'a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR';

function description(...lines: readonly string[]): string {
  return ['v=0', 'o=- 1 1 IN IP4 192.0.2.1', 's=-', 'c=IN IP4 192.0.2.1', 't=0 0', ...lines, ''].join('\r\n');
}

const srtp = description('m=audio 4000 RTP/SAVP 0', KEY);
const bestEffort = description('m=audio 4000 RTP/AVP 0', KEY);
const plain = description('m=audio 4000 RTP/AVP 0', 'a=sendrecv');

describe('a description', () => {
  it.each([
    ['RTP', plain, false],
    ['SRTP', srtp, true],
    ['RTP with a key', bestEffort, true],
    ['SRTP without a key', description('m=audio 4000 RTP/SAVP 0'), false],
    ['a key for video', description('m=audio 4000 RTP/AVP 0', 'm=video 5000 RTP/SAVP 31', KEY), false],
    ['a key for a stream that is refused', description('m=audio 0 RTP/SAVP 0', KEY, 'm=audio 4000 RTP/AVP 0'), false],
    ['nothing', '', false],
  ])('of %s has SRTP: %s', (_what, text, expected) => {
    expect(hasSrtp(text)).toBe(expected);
  });

  it.each([
    ['UDP/TLS/RTP/SAVPF', true],
    ['UDP/TLS/RTP/SAVP', true],
    ['RTP/SAVPF', true],
    ['RTP/SAVP', false],
    ['RTP/AVP', false],
  ])('of %s needs DTLS: %s', (profile, expected) => {
    expect(needsDtls(description('m=video 1 UDP/TLS/RTP/SAVPF 0', `m=audio 4000 ${profile} 0`))).toBe(expected);
  });
});

describe('an offer for a media server', () => {
  it('is spelled so that drachtio-fsmrf lets it pass', () => {
    const offered = offerForMediaServer(srtp);
    expect(offered).toBe(srtp.replace('RTP/SAVP', 'rtp/savp'));
    expect(/m=audio.*SAVP/.test(offered)).toBe(false);
  });

  it('is of SRTP where the caller would rather have it and its suite is known everywhere', () => {
    expect(offerForMediaServer(bestEffort)).toBe(bestEffort.replace('RTP/AVP', 'rtp/savp'));
    const unknown = bestEffort.replace('AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_256_GCM');
    expect(offerForMediaServer(unknown)).toBe(unknown);
    expect(offerForMediaServer(plain)).toBe(plain);
  });

  it('is answered to the caller with the profiles that were offered', () => {
    const answer = description('m=audio 6000 RTP/SAVP 0', KEY, 'm=video 0 RTP/AVP 31');
    const offer = `${bestEffort}m=video 7000 RTP/AVP 31\r\n`;
    expect(answerForCaller(answer, offer)).toBe(answer.replace('RTP/SAVP', 'RTP/AVP'));
    expect(answerForCaller(answer, `${srtp}m=video 7000 RTP/AVP 31\r\n`)).toBe(answer);
    expect(answerForCaller(plain, '')).toBe(plain);
  });
});

describe('a call', () => {
  it.each([
    ['unsecured', 'udp', plain, undefined],
    ['unsecured', 'tls', srtp, undefined],
    ['sip-secured', 'udp', srtp, 'signalling-not-secured'],
    ['sip-secured', 'tcp', srtp, 'signalling-not-secured'],
    ['sip-secured', 'ws', srtp, 'signalling-not-secured'],
    ['sip-secured', 'tls', plain, undefined],
    ['sip-secured', 'wss', undefined, undefined],
    ['secured', 'udp', srtp, 'signalling-not-secured'],
    ['secured', 'tls', plain, 'media-not-secured'],
    ['secured', 'tls', undefined, 'media-not-secured'],
    ['secured', 'tls', bestEffort, undefined],
    ['secured', 'tls', srtp, undefined],
  ] as const)('to a dial plan that is %s over %s is judged', (wanted, transport, offer, refusal) => {
    expect(securityRefusal(wanted, { transport, offer })?.kind).toBe(refusal);
  });
});
