import type { Clock } from './domain/clock.ts';

/** The machine's own time. Timers do not keep the process alive: open sockets do, for as long as the service runs. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
