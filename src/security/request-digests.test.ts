import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PinKey } from './pin-keys.ts';
import { createRequestDigests } from './request-digests.ts';

const newKey = (id: string): PinKey => ({ id, key: randomBytes(32) });
const OLD = newKey('old key');
const NEW = newKey('new key');

describe('digests of requests', () => {
  it('know a text again, and no other', () => {
    const digests = createRequestDigests([NEW]);
    const digest = digests.digest('{"pin":"407193"}');
    expect(digests.matches('{"pin":"407193"}', digest)).toBe(true);
    expect(digests.matches('{"pin":"407194"}', digest)).toBe(false);
    for (const other of ['', 'new key ', 'new key', `${digest}=`])
      expect(digests.matches('{"pin":"407193"}', other)).toBe(false);
  });

  it('are worth nothing without the key, and survive a new one', () => {
    const digest = createRequestDigests([OLD]).digest('text');
    expect(createRequestDigests([NEW, OLD]).matches('text', digest)).toBe(true);
    expect(createRequestDigests([NEW]).matches('text', digest)).toBe(false);
    expect(createRequestDigests([{ ...NEW, id: OLD.id }]).matches('text', digest)).toBe(false);
  });
});
