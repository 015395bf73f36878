import { encode } from '../phone/g711.ts';
import { writeRtp } from '../phone/rtp.ts';
import { eventPackets } from '../phone/telephone-event.ts';
import { type CapturedDatagram, writePcap } from './pcap.ts';

/** One capture that a scenario plays: keys pressed one after the other, or silence. */
export type Capture =
  | { readonly kind: 'keys'; readonly keys: string }
  | { readonly kind: 'silence'; readonly ms: number };

const PTIME_MS = 20;
const SAMPLES_PER_MS = 8;
/** How long a key is down, and the time to the next one: brisk, but no faster than people who know their PIN. */
const TONE_MS = 70;
const GAP_MS = 50;
/** How far timestamps go on between two captures: far enough that no key is taken for a late packet of the last one. */
const BETWEEN_CAPTURES = 8_000;
const SSRC = 0x70_68_6f_6e;

/** The longest sequence of keys takes this long: a PIN of 24 digits and its `#`. Scenarios pause longer after each. */
export const LONGEST_KEYS_MS = 25 * (TONE_MS + GAP_MS);

/**
 * Makes the captures of one call, in the order in which they are played: PCMU silence, and RFC 4733 events as payload
 * type `eventPayloadType`. Sequence numbers and timestamps rise from each capture to the next, because a receiver
 * rightly drops what looks older than what it has.
 */
export function makePcaps(captures: readonly Capture[], eventPayloadType: number): Buffer[] {
  let sequence = 1_000;
  let timestamp = 160_000;
  return captures.map((capture) => {
    const datagrams: CapturedDatagram[] = [];
    const add = (atMs: number, at: number, payloadType: number, marker: boolean, payload: Uint8Array): void => {
      const packet = { payloadType, marker, sequence, timestamp: at, ssrc: SSRC, payload };
      datagrams.push({ atMs, payload: writeRtp(packet) });
      sequence++;
    };
    let lasted = 0;
    if (capture.kind === 'silence') {
      const frame = encode('PCMU', new Int16Array(PTIME_MS * SAMPLES_PER_MS));
      for (; lasted < capture.ms; lasted += PTIME_MS) {
        add(lasted, timestamp + lasted * SAMPLES_PER_MS, 0, lasted === 0, frame);
      }
    } else {
      for (const key of capture.keys) {
        const start = timestamp + lasted * SAMPLES_PER_MS;
        for (const packet of eventPackets(key, { toneMs: TONE_MS, updateMs: PTIME_MS, endsTogether: true })) {
          add(lasted + packet.atMs, start + packet.timestampOffset, eventPayloadType, packet.marker, packet.payload);
        }
        lasted += TONE_MS + GAP_MS;
      }
    }
    timestamp += lasted * SAMPLES_PER_MS + BETWEEN_CAPTURES;
    return writePcap(datagrams);
  });
}
