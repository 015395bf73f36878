import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiRecord } from '../api-record.ts';
import { formatResult } from './output.ts';
import type { View } from './view.ts';

const VIEW: View = {
  list: [
    { name: 'Name', field: 'name' },
    { name: 'Extensions', field: 'extensions' },
    { name: 'Policy', field: 'policy.name' },
    { name: 'PINLifetime', field: 'lifetime', form: 'days' },
    { name: 'LockoutDuration', field: 'lockout', form: 'minutes' },
    { name: 'LockedOut', field: 'lockedOut' },
    { name: 'Caller', field: 'actor.name|actor.kind' },
    { name: 'At', field: 'at', form: 'moment' },
    { name: 'Failures', field: 'failures' },
    { name: 'Mails', field: 'mails', form: 'mails' },
  ],
  table: ['Name', 'Extensions', 'Policy', 'LockedOut', 'Failures'],
};

const TONY: ApiRecord = {
  name: 'Tony Smith',
  extensions: ['51234', '51235'],
  policy: { id: 'p1', name: 'Contoso Default Policy' },
  lifetime: 60,
  lockout: 90,
  lockedOut: true,
  actor: { kind: 'system' },
  at: '2026-11-27T23:08:29.123Z',
  failures: 15,
  mails: [{ kind: 'pin-reset', to: 'tonysmith@contoso.com', state: 'waiting' }],
};

const many = (records: readonly ApiRecord[]) => ({ kind: 'many', records, view: VIEW, more: false }) as const;
const one = (record: ApiRecord) => ({ kind: 'one', record, view: VIEW, sentence: 'Done.' }) as const;
const lines = (text: string) => text.split('\n');

describe('results in a terminal', () => {
  const zone = process.env.TZ;

  beforeEach(() => {
    process.env.TZ = 'Asia/Kolkata';
  });

  afterEach(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  it('are a list when they are one', () => {
    expect(lines(formatResult(one({ ...TONY, lifetime: 'unlimited', lockedOut: null }), undefined, 80))).toEqual([
      'Done.',
      '',
      'Name            : Tony Smith',
      'Extensions      : {51234, 51235}',
      'Policy          : Contoso Default Policy',
      'PINLifetime     : Unlimited',
      'LockoutDuration : 01:30:00',
      'LockedOut       :',
      'Caller          : system',
      'At              : 2026-11-28 04:38:29 +05:30',
      'Failures        : 15',
      'Mails           : {pin-reset to tonysmith@contoso.com (waiting)}',
      '',
      '',
    ]);
    expect(formatResult(one(TONY), 'List', 80)).toContain('PINLifetime     : 60.00:00:00');
  });

  it('are a table when they are several', () => {
    const wen = { ...TONY, name: '文 Wen', extensions: ['51236'], lockedOut: false, failures: 3 };
    expect(lines(formatResult(many([TONY, wen]), undefined, 80))).toEqual([
      '',
      'Name       Extensions     Policy                 LockedOut Failures',
      '----       ----------     ------                 --------- --------',
      'Tony Smith {51234, 51235} Contoso Default Policy True            15',
      '文 Wen     {51236}        Contoso Default Policy False            3',
      '',
      '',
    ]);
  });

  it('are cut to the width of the terminal: wide columns first, then the last ones', () => {
    for (const width of [20, 30, 40, 50, 60]) {
      for (const line of lines(formatResult(many([TONY]), undefined, width)))
        expect(line.length).toBeLessThanOrEqual(width);
    }
    const [, header, , row] = lines(formatResult(many([TONY]), undefined, 50));
    expect(header).toBe('Name       Extensions Policy     LockedOut Failures'.slice(0, header?.length));
    expect(row).toContain('…');
  });

  it('are not cut where nobody asks for lines', () => {
    const long = { ...TONY, name: 'x'.repeat(500) };
    expect(formatResult(many([long]), undefined, Number.POSITIVE_INFINITY)).toContain(`${'x'.repeat(500)} {51234`);
  });

  it('are in the form asked for', () => {
    expect(JSON.parse(formatResult(many([TONY]), 'Json', 80))).toEqual([TONY]);
    expect(JSON.parse(formatResult(one(TONY), 'Json', 80))).toEqual(TONY);
    expect(formatResult(many([TONY, TONY]), 'List', 80).match(/Tony Smith/g)).toHaveLength(2);
    expect(formatResult(one(TONY), 'Table', 80)).toContain('----');
    expect(formatResult(many([]), undefined, 80)).toBe('');
    expect(formatResult(many([]), 'Json', 80)).toBe('[]\n');
  });

  it('of what was done are a sentence, and the record only when a form was asked for', () => {
    const done = { kind: 'done', sentence: 'Changed.', record: TONY, view: VIEW } as const;
    expect(formatResult(done, undefined, 80)).toBe('Changed.\n');
    expect(formatResult(done, 'List', 80)).toContain('Tony Smith');
    expect(JSON.parse(formatResult(done, 'Json', 80))).toEqual(TONY);
  });

  it('have nothing in them that a terminal acts on', () => {
    const evil = { ...TONY, name: 'a\u001b[2J\u001b]0;x\u0007b\r\nc\u202ed' };
    for (const form of ['Table', 'List'] as const) {
      const shown = formatResult(many([evil]), form, 200).replaceAll('\n', '');
      expect(shown).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  });
});
