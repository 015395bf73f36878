import { describe, expect, it } from 'vitest';
import { KEYS } from '../domain/key.ts';
import { readInfo } from './info-keys.ts';

const relay = (body: string) => readInfo({ contentType: 'application/dtmf-relay', infoPackage: undefined, body });
const plain = (body: string) => readInfo({ contentType: 'application/dtmf', infoPackage: undefined, body });

describe('an INFO request', () => {
  it.each(KEYS)('carries the key %s in either type', (key) => {
    expect(relay(`Signal=${key}\r\nDuration=160\r\n`)).toEqual({ kind: 'key', key });
    expect(plain(key)).toEqual({ kind: 'key', key });
  });

  it.each([
    ['Signal= 5\r\nDuration= 160', '5'],
    ['signal=d\nduration=250', 'D'],
    ['Duration=160\r\nSignal=#', '#'],
    ['Signal=10\r\nDuration=160', '*'],
    ['Signal=11', '#'],
    ['Signal=15', 'D'],
  ])('is understood as other telephones write it: %j', (body, key) => {
    expect(relay(body)).toEqual({ kind: 'key', key });
  });

  it.each(['Signal=16', 'Signal=', 'Signal=55', 'Duration=160', 'x'.repeat(300), 'Signal=5'.padEnd(257)])(
    'carries no key in %j',
    (body) => {
      expect(relay(body)).toEqual({ kind: 'no-key' });
    },
  );

  it('may be empty, of a package, or of another type', () => {
    expect(readInfo({ contentType: undefined, infoPackage: undefined, body: '' })).toEqual({ kind: 'empty' });
    expect(readInfo({ contentType: 'application/dtmf', infoPackage: 'foo', body: '5' })).toEqual({ kind: 'package' });
    expect(readInfo({ contentType: 'application/media_control+xml', infoPackage: undefined, body: '<x/>' })).toEqual({
      kind: 'unsupported',
    });
    expect(readInfo({ contentType: undefined, infoPackage: undefined, body: '5' })).toEqual({ kind: 'unsupported' });
    expect(readInfo({ contentType: 'Application/DTMF ; charset=x', infoPackage: undefined, body: '5' })).toEqual({
      kind: 'key',
      key: '5',
    });
  });
});
