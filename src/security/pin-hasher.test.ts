import { argon2Sync, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CredentialId, PinHash } from '../domain/credential.ts';
import { HashQueueFull } from '../services/ports/hash-queue-full.ts';
import type { Argon2Cost } from './argon2-encoding.ts';
import { decode } from './argon2-encoding.ts';
import { createPinHasher, PIN_HASH_COST } from './pin-hasher.ts';
import type { PinKey } from './pin-keys.ts';

const CHEAP: Argon2Cost = { memory: 8, passes: 1, parallelism: 1 };
const newKey = (id: string): PinKey => ({ id, key: randomBytes(32) });
const KEY = newKey('first');
const MINE = 'mine' as CredentialId;
const YOURS = 'yours' as CredentialId;

const hasherOf = (key: PinKey, ...older: PinKey[]) => createPinHasher({ keys: [key, ...older], cost: CHEAP });

describe('the PIN hasher', () => {
  it('knows the PIN again, and no other', async () => {
    const hasher = hasherOf(KEY);
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 4, maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(digits, digits, async (pin, guess) => {
        const stored = await hasher.hash(pin, MINE);
        expect(await hasher.matches(pin, MINE, stored)).toBe(true);
        expect(await hasher.matches(guess, MINE, stored)).toBe(guess === pin);
      }),
      { numRuns: 50 },
    );
  });

  it('tells PINs apart that differ in length, or in leading zeros', async () => {
    const hasher = hasherOf(KEY);
    const stored = await hasher.hash('012345', MINE);
    for (const guess of ['12345', '0012345', '012345\0', '', '0123450']) {
      expect(await hasher.matches(guess, MINE, stored)).toBe(false);
    }
  });

  it('is Argon2id over an HMAC, so that the database alone gives no PIN away', async () => {
    const stored = await hasherOf(KEY).hash('1985848', MINE);
    const decoded = decode(stored.encoded);
    if (decoded === undefined) throw new Error('The hash cannot be read');
    const derive = (message: Buffer): Buffer =>
      argon2Sync('argon2id', {
        message,
        nonce: decoded.salt,
        associatedData: Buffer.from('mine'),
        tagLength: 32,
        ...CHEAP,
      });
    const keyed = createHmac('sha256', KEY.key).update('touchtone pin\0').update('1985848').digest();
    expect(derive(keyed)).toEqual(decoded.hash);
    expect(derive(Buffer.from('1985848'))).not.toEqual(decoded.hash);
    expect(await hasherOf({ ...newKey(KEY.id) }).matches('1985848', MINE, stored)).toBe(false);
  });

  it('gives the same PIN another hash each time', async () => {
    const hasher = hasherOf(KEY);
    const hashes = await Promise.all([1, 2, 3].map(() => hasher.hash('1985848', MINE)));
    expect(new Set(hashes.map(({ encoded }) => encoded)).size).toBe(3);
  });

  it('makes a hash worthless in the row of another credential', async () => {
    const hasher = hasherOf(KEY);
    const stored = await hasher.hash('1985848', MINE);
    expect(await hasher.matches('1985848', YOURS, stored)).toBe(false);
  });

  it('stores parameters and key beside the hash, and checks by those', async () => {
    const stored = await hasherOf(KEY).hash('1985848', MINE);
    expect(stored.keyId).toBe('first');
    expect(stored.encoded).toMatch(/^\$argon2id\$v=19\$m=8,t=1,p=1\$/);
    const dearer = createPinHasher({ keys: [newKey('second'), KEY], cost: { memory: 16, passes: 2, parallelism: 1 } });
    expect(await dearer.matches('1985848', MINE, stored)).toBe(true);
    expect(await dearer.matches('1985849', MINE, stored)).toBe(false);
  });

  it('finds a hash outdated that has another cost or an older key', async () => {
    const stored = await hasherOf(KEY).hash('1985848', MINE);
    expect(hasherOf(KEY).isOutdated(stored)).toBe(false);
    expect(hasherOf(newKey('second'), KEY).isOutdated(stored)).toBe(true);
    for (const change of [{ memory: 16 }, { passes: 2 }, { parallelism: 2, memory: 16 }]) {
      expect(createPinHasher({ keys: [KEY], cost: { ...CHEAP, ...change } }).isOutdated(stored)).toBe(true);
    }
  });

  it('judges alike, whatever costs it is told of', async () => {
    const stored = await hasherOf(KEY).hash('1985848', MINE);
    const dearer = createPinHasher({ keys: [KEY], cost: { memory: 16, passes: 2, parallelism: 1 } });
    const inUse = [stored, await dearer.hash('1985848', YOURS), { ...stored, encoded: 'malformed' }];
    expect(await hasherOf(KEY).matches('1985848', MINE, stored, inUse)).toBe(true);
    expect(await hasherOf(KEY).matches('1985849', MINE, stored, inUse)).toBe(false);
  });

  it('makes a fault of a key that is not at hand, and of a malformed hash, not a failed sign-in', async () => {
    const stored = await hasherOf(KEY).hash('1985848', MINE);
    await expect(hasherOf(newKey('second')).matches('1985848', MINE, stored)).rejects.toThrow('first is not at hand');
    const broken: PinHash = { ...stored, encoded: stored.encoded.slice(0, -30) };
    await expect(hasherOf(KEY).matches('1985848', MINE, broken)).rejects.toThrow('malformed');
  });

  it('does not let a flood take more than its queue holds', async () => {
    const hasher = createPinHasher({ keys: [KEY], cost: CHEAP, atOnce: 1, maxWaiting: 3 });
    const results = await Promise.allSettled(Array.from({ length: 10 }, () => hasher.hash('1985848', MINE)));
    expect(results.map(({ status }) => status)).toEqual([
      ...Array.from({ length: 4 }, () => 'fulfilled'),
      ...Array.from({ length: 6 }, () => 'rejected'),
    ]);
    expect(await hasher.hash('1985848', MINE)).toBeDefined();
  });

  it('finds a PIN in a history, at each place, and no other', async () => {
    const older = newKey('older');
    const hasher = hasherOf(KEY, older);
    const history = [
      await hasher.hash('1985848', MINE),
      await hasherOf(older).hash('407193', MINE),
      await hasher.hash('662871', MINE),
    ];
    for (const pin of ['1985848', '407193', '662871']) expect(await hasher.matchesAny(pin, MINE, history)).toBe(true);
    expect(await hasher.matchesAny('407194', MINE, history)).toBe(false);
    expect(await hasher.matchesAny('1985848', YOURS, history)).toBe(false);
    expect(await hasher.matchesAny('1985848', MINE, [])).toBe(false);
  });

  it('lets a check pass a flood of changes, and a change a flood of checks', async () => {
    const hasher = createPinHasher({ keys: [KEY], cost: CHEAP, atOnce: 1, maxWaiting: 50 });
    const stored = await hasher.hash('1985848', MINE);
    let ended = 0;
    const count = () => void ended++;
    const history = Array.from({ length: 20 }, () => stored);
    const changes = Array.from({ length: 10 }, () => hasher.matchesAny('1985848', MINE, history).then(count));
    await hasher.matches('1985848', MINE, stored);
    expect(ended).toBe(0);
    await Promise.all(changes);
    ended = 0;
    const checks = Array.from({ length: 50 }, () => hasher.matches('1985848', MINE, stored).then(count));
    await hasher.hash('1985848', MINE);
    expect(ended).toBeLessThanOrEqual(2);
    await Promise.all(checks);
  });

  it('lets a flood of a thousand take little memory, and refuses all but a few of it', {
    timeout: 120_000,
  }, async () => {
    const hasher = createPinHasher({ keys: [KEY], atOnce: 2, maxWaiting: 20 });
    const stored = await hasher.hash('1985848', MINE);
    const before = process.memoryUsage.rss();
    let most = before;
    const sampling = setInterval(() => {
      most = Math.max(most, process.memoryUsage.rss());
    }, 5);
    const flood = Array.from({ length: 1_000 }, () => hasher.matches('1985848', MINE, stored));
    const results = await Promise.allSettled(flood);
    clearInterval(sampling);
    const refused = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
    expect(refused).toHaveLength(1_000 - 22);
    expect(refused.every((reason) => reason instanceof HashQueueFull)).toBe(true);
    // The C library keeps what a hash or two took for each of the four threads; a thousand would take 28 GiB.
    expect((most - before) / 2 ** 20).toBeLessThan(300);
  });

  it('works at the cost of production', async () => {
    const hasher = createPinHasher({ keys: [KEY] });
    const stored = await hasher.hash('1985848', MINE);
    expect(decode(stored.encoded)?.cost).toEqual(PIN_HASH_COST);
    expect(await hasher.matches('1985848', MINE, stored)).toBe(true);
  });

  it('leaves the event loop free while it hashes', async () => {
    const hasher = createPinHasher({ keys: [KEY], atOnce: 1 });
    let turns = 0;
    let hashing = true;
    const turn = (): void => {
      turns++;
      if (hashing) setImmediate(turn);
    };
    turn();
    await hasher.hash('1985848', MINE);
    hashing = false;
    expect(turns).toBeGreaterThan(100);
  });
});
