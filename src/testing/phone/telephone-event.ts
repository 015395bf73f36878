/** The keys that RFC 4733 §3.2 gives the event codes 0–15, in that order. */
const EVENTS = '0123456789*#ABCD';

/** The longest duration that fits the 16-bit field (RFC 4733 §2.3.5), in samples. */
const LONGEST_SEGMENT = 0xffff;
const SAMPLES_PER_MS = 8;
/** How often the last packet of an event is sent (RFC 4733 §2.5.1.4). */
const END_PACKETS = 3;

/** How a key is held down, in milliseconds. */
export interface Tone {
  /** How long the key is down, above 0. */
  readonly toneMs: number;
  /** Time between updates while it is down (RFC 4733 §2.5.1.2); also between the copies of the last packet. */
  readonly updateMs: number;
  /** Sends the copies of the last packet at once, as some phones do, instead of an update interval apart. */
  readonly endsTogether?: boolean;
}

/** One packet of a key: what to send, and when, counted from the key going down. */
export interface EventPacket {
  readonly atMs: number;
  /** Set on the first packet of the event alone (RFC 4733 §2.5.1.1). */
  readonly marker: boolean;
  /** Added to the timestamp of the key's beginning: 0, except in later segments of a long tone (RFC 4733 §2.5.1.3). */
  readonly timestampOffset: number;
  readonly payload: Uint8Array;
}

/** Tells whether RFC 4733 has an event for this character: `0`–`9`, `*`, `#`, `A`–`D`. */
export function isEventKey(character: string): boolean {
  return character.length === 1 && EVENTS.includes(character);
}

function payloadOf(event: number, end: boolean, duration: number): Uint8Array {
  const volume = 10;
  return Uint8Array.of(event, (end ? 0x80 : 0) | volume, duration >> 8, duration & 0xff);
}

/**
 * Plans the packets of one pressed key (RFC 4733 §2.5.1): a first one with the marker, an update each `updateMs`, and
 * the last one three times. Durations count from the key going down; tones longer than 8.19 s are cut into segments.
 * Throws a RangeError for a character that is no key.
 */
export function eventPackets(key: string, tone: Tone): EventPacket[] {
  if (!isEventKey(key)) throw new RangeError(`"${key}" is not a key of the keypad`);
  const event = EVENTS.indexOf(key);
  const total = Math.max(1, Math.round(tone.toneMs * SAMPLES_PER_MS));
  const step = Math.max(1, Math.round(tone.updateMs * SAMPLES_PER_MS));
  const packets: EventPacket[] = [];
  let segmentStart = 0;
  for (let sentAt = 0, reached = Math.min(step, total); ; sentAt += step, reached = Math.min(reached + step, total)) {
    const atMs = sentAt / SAMPLES_PER_MS;
    const marker = packets.length === 0;
    if (reached - segmentStart > LONGEST_SEGMENT) {
      // The segment that is full is closed at its maximum, without the E bit, and the next one carries on from there.
      packets.push({
        atMs,
        marker,
        timestampOffset: segmentStart,
        payload: payloadOf(event, false, LONGEST_SEGMENT),
      });
      segmentStart += LONGEST_SEGMENT;
    }
    // Even the shortest tone has a first packet that begins it and a last one that ends it.
    const end = reached === total && packets.length > 0;
    packets.push({
      atMs,
      marker: packets.length === 0,
      timestampOffset: segmentStart,
      payload: payloadOf(event, end, reached - segmentStart),
    });
    if (end) break;
  }
  const last = packets.at(-1);
  for (let copy = 1; last !== undefined && copy < END_PACKETS; copy++) {
    const atMs = last.atMs + (tone.endsTogether === true ? 0 : copy * tone.updateMs);
    packets.push({ ...last, atMs, marker: false });
  }
  return packets;
}
