import { describe, expect, it } from 'vitest';
import {
  aliasesFor,
  isAlias,
  isMailAddress,
  isTimeZone,
  normaliseDisplayName,
  usualClock,
} from './mailbox-identity.ts';

describe('a mailbox is known by', () => {
  it('an address that no header can be made of', () => {
    for (const address of ['tonysmith@contoso.com', 'tony.smith+um@contoso.com', 'jürgen@bücher.example']) {
      expect(isMailAddress(address)).toBe(true);
    }
    for (const address of [
      ...['', 'tonysmith', '@contoso.com', 'tony@', 'a@b@c', 'a b@c.example', 'a@b.example ', '<a@b.example>'],
      ...[
        'a@b.example\r\nBcc: evil@example.com',
        'a@b.example, evil@example.com',
        '"a"@b.example',
        'a\ud800@b.example',
      ],
      `${'x'.repeat(65)}@b.example`,
    ]) {
      expect(isMailAddress(address)).toBe(false);
    }
  });

  it('an alias that is never taken for an address', () => {
    for (const alias of ['tonysmith', 'tony.smith', "o'neil", 'x'.repeat(64)]) expect(isAlias(alias)).toBe(true);
    for (const alias of ['', 'tony smith', 'tony@contoso', 'x'.repeat(65), 'a\nb', 'a,b']) {
      expect(isAlias(alias)).toBe(false);
    }
  });

  it('what is before the @ when it was given no alias, and numbered when that is taken', () => {
    const first = (address: string, count: number): string[] => aliasesFor(address).take(count).toArray();
    expect(first('tonysmith@contoso.com', 3)).toEqual(['tonysmith', 'tonysmith2', 'tonysmith3']);
    const long = first(`${'x'.repeat(64)}@contoso.com`, 12);
    expect(long[11]).toBe(`${'x'.repeat(62)}12`);
    expect(long.every(isAlias)).toBe(true);
  });

  it('a display name of something to see', () => {
    expect(normaliseDisplayName('  Tony Smith ')).toBe('Tony Smith');
    for (const name of ['', '   ', 'Tony\r\nBcc: evil@example.com', 'x'.repeat(257)]) {
      expect(normaliseDisplayName(name)).toBeUndefined();
    }
  });
});

describe('isTimeZone', () => {
  it('takes names of zones and nothing else', () => {
    for (const zone of ['America/Los_Angeles', 'Europe/Berlin', 'Asia/Kolkata', 'UTC'])
      expect(isTimeZone(zone)).toBe(true);
    for (const zone of ['', 'Mars/Olympus', 'Pacific Standard Time', '+01:00', '-0800', 'UTC\n']) {
      expect(isTimeZone(zone)).toBe(false);
    }
  });
});

describe('usualClock', () => {
  it('has 12 hours where people say them', () => {
    expect(usualClock('en-US')).toBe('12-hour');
    expect(usualClock('de-DE')).toBe('24-hour');
  });
});
