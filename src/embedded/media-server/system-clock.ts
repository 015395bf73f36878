import { performance } from 'node:perf_hooks';
import type { Clock } from '../clock.ts';

/** The clock of a worker thread, to which no other can be passed. Its timers do not keep the thread alive. */
export const systemClock: Clock = {
  // The wall clock with the precision of events: FreeSWITCH stamps them in microseconds.
  now: () => performance.timeOrigin + performance.now(),
  monotonic: () => performance.now(),
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
