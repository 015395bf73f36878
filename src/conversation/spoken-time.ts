import type { Mailbox } from '../domain/mailbox.ts';
import { type NumberPhraseId, spokenNumber } from './spoken-digits.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

const MONTHS = [
  ...(['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october'] as const),
  ...(['november', 'december'] as const),
] as const;

/** The days of a month that are one word; the others are a number and one of these: twenty, first. */
const ORDINALS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 30] as const;

const TIME_WORDS = ['today', 'yesterday', 'at', 'oh', 'am', 'pm', 'hours'] as const;

/** A word of a date or of a time of day. */
export type TimePhraseId =
  | `time-${(typeof TIME_WORDS)[number]}`
  | `weekday-${(typeof WEEKDAYS)[number]}`
  | `month-${(typeof MONTHS)[number]}`
  | `ordinal-${(typeof ORDINALS)[number]}`;

export const TIME_PHRASE_IDS: readonly TimePhraseId[] = [
  ...TIME_WORDS.map((word): TimePhraseId => `time-${word}`),
  ...WEEKDAYS.map((day): TimePhraseId => `weekday-${day}`),
  ...MONTHS.map((month): TimePhraseId => `month-${month}`),
  ...ORDINALS.map((day): TimePhraseId => `ordinal-${day}`),
];

/** How a mailbox wants times to be told. */
export type TimeStyle = Pick<Mailbox, 'timeZone' | 'clock'>;

/** A moment as calendar and clock show it in a time zone. */
interface LocalTime {
  readonly year: number;
  /** 1–12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  /** Days since 1970-01-01, both as dates of the calendar: no hour that is skipped or repeated counts here. */
  readonly dayNumber: number;
}

const DAY = 24 * 3_600_000;

/** Weekdays alone name the days of the last week, today and yesterday apart; the seventh would be today's namesake. */
const DAYS_NAMED_ALONE = 6;

/**
 * The phrases that say when something was, in American English and as naturally as it can be: "today at three oh five
 * PM", "yesterday at …", "Monday at …" up to six days ago, else "Monday, November second, at …", with the year when it
 * is not this one. A clock of 24 hours says "fifteen oh five hours". Seconds are left out.
 *
 * @param moment in milliseconds since 1970; one that lies behind `now` is told by its date.
 * @param now in milliseconds since 1970.
 *
 * Throws a RangeError when the time zone is not one that the runtime knows.
 */
export function spokenTime(
  moment: number,
  now: number,
  { timeZone, clock }: TimeStyle,
): readonly (TimePhraseId | NumberPhraseId)[] {
  const then = localTime(moment, timeZone);
  const today = localTime(now, timeZone);
  return [...spokenDay(then, today), ...spokenTimeOfDay(then, clock)];
}

function localTime(moment: number, timeZone: string): LocalTime {
  const format = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const parts = new Map(format.formatToParts(moment).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? Number.NaN;
  const [year, month, day] = [part('year'), part('month'), part('day')];
  return {
    ...{ year, month, day, hour: part('hour'), minute: part('minute') },
    dayNumber: Date.UTC(year, month - 1, day) / DAY,
  };
}

function spokenDay(then: LocalTime, today: LocalTime): readonly (TimePhraseId | NumberPhraseId)[] {
  const daysAgo = today.dayNumber - then.dayNumber;
  if (daysAgo === 0) return ['time-today'];
  if (daysAgo === 1) return ['time-yesterday'];
  // 1970-01-01 was a Thursday.
  const weekday = pick(WEEKDAYS, (((then.dayNumber + 4) % 7) + 7) % 7);
  if (daysAgo > 0 && daysAgo <= DAYS_NAMED_ALONE) return [`weekday-${weekday}`, 'time-at'];
  const year = then.year === today.year ? [] : spokenYear(then.year);
  return [
    `weekday-${weekday}`,
    `month-${pick(MONTHS, then.month - 1)}`,
    ...spokenOrdinal(then.day),
    ...year,
    'time-at',
  ];
}

function spokenOrdinal(day: number): readonly (TimePhraseId | NumberPhraseId)[] {
  const word = ORDINALS.find((one) => one === day);
  if (word !== undefined) return [`ordinal-${word}`];
  return [...spokenNumber(day - (day % 10)), ...spokenOrdinal(day % 10)];
}

/** 2026 is twenty, twenty-six; 2105 is twenty-one, oh, five; 2008 is two thousand eight. */
function spokenYear(year: number): readonly (TimePhraseId | NumberPhraseId)[] {
  const [century, rest] = [Math.floor(year / 100), year % 100];
  if (century % 10 === 0 && rest < 10) return spokenNumber(year);
  if (rest === 0) return [...spokenNumber(century), 'number-hundred'];
  return [...spokenNumber(century), ...spokenTwoDigits(rest)];
}

/** 5 is "oh five", as minutes and years are said. */
function spokenTwoDigits(number: number): readonly (TimePhraseId | NumberPhraseId)[] {
  return number < 10 ? ['time-oh', ...spokenNumber(number)] : spokenNumber(number);
}

function spokenTimeOfDay(
  { hour, minute }: LocalTime,
  clock: TimeStyle['clock'],
): readonly (TimePhraseId | NumberPhraseId)[] {
  const minutes = minute === 0 ? [] : spokenTwoDigits(minute);
  switch (clock) {
    case '12-hour':
      return [...spokenNumber(hour % 12 === 0 ? 12 : hour % 12), ...minutes, hour < 12 ? 'time-am' : 'time-pm'];
    case '24-hour':
      return [...spokenNumber(hour), ...(minute === 0 ? (['number-hundred'] as const) : minutes), 'time-hours'];
  }
}

function pick<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError('There is no such day or month');
  return item;
}
