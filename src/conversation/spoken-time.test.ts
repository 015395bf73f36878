import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NUMBER_PHRASE_IDS } from './spoken-digits.ts';
import { spokenTime, TIME_PHRASE_IDS, type TimeStyle } from './spoken-time.ts';

const TWELVE: TimeStyle = { timeZone: 'America/Los_Angeles', clock: '12-hour' };
const TWENTY_FOUR: TimeStyle = { timeZone: 'Europe/Berlin', clock: '24-hour' };

/** The words, without the kinds of their ids. */
const words = (then: string, now: string, style: TimeStyle): string =>
  spokenTime(Date.parse(then), Date.parse(now), style)
    .map((id) => id.replace(/^[a-z]+-/, ''))
    .join(' ');

describe('a time', () => {
  // 2026-11-24 is a Tuesday; Los Angeles is eight hours behind UTC then, and seven until November 1st.
  const NOW = '2026-11-24T23:30:00Z';

  it.each([
    ['2026-11-24T23:05:00Z', 'today 3 oh 5 pm'],
    ['2026-11-24T08:00:00Z', 'today 12 am'],
    ['2026-11-24T20:00:59Z', 'today 12 pm'],
    ['2026-11-24T19:59:00Z', 'today 11 50 9 am'],
    ['2026-11-24T07:59:59Z', 'yesterday 11 50 9 pm'],
    ['2026-11-23T08:00:00Z', 'yesterday 12 am'],
    ['2026-11-23T07:59:00Z', 'sunday at 11 50 9 pm'],
    ['2026-11-18T08:00:00Z', 'wednesday at 12 am'],
    ['2026-11-18T07:59:00Z', 'tuesday november 17 at 11 50 9 pm'],
    ['2026-11-02T17:10:00Z', 'monday november 2 at 9 10 am'],
    ['2026-11-01T08:30:00Z', 'sunday november 1 at 1 30 am'],
    ['2026-11-01T09:30:00Z', 'sunday november 1 at 1 30 am'],
    ['2026-10-31T18:00:00Z', 'saturday october 30 1 at 11 am'],
    ['2026-03-08T09:59:00Z', 'sunday march 8 at 1 50 9 am'],
    ['2026-03-08T10:00:00Z', 'sunday march 8 at 3 am'],
    ['2026-07-22T04:15:00Z', 'tuesday july 20 1 at 9 15 pm'],
    ['2025-12-31T20:00:00Z', 'wednesday december 30 1 20 20 5 at 12 pm'],
    ['2000-02-29T20:00:00Z', 'tuesday february 20 9 2 thousand at 12 pm'],
    ['2009-05-05T19:00:00Z', 'tuesday may 5 2 thousand 9 at 12 pm'],
    ['1999-05-05T19:00:00Z', 'wednesday may 5 19 90 9 at 12 pm'],
    ['1969-07-20T20:17:00Z', 'sunday july 20 19 60 9 at 1 17 pm'],
  ])('%s is told as "%s" on a clock of twelve hours', (then, expected) => {
    expect(words(then, NOW, TWELVE)).toBe(expected);
  });

  it.each([
    ['2026-11-24T14:05:00Z', 'today 15 oh 5 hours'],
    ['2026-11-24T14:00:00Z', 'today 15 hundred hours'],
    ['2026-11-23T23:30:00Z', 'today 0 30 hours'],
    ['2026-11-23T23:00:00Z', 'today 0 hundred hours'],
    ['2026-11-23T22:59:00Z', 'yesterday 20 3 50 9 hours'],
    ['2105-01-01T12:00:00Z', 'thursday january 1 20 1 oh 5 at 13 hundred hours'],
    ['2100-01-01T12:00:00Z', 'friday january 1 20 1 hundred at 13 hundred hours'],
  ])('%s is told as "%s" on a clock of twenty-four', (then, expected) => {
    expect(words(then, '2026-11-24T22:30:00Z', TWENTY_FOUR)).toBe(expected);
  });

  it('has its year when that is not the present one, and is a weekday across the turn of the year', () => {
    expect(words('2026-12-28T20:00:00Z', '2027-01-02T20:00:00Z', TWELVE)).toBe('monday at 12 pm');
    expect(words('2026-12-20T20:00:00Z', '2027-01-02T20:00:00Z', TWELVE)).toBe('sunday december 20 20 20 6 at 12 pm');
  });

  it('that a clock set back makes later than now is told by its date', () => {
    expect(words('2026-11-26T20:00:00Z', NOW, TWELVE)).toBe('thursday november 20 6 at 12 pm');
    expect(words('2026-11-25T01:00:00Z', NOW, TWELVE)).toBe('today 5 pm');
  });

  it('is told in the zone of the mailbox, a quarter of an hour off included', () => {
    const style = (timeZone: string): TimeStyle => ({ timeZone, clock: '12-hour' });
    expect(words('2026-11-24T10:00:00Z', NOW, style('Asia/Kathmandu'))).toBe('yesterday 3 40 5 pm');
    expect(words('2026-11-24T10:00:00Z', NOW, style('Pacific/Kiritimati'))).toBe('today 12 am');
    expect(words('2026-11-24T10:00:00Z', NOW, style('UTC'))).toBe('today 10 am');
  });

  it('says yesterday of the day before, although a clock change made it 23 or 25 hours long', () => {
    // On November 1st 2026 Los Angeles has 25 hours, on March 8th 23.
    expect(words('2026-11-01T07:30:00Z', '2026-11-02T07:59:00Z', TWELVE)).toBe('today 12 30 am');
    expect(words('2026-11-01T07:30:00Z', '2026-11-02T08:00:00Z', TWELVE)).toBe('yesterday 12 30 am');
    expect(words('2026-11-01T06:59:00Z', '2026-11-02T08:00:00Z', TWELVE)).toBe('saturday at 11 50 9 pm');
    expect(words('2026-03-08T08:00:00Z', '2026-03-10T06:59:00Z', TWELVE)).toBe('yesterday 12 am');
  });

  it('needs a zone that there is', () => {
    expect(() => words(NOW, NOW, { timeZone: 'Mars/Olympus', clock: '12-hour' })).toThrow(RangeError);
  });
});

describe('whatever the moment and the zone', () => {
  const ZONES = Intl.supportedValuesOf('timeZone');
  const moment = fc.integer({ min: Date.UTC(1980, 0, 1), max: Date.UTC(2199, 11, 31) });
  const style = fc.record({
    timeZone: fc.constantFrom(...ZONES),
    clock: fc.constantFrom('12-hour' as const, '24-hour' as const),
  });
  const ago = fc.oneof(fc.integer({ min: 0, max: 9 * 86_400_000 }), fc.integer({ min: 0, max: 3 * 366 * 86_400_000 }));
  const IDS: ReadonlySet<string> = new Set([...TIME_PHRASE_IDS, ...NUMBER_PHRASE_IDS]);

  it('a person understands the date and the minute that were meant, from phrases that there are', () => {
    fc.assert(
      fc.property(moment, ago, style, (now, milliseconds, wanted) => {
        const then = now - milliseconds;
        const ids = spokenTime(then, now, wanted);
        expect(ids.filter((id) => !IDS.has(id))).toEqual([]);
        expect(understood(ids, now, wanted)).toBe(shown(then, wanted.timeZone));
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Date and time as a calendar in that zone shows them: the reference, by another way than the code takes. */
function shown(moment: number, timeZone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' }).format(moment);
}

/** Understands the words as a person does who knows what day it is, and writes date and time down like {@link shown}. */
function understood(ids: readonly string[], now: number, { timeZone, clock }: TimeStyle): string {
  const at = ids.findIndex((id) => ['time-today', 'time-yesterday', 'time-at'].includes(id));
  const today = new Date(`${shown(now, timeZone).slice(0, 10)}T00:00:00Z`);
  const day = dayUnderstood(ids.slice(0, at + 1), today);
  return `${day.toISOString().slice(0, 10)} ${timeUnderstood(ids.slice(at + 1), clock)}`;
}

const MONTHS = 'january february march april may june july august september october november december'.split(' ');
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

function dayUnderstood(ids: readonly string[], today: Date): Date {
  const daysBefore = (days: number): Date => new Date(today.getTime() - days * 86_400_000);
  if (ids[0] === 'time-today') return today;
  if (ids[0] === 'time-yesterday') return daysBefore(1);
  const weekday = WEEKDAYS.indexOf(ids[0]?.replace('weekday-', '') ?? '');
  if (ids.length === 2) {
    const days = [2, 3, 4, 5, 6].find((count) => daysBefore(count).getUTCDay() === weekday);
    return daysBefore(days ?? Number.NaN);
  }
  const month = MONTHS.indexOf(ids[1]?.replace('month-', '') ?? '');
  const ordinal = ids.findIndex((id) => id.startsWith('ordinal-'));
  const [day] = numbersUnderstood(ids.slice(2, ordinal + 1));
  const year = ids.slice(ordinal + 1, -1);
  const date = new Date(Date.UTC(year.length === 0 ? today.getUTCFullYear() : yearUnderstood(year), month, day));
  if (date.getUTCDay() !== weekday) throw new Error('The weekday is not that of the date');
  return date;
}

/** The numbers that a listener makes of words: "twenty", "one" is one number, and so is "oh", "five". */
function numbersUnderstood(ids: readonly string[]): readonly number[] {
  const numbers: number[] = [];
  let before = '';
  for (const id of ids) {
    const word = id.replace(/^[a-z]+-/, '');
    const last = numbers.at(-1) ?? 0;
    if (word === 'hundred' || word === 'thousand') numbers.splice(-1, 1, last * (word === 'hundred' ? 100 : 1_000));
    else if (/^[2-9]0$/.test(before) && /^[1-9]$/.test(word)) numbers.splice(-1, 1, last + Number(word));
    else if (word !== 'oh') numbers.push(Number(word));
    before = word;
  }
  return numbers;
}

function yearUnderstood(ids: readonly string[]): number {
  const [first = Number.NaN, rest = 0] = numbersUnderstood(ids);
  return first < 100 ? first * 100 + rest : first + rest;
}

function timeUnderstood(ids: readonly string[], clock: TimeStyle['clock']): string {
  const half = ids.at(-1);
  expect(clock === '24-hour' ? ['time-hours'] : ['time-am', 'time-pm']).toContain(half);
  const [first = Number.NaN, minute = 0] = numbersUnderstood(ids.slice(0, -1).filter((id) => id !== 'number-hundred'));
  const hour = clock === '24-hour' ? first : (first % 12) + (half === 'time-pm' ? 12 : 0);
  return [hour, minute].map((number) => String(number).padStart(2, '0')).join(':');
}
