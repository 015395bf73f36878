import type { Call } from '../phone/call.ts';
import { type IndexedPrompt, level, QUIET_RMS } from '../phone/prompt-pack.ts';
import type { HeardPrompt } from '../phone/recogniser.ts';
import type { ArrivedPacket } from '../phone/timings.ts';

const SAMPLES_PER_MS = 8;
/** Sound is looked at in blocks of this many milliseconds, as the phone's recogniser does. */
const BLOCK_MS = 10;

/** What is said around that which matters here: it depends on how soon a key comes whether any of it is heard. */
const BY_THE_WAY: ReadonlySet<string> = new Set([
  'welcome',
  'enter-extension',
  'enter-pin',
  'enter-pin-known-caller',
  'enter-pin-again',
  'main-menu',
  'menu-repeat',
  'menu-leave',
  'please-wait',
]);

/** Throws unless the caller was told exactly this, in this order; questions and the welcome do not matter. */
export function assertTold(call: Pick<Call, 'prompts' | 'describe'>, ids: readonly string[]): void {
  const told = call.prompts
    .flatMap((prompt, i) => (goesOn(call.prompts[i - 1], prompt) ? [] : prompt.id))
    .filter((id) => !BY_THE_WAY.has(id));
  if (told.join() === ids.join()) return;
  throw new Error(
    `Told ${told.join(', ') || 'nothing'} instead of ${ids.join(', ') || 'nothing'}.\n${call.describe()}`,
  );
}

/** Whether a prompt is what came after a pause in the sending of the one before it. */
function goesOn(before: HeardPrompt | undefined, prompt: HeardPrompt): boolean {
  return before?.id === prompt.id && prompt.fromMs >= before.heardMs;
}

/**
 * What is wrong with the order of packets; undefined when each begins where the one before ends, or later: a sender
 * that was held up goes on late and says so in its timestamps (RFC 3550 §5.1).
 */
export function findDisorder(packets: readonly ArrivedPacket[]): string | undefined {
  for (const [index, ahead] of steps(packets)) {
    if (ahead < 0) return `Packet ${index} begins ${-ahead} samples before the end of the one before it`;
  }
  return undefined;
}

/** The longest time, in milliseconds, by which a packet begins after the end of the one before it; 0 when none does. */
export function longestPause(packets: readonly ArrivedPacket[]): number {
  return Math.max(0, ...steps(packets).map(([, ahead]) => ahead / SAMPLES_PER_MS));
}

/** For each packet but the first its index and how many samples lie between it and the one before. */
function steps(packets: readonly ArrivedPacket[]): [number, number][] {
  return packets.slice(1).map((packet, i) => {
    const before = packets[i] ?? packet;
    // Timestamps wrap around at 32 bits.
    return [i + 1, (packet.timestamp - before.timestamp - before.length) | 0];
  });
}

/**
 * How much of a prompt's sound, in milliseconds, was not heard between its beginning and its end, when it was heard in
 * these pieces; a pause in the sending makes two pieces of one and loses nothing.
 */
export function lostSound(pieces: readonly Pick<HeardPrompt, 'fromMs' | 'heardMs'>[], prompt: IndexedPrompt): number {
  let heardTo = 0;
  let lost = 0;
  for (const { fromMs, heardMs } of [...pieces, { fromMs: prompt.audibleEnd / SAMPLES_PER_MS, heardMs: 0 }]) {
    for (let at = heardTo; at < fromMs; at += BLOCK_MS) if (isAudible(prompt.samples, at)) lost += BLOCK_MS;
    heardTo = Math.max(heardTo, heardMs);
  }
  return lost;
}

/** The moments of a prompt, in whole milliseconds from `from` up to `to`, from which it is audible for `forMs` without a break. */
export function loudMoments(samples: Int16Array, from: number, to: number, forMs: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i).filter((moment) => {
    for (let at = moment; at < moment + forMs; at += BLOCK_MS) if (!isAudible(samples, at)) return false;
    return true;
  });
}

function isAudible(samples: Int16Array, atMs: number): boolean {
  const from = Math.round(atMs * SAMPLES_PER_MS);
  return level(samples, from, Math.min(samples.length, from + BLOCK_MS * SAMPLES_PER_MS)) > QUIET_RMS;
}
