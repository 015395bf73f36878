import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode } from './argon2-encoding.ts';

const SALT = 'c2FsdHNhbHRzYWx0c2Fs';
const HASH = 'aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g';

const hashes = fc.record({
  cost: fc.record({
    memory: fc.integer({ min: 8, max: 262_144 }),
    passes: fc.integer({ min: 1, max: 99 }),
    parallelism: fc.integer({ min: 1, max: 99 }),
  }),
  salt: fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  hash: fc.uint8Array({ minLength: 16, maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
});

describe('the encoding of a hash', () => {
  it('is the one of PHC', () => {
    const encoded = encode({
      cost: { memory: 32_768, passes: 2, parallelism: 1 },
      salt: Buffer.from('somesaltsomesalt'),
      hash: Buffer.alloc(32, 0xff),
    });
    expect(encoded).toBe(
      '$argon2id$v=19$m=32768,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$//////////////////////////////////////////8',
    );
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(hashes, (hash) => {
        expect(decode(encode(hash))).toEqual(hash);
      }),
    );
  });

  it.each([
    ['', 'nothing'],
    ['1985848', 'a PIN'],
    [`$argon2i$v=19$m=8,t=1,p=1$${SALT}ab$${HASH}`, 'another variant'],
    [`$argon2id$v=16$m=8,t=1,p=1$${SALT}ab$${HASH}`, 'another version'],
    [`$argon2id$v=19$m=4194304,t=1,p=1$${SALT}ab$${HASH}`, 'four gigabytes of memory'],
    [`$argon2id$v=19$m=8,t=1000,p=1$${SALT}ab$${HASH}`, 'a thousand passes'],
    [`$argon2id$v=19$m=8,t=1,p=1$$${HASH}`, 'no salt'],
    [`$argon2id$v=19$m=8,t=1,p=1$${SALT}ab$`, 'no hash, which any PIN would match'],
    [`$argon2id$v=19$m=8,t=1,p=1$${SALT}ab$${HASH}\n`, 'a line after it'],
    [`$argon2id$v=19$m=8,t=1,p=0$${SALT}ab$${HASH}`, 'no lane'],
  ])('%s is refused: %s', (encoded) => {
    expect(decode(encoded)).toBeUndefined();
  });
});
