import { isTimeZone } from '../domain/mailbox-identity.ts';

export interface LocalTime {
  /** BCP 47 tag. */
  readonly language: string;
  /** IANA name of the zone. */
  readonly timeZone: string;
  readonly clock: '12-hour' | '24-hour';
}

/**
 * Writes moments (milliseconds since 1970) with weekday, date, time to the minute and zone, as in "Wednesday,
 * November 25, 2026 at 3:05 PM PST". A zone that this machine does not know must not keep a letter from being written: it
 * is replaced by UTC, and the text says so.
 */
export function momentWriter({ language, timeZone, clock }: LocalTime): (at: number) => string {
  const format = new Intl.DateTimeFormat(language, {
    weekday: 'long',
    year: 'numeric',
    month: 'long',
    day: 'numeric',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
    hourCycle: clock === '12-hour' ? 'h12' : 'h23',
    timeZone: isTimeZone(timeZone) ? timeZone : 'UTC',
  });
  // What follows the time, as "PM" and the zone do, stays on its line.
  return (at) => format.format(at).replace(/(?<=:\d\d.*)\s/g, '\u00a0');
}
