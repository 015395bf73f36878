import type { RtpPacket } from './packet.ts';
import { sequenceDistance, timestampDistance } from './serial-number.ts';

/** A key as telephone-event packets name it (RFC 4733 §3.2, table 7). */
export type DtmfKey = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | 'A' | 'B' | 'C' | 'D';

const keysByCode: readonly DtmfKey[] = [
  ...(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'] as const),
];

/** A press of a key, told once. */
export interface KeyPress {
  readonly key: DtmfKey;
  /** What is known of its length when it is told, in timestamp units of 125 µs: that of the first packet seen. */
  readonly duration: number;
  readonly ssrc: number;
  readonly timestamp: number;
}

/** One event of a source: all packets that carry its timestamp, and for a long tone its segments. */
interface SeenEvent {
  code: number;
  /** Timestamp of its (latest) segment. */
  timestamp: number;
  /** The longest duration reported in that segment. */
  duration: number;
  ended: boolean;
  /** The newest sequence number among its packets. */
  sequence: number;
}

interface Source {
  readonly ssrc: number;
  /** The newest sequence number of a telephone-event packet. */
  newest: number;
  /** Set after a packet from far outside the window; the one that follows it proves that the sender began anew. */
  resync: number | undefined;
  /** The latest events, the newest first. */
  events: SeenEvent[];
  /** When its last packet came, in the receiver's milliseconds. */
  at: number;
}

/** Presses that can be in flight at once are few; more are only kept against late copies. */
const rememberedEvents = 16;
/** Sources that may take turns in one stream, as behind a gateway that gives events their own SSRC. */
const rememberedSources = 4;
/** How many packets late a telephone-event packet may be and still count: about a second of them. */
const lateWindow = 100;
/** A jump further ahead than this without a pause is another sender's packet, or the sender has begun anew. */
const dropoutWindow = 3_000;
/** The longest segment of a long event (RFC 4733 §2.5.1.3). */
const longestSegment = 0xffff;
/** Senders may cut a segment up to one update interval (here at most 200 ms) before the field is full. */
const segmentSlack = 1_600;
/** How much of a long tone's end may be lost at a segment border before it is taken for a new press: one second. */
const segmentLoss = 8_000;
/** After this many milliseconds without a packet of a source none of its packets is still on the way. */
const quiet = 5_000;
/** A sender that is replaced in the middle of a press goes on within this time, in milliseconds. */
const handOver = 250;

/**
 * Turns telephone-event packets (RFC 4733) into presses: each press is told exactly once, at the earliest packet of
 * it that arrives, whatever is lost, repeated or reordered. It trusts nothing but the packets and the given time.
 */
export class TelephoneEventReceiver {
  /** Most recently used first. */
  #sources: Source[] = [];

  /**
   * Takes one packet of the negotiated telephone-event payload type.
   *
   * @param datagram what `packet` was read from.
   * @param now monotonic milliseconds.
   * @returns the press that this packet reveals; `'known'` for a further packet of one; `'late'` and `'malformed'`
   *   for packets that are not used; `'ignored'` for events that are no keys, such as tones and flash.
   */
  receive(datagram: Uint8Array, packet: RtpPacket, now: number): KeyPress | 'known' | 'late' | 'malformed' | 'ignored' {
    if (packet.payloadEnd - packet.payloadStart < 4) return 'malformed';
    const at = packet.payloadStart;
    const code = datagram[at] as number;
    const key = keysByCode[code];
    if (key === undefined) return 'ignored';
    const end = ((datagram[at + 1] as number) & 0x80) !== 0;
    const duration = ((datagram[at + 2] as number) << 8) | (datagram[at + 3] as number);
    const previous = this.#sources[0];
    const source = this.#source(packet);
    const order = placeInOrder(source, packet.sequence, now);
    if (order === 'late') return 'late';
    const press = { key, duration, ssrc: packet.ssrc, timestamp: packet.timestamp };
    const known = findEvent(source, packet, code, end, duration, order);
    const handedOver = known === undefined && continuesOn(previous, source, packet, code, duration, now);
    source.at = now;
    const event = known ?? remember(source, packet, code, order);
    event.duration = Math.max(event.duration, duration);
    event.ended ||= end;
    if (sequenceDistance(packet.sequence, event.sequence) > 0) event.sequence = packet.sequence;
    return known === undefined && !handedOver ? press : 'known';
  }

  /** The state of the packet's SSRC, made when it is new; the one not heard for longest gives way. */
  #source(packet: RtpPacket): Source {
    const index = this.#sources.findIndex(({ ssrc }) => ssrc === packet.ssrc);
    const found = this.#sources[index];
    if (index === 0 && found !== undefined) return found;
    const source: Source = found ?? {
      ssrc: packet.ssrc,
      // One behind, so that this packet is the newest.
      newest: (packet.sequence - 1) & 0xffff,
      resync: undefined,
      events: [],
      at: Number.NEGATIVE_INFINITY,
    };
    this.#sources = [source, ...this.#sources.filter((other) => other !== source)].slice(0, rememberedSources);
    return source;
  }
}

/**
 * Whether a packet is newer than all before, or an older one that reordering explains, or too late to count
 * (after RFC 3550 A.1: a sender that starts again elsewhere is believed at its second packet in a row).
 */
function placeInOrder(source: Source, sequence: number, now: number): 'newer' | 'older' | 'late' {
  if (now - source.at > quiet) {
    // Audio in between may have carried the sequence number anywhere; an ended event's timestamp may come again.
    source.newest = (sequence - 1) & 0xffff;
    source.events = source.events.filter(({ ended }) => !ended);
  }
  const ahead = sequenceDistance(sequence, source.newest);
  if (ahead > 0 && ahead <= dropoutWindow) {
    source.newest = sequence;
    source.resync = undefined;
    return 'newer';
  }
  if (ahead <= 0 && ahead > -lateWindow) {
    source.resync = undefined;
    return 'older';
  }
  if (source.resync === undefined || sequenceDistance(sequence, source.resync) !== 1) {
    source.resync = sequence;
    return 'late';
  }
  source.newest = sequence;
  source.resync = undefined;
  source.events = [];
  return 'newer';
}

/** The event that a packet belongs to, if it has been told already. */
function findEvent(
  source: Source,
  packet: RtpPacket,
  code: number,
  end: boolean,
  duration: number,
  order: 'newer' | 'older',
): SeenEvent | undefined {
  const same = source.events.find((event) => event.code === code && event.timestamp === packet.timestamp);
  if (same !== undefined) {
    // Some senders stamp every event alike. What follows an end, newer than it and begun anew, is another press.
    const again = same.ended && packet.marker && !end && duration <= same.duration;
    if (!again || order === 'older' || sequenceDistance(packet.sequence, same.sequence) <= 0) return same;
    return undefined;
  }
  const last = source.events[0];
  if (last !== undefined && order === 'newer' && isNextSegment(last, packet, code)) {
    last.timestamp = packet.timestamp;
    last.duration = duration;
    return last;
  }
  // A late packet of a segment that the event has left behind since.
  const passed = source.events.find((event) => event.code === code && wasSegmentOf(event, packet.timestamp));
  return order === 'older' ? passed : undefined;
}

/**
 * Whether the packet goes on with a long tone in a new segment (RFC 4733 §2.5.1.3): the same event, not ended, its
 * timestamp advanced by a full segment, and the marker, which only the first segment has, not set.
 */
function isNextSegment(last: SeenEvent, packet: RtpPacket, code: number): boolean {
  if (last.code !== code || last.ended || packet.marker) return false;
  const step = timestampDistance(packet.timestamp, last.timestamp);
  return step <= longestSegment && step >= longestSegment - segmentSlack && last.duration >= step - segmentLoss;
}

function wasSegmentOf(event: SeenEvent, timestamp: number): boolean {
  const step = timestampDistance(event.timestamp, timestamp);
  return step <= longestSegment && step >= longestSegment - segmentSlack;
}

/**
 * Whether a packet of a source that has not shown the event goes on with a press begun under another SSRC, as when a
 * gateway changes its own in the middle: nothing of it may look like a beginning.
 */
function continuesOn(
  previous: Source | undefined,
  source: Source,
  packet: RtpPacket,
  code: number,
  duration: number,
  now: number,
): boolean {
  const last = previous?.events[0];
  if (previous === undefined || last === undefined || previous === source) return false;
  return (
    last.code === code &&
    !last.ended &&
    !packet.marker &&
    now - previous.at <= handOver &&
    source.events.length === 0 &&
    duration >= last.duration
  );
}

/** Notes a new event: in front, or behind the newest one when its packet is an older one. */
function remember(source: Source, packet: RtpPacket, code: number, order: 'newer' | 'older'): SeenEvent {
  const event: SeenEvent = {
    code,
    timestamp: packet.timestamp,
    duration: 0,
    ended: false,
    sequence: packet.sequence,
  };
  const at = order === 'newer' ? 0 : 1;
  source.events.splice(at, 0, event);
  if (source.events.length > rememberedEvents) source.events.length = rememberedEvents;
  return event;
}
