import type { Call } from '../phone/call.ts';
import type { ArrivedPacket } from '../phone/timings.ts';

/** What is said around that which matters here: it depends on how soon a key comes whether any of it is heard. */
const BY_THE_WAY: ReadonlySet<string> = new Set([
  'welcome',
  'enter-extension',
  'enter-pin',
  'enter-pin-known-caller',
  'main-menu',
  'menu-repeat',
  'menu-leave',
  'please-wait',
]);

/**
 * What is wrong with the order of packets that came up to `until` (`performance.now()` ms); undefined when each came
 * once, none is missing, and every one continues the one before.
 */
export function findDisorder(packets: readonly ArrivedPacket[], until: number): string | undefined {
  const arrived = packets.filter(({ at }) => at <= until);
  for (const [index, before] of arrived.entries()) {
    const packet = arrived[index + 1];
    // Timestamps wrap around at 32 bits (RFC 3550 §5.1).
    const ahead = packet === undefined ? before.length : (packet.timestamp - before.timestamp) | 0;
    if (ahead !== before.length) {
      return `Packet ${index + 1} begins ${ahead} samples behind the one before, which has ${before.length}`;
    }
  }
  return undefined;
}

/** Throws unless the audio up to `until` (`performance.now()` ms) came in order, each packet once and none missing. */
export function assertInOrder(call: Call, until: number): void {
  const disorder = findDisorder(call.timings.packets, until);
  if (disorder !== undefined) throw new Error(`${disorder}.\n${call.describe()}`);
}

/** Throws unless the caller was told exactly this, in this order; questions and the welcome do not matter. */
export function assertTold(call: Call, ids: readonly string[]): void {
  const told = call.prompts.map(({ id }) => id).filter((id) => !BY_THE_WAY.has(id));
  if (told.join() === ids.join()) return;
  throw new Error(
    `Told ${told.join(', ') || 'nothing'} instead of ${ids.join(', ') || 'nothing'}.\n${call.describe()}`,
  );
}
