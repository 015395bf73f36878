import { parse, type SessionDescription } from 'sdp-transform';

/** Largest description that is looked at, in characters; an audio offer is under a tenth of it. */
const MAX_DESCRIPTION = 16_384;

/** Longest line of one. */
const MAX_LINE = 1_024;

/**
 * Makes a caller's session description fit to be handed to a media server, or undefined when it is none: too large, a
 * line that is too long, or not begun by `v=0` (RFC 8866 §5). Characters outside printable ASCII and every `%` are
 * replaced: FreeSWITCH shows the description in its events percent-encoded but leaves a `%E9` of the caller's as it is,
 * and the event socket's parser throws on that, which would end the process.
 */
export function fitDescription(description: string): string | undefined {
  if (description.length > MAX_DESCRIPTION) return undefined;
  const lines = description.split(/\r\n|\r|\n/).filter((line) => line !== '');
  if (lines[0]?.trim() !== 'v=0') return undefined;
  if (lines.some((line) => line.length > MAX_LINE || !/^[a-z]=/.test(line))) return undefined;
  return lines.map((line) => `${line.replace(/[^\x20-\x7e]|%/g, '_')}\r\n`).join('');
}

/** What matters of a description for how keys arrive. */
export interface DescriptionFacts {
  /** Whether there is an audio stream that is not refused (port 0). */
  readonly audio: boolean;
  /** Whether that stream can carry telephone-event (RFC 4733 §2.4). */
  readonly telephoneEvent: boolean;
}

/** Reads the first audio stream of a description. One that cannot be read has no audio. */
export function factsOf(description: string): DescriptionFacts {
  const audio = audioOf(description);
  if (audio === undefined) return { audio: false, telephoneEvent: false };
  const listed = new Set(String(audio.payloads ?? '').split(' '));
  // The parser gives an encoding name that consists of digits as a number, whatever its declaration says.
  const telephoneEvent = (audio.rtp ?? []).some(
    ({ codec, payload }) => String(codec).toLowerCase() === 'telephone-event' && listed.has(String(payload)),
  );
  return { audio: true, telephoneEvent };
}

function audioOf(description: string): SessionDescription['media'][number] | undefined {
  if (description.length > MAX_DESCRIPTION) return undefined;
  try {
    return parse(description).media.find((stream) => stream.type === 'audio' && stream.port !== 0);
  } catch {
    return undefined;
  }
}

/** Tells whether both sides agreed on telephone-event: it is in the offer and in its answer (RFC 3264 §6.1). */
export function agreesOnTelephoneEvent(offer: string, answer: string): boolean {
  return factsOf(offer).telephoneEvent && factsOf(answer).telephoneEvent;
}

/**
 * Stands for the offer of a caller who wants ours (an INVITE without a body, RFC 3261 §13.2.1): the media server
 * answers it, and its answer is our offer. Asked for an offer itself, FreeSWITCH makes one with SRTP that few
 * telephones answer. Until the caller's answer arrives in the ACK, audio would go to the discard port (RFC 863).
 */
export function placeholderOffer(address: string): string {
  const family = address.includes(':') ? 'IP6' : 'IP4';
  return [
    'v=0',
    `o=- 1 1 IN ${family} ${address}`,
    's=-',
    `c=IN ${family} ${address}`,
    't=0 0',
    'm=audio 9 RTP/AVP 0 8 101',
    'a=rtpmap:0 PCMU/8000',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    'a=fmtp:101 0-15',
    'a=sendrecv',
    '',
  ].join('\r\n');
}
