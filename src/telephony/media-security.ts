import type { VoipSecurity } from '../domain/dial-plan.ts';
import type { Refusal } from './refusal.ts';

/** Media lines of audio that are not refused, each with its attributes. */
function audioSections(description: string): readonly string[] {
  return description.split(/^(?=m=)/m).filter((section) => /^m=audio (?!0 )/i.test(section));
}

/** A key for SRTP in a suite that every media server has (RFC 4568 §6.2). */
const COMMON_KEY = /^a=crypto:\d+ AES_CM_128_HMAC_SHA1_(?:80|32) /im;

/**
 * Tells whether an audio stream is offered whose keys are agreed on by DTLS. drachtio-fsmrf makes no endpoint for such an
 * offer, even when another stream is beside it.
 */
export function needsDtls(description: string): boolean {
  return /^m=audio .*(?:UDP\/TLS|SAVPF)/im.test(description);
}

/** Whether the first audio stream of a description is SRTP with keys in the description (RFC 4568), or can be (RFC 8643). */
export function hasSrtp(description: string): boolean {
  const [audio = ''] = audioSections(description);
  return /^a=crypto:\d+ \S+ inline:/im.test(audio);
}

/** Why a call is not secure enough for its dial plan; undefined when it is. Only the last hop of the INVITE is known. */
export function securityRefusal(
  wanted: VoipSecurity,
  { transport, offer }: { readonly transport: string; readonly offer: string | undefined },
): Refusal | undefined {
  if (wanted === 'unsecured') return undefined;
  if (transport !== 'tls' && transport !== 'wss') return { kind: 'signalling-not-secured', status: 480 };
  // An offer of ours would have to be answered with the key that stands in it, which FreeSWITCH then changes.
  if (wanted === 'secured' && (offer === undefined || !hasSrtp(offer))) {
    return { kind: 'media-not-secured', status: 488 };
  }
  return undefined;
}

/**
 * An offer as media servers are given it. drachtio-fsmrf refuses every description with `SAVP`, because it takes the
 * word for DTLS; servers read it in any case. Plain RTP with a key that they have the suite of is offered to them as
 * SRTP, for FreeSWITCH refuses a key beside plain RTP, which is how a caller says that it would rather have SRTP.
 */
export function offerForMediaServer(offer: string): string {
  return offer
    .split(/^(?=m=)/m)
    .map((section) => {
      const isBestEffort = /^m=audio \S+ RTP\/AVP /i.test(section) && COMMON_KEY.test(section);
      const profile = isBestEffort ? /RTP\/AVP/i : /RTP\/SAVP(?=\s)/i;
      return /^m=audio /i.test(section) ? section.replace(profile, 'rtp/savp') : section;
    })
    .join('');
}

/** The media server's answer as the caller is given it: each stream with the profile that was offered (RFC 8643 §3.2). */
export function answerForCaller(answer: string, offer: string): string {
  const profiles = Array.from(offer.matchAll(/^m=\S+ \S+ (\S+)/gm), (line) => line[1] ?? '');
  let at = 0;
  return answer.replace(/^(m=\S+ \S+ )(\S+)/gm, (line, head: string, profile: string) => {
    const offered = profiles[at++];
    return /^RTP\/S?AVP$/i.test(profile) && offered !== undefined ? `${head}${offered}` : line;
  });
}
