import { describe, expect, it } from 'vitest';
import { parsePeerList } from './peer-list.ts';

describe('parsePeerList', () => {
  it.each([
    ['10.0.0.0/8', '10.255.0.1', true],
    ['10.0.0.0/8', '11.0.0.1', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['192.0.2.7', '192.0.2.8', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['fc00::/7', 'fd12::1', true],
    ['fc00::/7', '2001:db8::1', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', 'not an address', false],
    ['', '127.0.0.1', false],
  ])('%s, asked for %s: %s', (text, address, included) => {
    expect(parsePeerList(text)?.includes(address)).toBe(included);
  });

  it.each([
    'pbx',
    '10.0.0.0/33',
    'fc00::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    'fe80::1%eth0',
    '10.0.0.1,,',
  ])('refuses %s', (text) => {
    expect(parsePeerList(text)).toBeUndefined();
  });
});
