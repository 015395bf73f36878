import { describe, expect, it } from 'vitest';
import { derivedKey } from './derived-key.ts';

const KEY = { id: 'first', key: Buffer.alloc(32, 1) };

describe('derivedKey', () => {
  it('gives each purpose a key of its own', () => {
    const keys = (['outbox', 'audit', 'decoys'] as const).map((purpose) => derivedKey(KEY, purpose).toString('hex'));
    expect(new Set([...keys, KEY.key.toString('hex')]).size).toBe(4);
  });

  it('always gives the same key: what was made under another could not be read any more', () => {
    // Computed with another implementation of RFC 5869.
    expect(derivedKey(KEY, 'audit').toString('hex')).toBe(
      'ad23fae809c3822ae29b5252ce130c1b00fa9918add30fb26e765b7347223b71',
    );
    expect(derivedKey(KEY, 'outbox').toString('hex')).toBe(
      '96f5284fae75e585059f87909985274e7023c78c34cf815b76cf6421189dbd97',
    );
    expect(derivedKey(KEY, 'decoys').toString('hex')).toBe(
      '50a83f405c6737cbba25f8da2e00a2e7b9c6ce31632fc6c5f8b96e9ba0f3efcf',
    );
  });
});
