import type { RtpFault } from './packet.ts';
import type { RtcpFault } from './rtcp-packet.ts';
import type { SrtpFault } from './srtp/inbound.ts';

/** Why a datagram that came to an RTP port was not used. */
export type DropReason =
  | RtpFault
  /** In a call with SRTP: not authentic, or heard before. */
  | SrtpFault
  /** It came from an address that the call's signalling does not name, or not from the one that was latched. */
  | 'foreign'
  /** Its payload type was not agreed. */
  | 'payload'
  /** A telephone-event packet that is too late, too short, or of an event that is no key. */
  | 'late'
  | 'malformed'
  | 'ignored';

/** What went over the RTCP ports, and over RTP's where both share one. */
export interface RtcpCounters {
  sent: number;
  received: number;
  readonly dropped: Record<RtcpFault | SrtpFault | 'foreign', number>;
}

/** What went over the RTP ports. Keys are counted; which they were is nobody's business. */
export interface RtpCounters {
  sent: number;
  received: number;
  keys: number;
  /** Times that packets were left out because the thread was too late to send them. */
  slips: number;
  /** Packets that peers sent and that did not arrive, by their sequence numbers, in calls that are over. */
  lost: number;
  readonly dropped: Record<DropReason, number>;
  readonly rtcp: RtcpCounters;
}

/** Counters that have counted nothing yet. */
export function zeroCounters(): RtpCounters {
  return {
    sent: 0,
    received: 0,
    keys: 0,
    slips: 0,
    lost: 0,
    dropped: {
      short: 0,
      version: 0,
      padding: 0,
      extension: 0,
      rtcp: 0,
      foreign: 0,
      payload: 0,
      late: 0,
      malformed: 0,
      ignored: 0,
      unauthenticated: 0,
      replayed: 0,
    },
    rtcp: {
      sent: 0,
      received: 0,
      dropped: { short: 0, version: 0, extension: 0, format: 0, foreign: 0, unauthenticated: 0, replayed: 0 },
    },
  };
}
