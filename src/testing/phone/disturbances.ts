import type { Disturbance } from './media.ts';
import type { RtpPacket } from './rtp.ts';
import { random } from './synthetic-speech.ts';

/** Loses this share of the packets (0–1), the same ones for the same seed. */
export function lose(share: number, seed = 1): Disturbance {
  const chance = random(seed);
  return (packet) => (chance() < share ? [] : [packet]);
}

/** Loses the packets for which `which` is true, counted from 0. */
export function loseWhere(which: (packet: RtpPacket, index: number) => boolean): Disturbance {
  return (packet, index) => (which(packet, index) ? [] : [packet]);
}

/** Sends every packet this many times. */
export function repeat(times: number): Disturbance {
  return (packet) => Array.from({ length: times }, () => packet);
}

/** Swaps each packet for which `which` is true with the one after it. */
export function swapWhere(which: (packet: RtpPacket, index: number) => boolean): Disturbance {
  let held: RtpPacket | undefined;
  return (packet, index) => {
    if (held !== undefined) {
      const earlier = held;
      held = undefined;
      return [packet, earlier];
    }
    if (!which(packet, index)) return [packet];
    held = packet;
    return [];
  };
}

/** Applies one disturbance after the other, as hops of a network do. */
export function inTurn(...disturbances: readonly Disturbance[]): Disturbance {
  return (packet, index) =>
    disturbances.reduce<readonly RtpPacket[]>(
      (packets, disturb) => packets.flatMap((each) => disturb(each, index)),
      [packet],
    );
}
