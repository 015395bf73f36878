import type { Clock } from '../domain/clock.ts';

/** Waits so many milliseconds, 0 and more, on the clock; nothing cuts it short. */
export async function pause(clock: Clock, milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => clock.after(milliseconds, resolve));
}
