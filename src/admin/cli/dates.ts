/** What a date is made of, as it was written; the month from 1 on. */
interface DateParts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const ISO_DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
/** As PowerShell reads dates in scripts, wherever it runs: the month first. */
const SLASHED_DATE = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,7}))?)?(?:\s*([AaPp])\.?[Mm]\.?)?$/;
const ZONED = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/i;

/**
 * Reads a moment: `2026-11-27`, `11/27/2026`, either with a time such as `17:30`, `5:30 PM` or `T17:30:05` behind it, in
 * the zone of this machine; or with a zone of its own, `2026-11-27T17:30:00Z`. Undefined when it is none.
 *
 * @param end whether a day alone stands for its end, the midnight behind it, rather than for its beginning.
 */
export function dateOf(text: string, end = false): Date | undefined {
  const trimmed = text.trim();
  if (ZONED.test(trimmed)) return valid(new Date(trimmed));
  const [, datePart = '', timePart] = /^([\d/-]+)(?:[T\s]+(.+))?$/i.exec(trimmed) ?? [];
  const date = datePartsOf(datePart);
  if (date === undefined) return undefined;
  if (timePart === undefined) return end ? endOf(date) : localDate(date, 0);
  const milliseconds = timeOf(timePart);
  return milliseconds === undefined ? undefined : localDate(date, milliseconds);
}

function datePartsOf(text: string): DateParts | undefined {
  const [, year, month, day] = ISO_DATE.exec(text) ?? [];
  if (year !== undefined) return { year: Number(year), month: Number(month), day: Number(day) };
  const [, slashedMonth, slashedDay, slashedYear] = SLASHED_DATE.exec(text) ?? [];
  if (slashedYear === undefined) return undefined;
  return { year: Number(slashedYear), month: Number(slashedMonth), day: Number(slashedDay) };
}

/** Milliseconds since midnight; undefined for what no clock shows. */
function timeOf(text: string): number | undefined {
  const [, hour, minute, second = '0', fraction = '', half] = TIME.exec(text) ?? [];
  if (hour === undefined || minute === undefined) return undefined;
  const hours = Number(hour);
  if (half !== undefined && (hours < 1 || hours > 12)) return undefined;
  const onDayClock = half === undefined ? hours : (hours % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  if (onDayClock > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  return ((onDayClock * 60 + Number(minute)) * 60 + Number(second)) * 1_000 + milliseconds;
}

/** The moment in this machine's zone; undefined for a day that no calendar has. */
function localDate({ year, month, day }: DateParts, milliseconds: number): Date | undefined {
  const date = new Date(year, month - 1, day, 0, Math.floor(milliseconds / 60_000), 0, milliseconds % 60_000);
  return date.getMonth() === month - 1 && date.getDate() === day ? date : undefined;
}

/** The midnight behind a day. */
function endOf(date: DateParts): Date | undefined {
  return localDate(date, 0) === undefined ? undefined : new Date(date.year, date.month - 1, date.day + 1);
}

const valid = (date: Date): Date | undefined => (Number.isNaN(date.getTime()) ? undefined : date);
