import type { Cancel, Clock } from '../domain/clock.ts';
import { describeFault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';

const AN_HOUR = 3_600_000;

export interface HourlyParts {
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Does a task an hour from now and every hour after that, never two at a time. One that throws is logged with
 * `complaint`, and tried again an hour later. What it returns ends it; a task under way then is not waited for, and
 * what it throws, as when the database has been closed, is nobody's business any more.
 */
export function everyHour({ clock, log }: HourlyParts, task: () => Promise<void>, complaint: string): Cancel {
  let isOver = false;
  let cancel: Cancel = () => undefined;
  const wait = (): void => {
    if (!isOver) cancel = clock.after(AN_HOUR, () => void run());
  };
  const run = async (): Promise<void> => {
    try {
      await task();
    } catch (error) {
      if (!isOver) log.error({ fault: describeFault(error) }, complaint);
    }
    wait();
  };
  wait();
  return () => {
    isOver = true;
    cancel();
  };
}
