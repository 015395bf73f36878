import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dateOf } from './dates.ts';
import type { ParameterKind } from './parameter.ts';
import { readValue } from './parameter-values.ts';

const read = (kind: ParameterKind, text: string) => {
  const result = readValue({ kind }, text);
  return result.kind === 'value' ? result.value : 'unreadable';
};

describe('a value', () => {
  it.each<[ParameterKind, string, unknown]>([
    ['boolean', '$TRUE', true],
    ['boolean', 'False', false],
    ['boolean', '1', true],
    ['boolean', '0', false],
    ['boolean', 'yes', 'unreadable'],
    ['boolean', '', 'unreadable'],
    ['number', '6', 6],
    ['number', '6.5', 'unreadable'],
    ['number', '-6', 'unreadable'],
    ['number', '1e3', 'unreadable'],
    ['number', 'Unlimited', 'unreadable'],
    ['number-or-unlimited', 'unlimited', 'unlimited'],
    ['number-or-unlimited', '0', 0],
    ['days-or-unlimited', '60', 60],
    ['days-or-unlimited', '60.00:00:00', 60],
    ['days-or-unlimited', '60.00:00', 60],
    ['days-or-unlimited', '24:00:00', 'unreadable'],
    ['days-or-unlimited', '1.12:00:00', 'unreadable'],
    ['days-or-unlimited', 'UNLIMITED', 'unlimited'],
    ['minutes-or-unlimited', '01:30:00', 90],
    ['minutes-or-unlimited', '1.00:00:00', 1_440],
    ['minutes-or-unlimited', '00:00:30', 'unreadable'],
    ['minutes', '00:30:00', 30],
    ['seconds', '00:00:05', 5],
    ['seconds', '00:01:05', 65],
    ['seconds', '5', 5],
    ['text', '$null', 'unreadable'],
    ['text', "@{Add='5'}", 'unreadable'],
    ['text', '', ''],
    ['text-or-null', '$NULL', null],
    ['list', 'a, b', ['a', 'b']],
    ['list', 'a,,b', 'unreadable'],
    ['list', '@{Add="1"}', 'unreadable'],
    [{ oneOf: ['12-hour', '24-hour'] }, '24-HOUR', '24-hour'],
    [{ oneOf: ['12-hour', '24-hour'] }, '24', 'unreadable'],
  ])('%j: %s', (kind, text, expected) => {
    expect(read(kind, text)).toEqual(expected);
  });

  it('is a time span as .NET writes it, in each unit', () => {
    fc.assert(
      fc.property(fc.nat(999), fc.nat(23), fc.nat(59), (days, hours, minutes) => {
        const two = (number: number): string => String(number).padStart(2, '0');
        const text = `${days}.${two(hours)}:${two(minutes)}:00`;
        const total = (days * 24 + hours) * 60 + minutes;
        expect(read('minutes', text)).toBe(total);
        expect(read('seconds', text)).toBe(total * 60);
        expect(read('days', text)).toBe(total % 1_440 === 0 ? total / 1_440 : 'unreadable');
      }),
    );
  });
});

describe('a date', () => {
  const zone = process.env.TZ;

  beforeEach(() => {
    process.env.TZ = 'America/New_York';
  });

  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it.each([
    ['2026-11-27', '2026-11-27T05:00:00.000Z'],
    ['11/27/2026', '2026-11-27T05:00:00.000Z'],
    ['2026-07-01', '2026-07-01T04:00:00.000Z'],
    ['11/27/2026 5:30 PM', '2026-11-27T22:30:00.000Z'],
    ['11/27/2026 12:00 am', '2026-11-27T05:00:00.000Z'],
    ['2026-11-27 17:30', '2026-11-27T22:30:00.000Z'],
    ['2026-11-27T17:30:05.25', '2026-11-27T22:30:05.250Z'],
    ['2026-11-27T17:30:00Z', '2026-11-27T17:30:00.000Z'],
    ['2026-11-27T17:30:00+02:00', '2026-11-27T15:30:00.000Z'],
    ['2026-02-30', undefined],
    ['13/01/2026', undefined],
    ['2026-11-27 25:00', undefined],
    ['2026-11-27 13:00 PM', undefined],
    ['yesterday', undefined],
    ['', undefined],
  ])('%s', (text, expected) => {
    expect(dateOf(text)?.toISOString()).toBe(expected);
  });

  it('counts to its end where that is asked, on long days, too', () => {
    expect(dateOf('2026-11-01', true)?.toISOString()).toBe('2026-11-02T05:00:00.000Z');
    expect(dateOf('2026-11-27', true)?.toISOString()).toBe('2026-11-28T05:00:00.000Z');
    expect(dateOf('2026-11-27 17:30', true)?.toISOString()).toBe('2026-11-27T22:30:00.000Z');
    expect(dateOf('2026-02-29', true)).toBeUndefined();
  });
});
