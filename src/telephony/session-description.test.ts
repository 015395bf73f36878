import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreesOnTelephoneEvent, factsOf, fitDescription, placeholderOffer } from './session-description.ts';

const HEAD = 'v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n';
const AUDIO = 'm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n';
const NO_EVENTS = 'm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n';

describe('a description for a media server', () => {
  it('stays as it is when it is plain', () => {
    expect(fitDescription(HEAD + AUDIO)).toBe(HEAD + AUDIO);
  });

  it('loses whatever the event socket would fail on', () => {
    const hostile = `${HEAD.replace('s=-', 's=%E9 100% naïve\u0000')}${AUDIO}`;
    expect(fitDescription(hostile)).toBe(`${HEAD.replace('s=-', 's=_E9 100_ na_ve_')}${AUDIO}`);
  });

  it('gets the line ends of the RFC', () => {
    expect(fitDescription((HEAD + AUDIO).replaceAll('\r\n', '\n'))).toBe(HEAD + AUDIO);
  });

  it.each(['', 'v=1\r\n', 'hello', `${HEAD}m=audio\u0000\r\nnonsense\r\n`, `v=0\r\ns=${'x'.repeat(1_100)}\r\n`])(
    'is refused when it is none: %j',
    (description) => {
      expect(fitDescription(description)).toBeUndefined();
    },
  );

  it('is refused when it is too large', () => {
    expect(fitDescription(HEAD + 'a=x\r\n'.repeat(4_000))).toBeUndefined();
  });

  it('never holds what an escape could begin with, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const fit = fitDescription(`v=0\r\ns=${text}\r\n`);
        if (fit === undefined) return;
        expect(fit).toMatch(/^(?:[a-z]=[\x20-\x24\x26-\x7e]*\r\n)+$/);
        expect(() => decodeURIComponent(fit)).not.toThrow();
        factsOf(fit);
      }),
    );
  });
});

describe('what is read of a description', () => {
  it.each([
    [HEAD + AUDIO, { audio: true, telephoneEvent: true }],
    [HEAD + NO_EVENTS, { audio: true, telephoneEvent: false }],
    [HEAD + AUDIO.replace('RTP/AVP 0 101', 'RTP/AVP 0'), { audio: true, telephoneEvent: false }],
    [HEAD + AUDIO.replace('telephone-event', 'TELEPHONE-EVENT'), { audio: true, telephoneEvent: true }],
    [HEAD + AUDIO.replace('4000', '0'), { audio: false, telephoneEvent: false }],
    // The parser makes a number of an encoding name that consists of digits.
    [HEAD + AUDIO.replace('PCMU', '123'), { audio: true, telephoneEvent: true }],
    [HEAD + AUDIO.replace('telephone-event', '123'), { audio: true, telephoneEvent: false }],
    [`${HEAD}m=video 4000 RTP/AVP 96\r\n`, { audio: false, telephoneEvent: false }],
    ['', { audio: false, telephoneEvent: false }],
  ])('%j', (description, facts) => {
    expect(factsOf(description)).toEqual(facts);
  });

  it('says whether both sides agree on telephone events', () => {
    expect(agreesOnTelephoneEvent(HEAD + AUDIO, HEAD + AUDIO)).toBe(true);
    expect(agreesOnTelephoneEvent(HEAD + AUDIO, HEAD + NO_EVENTS)).toBe(false);
    expect(agreesOnTelephoneEvent(HEAD + NO_EVENTS, HEAD + AUDIO)).toBe(false);
  });

  it('knows the placeholder as an offer with audio and telephone events, for either family', () => {
    for (const address of ['192.0.2.1', '2001:db8::1']) {
      const offer = placeholderOffer(address);
      expect(fitDescription(offer)).toBe(offer);
      expect(factsOf(offer)).toEqual({ audio: true, telephoneEvent: true });
    }
  });
});
