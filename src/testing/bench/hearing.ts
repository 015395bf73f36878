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

/** Throws unless the audio up to `until` (`performance.now()` ms) came in order, each packet once and none missing. */
export function assertInOrder(call: Call, until: number): void {
  let before: ArrivedPacket | undefined;
  for (const packet of call.timings.packets) {
    if (packet.at > until) return;
    if (before !== undefined) {
      const ahead = (packet.timestamp - before.timestamp) | 0;
      if (ahead !== before.length) {
        throw new Error(`Behind ${before.length} samples came a packet that is ${ahead} later.\n${call.describe()}`);
      }
    }
    before = packet;
  }
}

/** Throws unless the caller was told exactly this, in this order; questions and the welcome do not matter. */
export function assertTold(call: Call, ids: readonly string[]): void {
  const told = call.prompts.map(({ id }) => id).filter((id) => !BY_THE_WAY.has(id));
  if (told.join() === ids.join()) return;
  throw new Error(
    `Told ${told.join(', ') || 'nothing'} instead of ${ids.join(', ') || 'nothing'}.\n${call.describe()}`,
  );
}
