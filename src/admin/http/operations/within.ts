import type { Clock } from '../../../domain/clock.ts';

/** What a promise comes to within so many milliseconds; undefined when it takes longer or rejects. What comes later is dropped. */
export async function within<T>(clock: Clock, milliseconds: number, work: () => Promise<T>): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const cancel = clock.after(milliseconds, () => resolve(undefined));
  try {
    return await Promise.race([promise, work().catch(() => undefined)]);
  } finally {
    cancel();
  }
}
