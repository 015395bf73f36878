import type { Disturbance, KeyTiming } from './media.ts';
import type { HeardPrompt } from './recogniser.ts';
import type { OfferedCodec } from './sdp.ts';
import type { SessionOptions } from './session.ts';
import type { HeaderField } from './sip-message.ts';
import type { SrtpOffer } from './srtp.ts';
import type { Address } from './user-agent.ts';

/** How a call came to its end. */
export type CallEnding =
  /** The phone sent BYE. */
  | { readonly kind: 'hung-up' }
  /** The far side sent BYE; with its Reason header (RFC 3326), if it gave one. */
  | { readonly kind: 'far-side-hung-up'; readonly reason: string | undefined }
  /** The INVITE was refused. */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string }
  /** The phone cancelled; `answered` when the answer had won the race, and was ended by a BYE. */
  | { readonly kind: 'cancelled'; readonly answered: boolean }
  /** No final response came to the INVITE (RFC 3261 §17.1.1.2, timer B), or the address is unknown. */
  | { readonly kind: 'no-response' }
  /** The phone was closed, and the far side did not answer its BYE. */
  | { readonly kind: 'phone-closed' };

/** What a call may be told; everything has the default that an ordinary phone would have. */
export interface CallOptions {
  /** The calling number in From. Default: the phone's. */
  readonly number?: string;
  readonly displayName?: string;
  /** Further headers of the INVITE, such as P-Asserted-Identity. */
  readonly headers?: readonly HeaderField[];
  /** In order of preference; default PCMU, PCMA. */
  readonly codecs?: readonly OfferedCodec[];
  /** The payload type offered for telephone-event; default 101. */
  readonly eventPayloadType?: number | 'none';
  /** Packet time of the phone's audio, and the one it asks for, 10–60 ms; default 20. */
  readonly ptime?: number;
  /** Whether silence is sent while there is nothing to say; default true. */
  readonly comfort?: boolean;
  /** The local RTP address; default the phone's host and any free port. */
  readonly rtp?: Partial<Address>;
  /** What the network does to the phone's RTP. */
  readonly disturb?: Disturbance;
  /** How many milliseconds the network may take for each of its packets, by chance; default 0. */
  readonly jitterMs?: number;
  /** How keys are pressed; each press may say otherwise. */
  readonly keys?: Partial<KeyTiming>;
  /** Keeps the audio of both ways for {@link Call.wav}; default false. */
  readonly record?: boolean;
  /** Whether and how it knows session timers (RFC 4028); default not. */
  readonly session?: SessionOptions;
  /** `no-offer`: the INVITE asks for an offer, which the ACK answers (RFC 3261 §13.2.1); default `offer`. */
  readonly offers?: 'offer' | 'no-offer';
  /** Whether SRTP is offered, and how; default not. */
  readonly srtp?: SrtpOffer;
  /** Is given every datagram of RTP as it is on the network, both ways. */
  readonly tap?: (bytes: Buffer) => void;
  /** `false`: a 2xx to the INVITE is never acknowledged. */
  readonly acknowledge?: boolean;
  /** How many 2xx to the INVITE are lost on their way to the phone; default 0. */
  readonly loseAnswers?: number;
}

/**
 * How keys are pressed: by RTP event (RFC 4733), by SIP INFO with application/dtmf-relay, as tones in the audio
 * (ITU-T Q.23), or, as some gateways do it, as both RTP events and tones.
 */
export interface PressOptions extends Partial<KeyTiming> {
  readonly by?: 'telephone-event' | 'info' | 'in-band' | 'telephone-event-and-in-band';
}

/** What a call tells of as it goes. */
export interface CallListener {
  prompt?(prompt: HeardPrompt, change: 'started' | 'ended'): void;
  progress?(status: number, reason: string): void;
}
