import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SealedPin } from '../services/ports/pin-sealer.ts';
import type { PinKey } from './pin-keys.ts';
import { createPinSealer } from './pin-sealer.ts';

const newKey = (id: string): PinKey => ({ id, key: randomBytes(32) });
const KEY = newKey('first');
const sealer = createPinSealer([KEY]);

const bytesOf = ({ sealed }: SealedPin): Buffer => Buffer.from(sealed, 'base64');
const withBytes = (pin: SealedPin, bytes: Buffer): SealedPin => ({ ...pin, sealed: bytes.toString('base64') });

describe('the sealer of PINs in the outbox', () => {
  it('opens what it sealed, of every length', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 24 });
    fc.assert(
      fc.property(digits, fc.string(), (pin, context) => {
        expect(sealer.open(sealer.seal(pin, context), context)).toBe(pin);
      }),
    );
  });

  it('shows neither the PIN nor how long it is, nor that two are the same', () => {
    const short = sealer.seal('1985', 'mail');
    const long = sealer.seal('198584819858481985848198', 'mail');
    expect(bytesOf(short)).toHaveLength(bytesOf(long).length);
    expect(bytesOf(short).toString('latin1')).not.toContain('1985');
    expect(sealer.seal('1985', 'mail').sealed).not.toBe(short.sealed);
  });

  it('does not open what was altered, whichever bit it is', () => {
    const pin = sealer.seal('1985848', 'mail');
    for (let bit = 0; bit < bytesOf(pin).length * 8; bit++) {
      const bytes = bytesOf(pin);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(() => sealer.open(withBytes(pin, bytes), 'mail')).toThrow();
    }
  });

  it('does not open what was cut or lengthened', () => {
    const pin = sealer.seal('1985848', 'mail');
    const bytes = bytesOf(pin);
    const others = [Buffer.alloc(0), bytes.subarray(0, -1), bytes.subarray(1), Buffer.concat([bytes, Buffer.alloc(1)])];
    for (const other of others) expect(() => sealer.open(withBytes(pin, other), 'mail')).toThrow('damaged');
  });

  it('does not open what belongs to another mail', () => {
    const pin = sealer.seal('1985848', 'mail');
    expect(() => sealer.open(pin, 'another')).toThrow();
    expect(() => sealer.open(pin, '')).toThrow();
  });

  it('opens what an older key sealed, and seals with the current one', () => {
    const pin = sealer.seal('1985848', 'mail');
    const current = newKey('second');
    const rotated = createPinSealer([current, KEY]);
    expect(rotated.open(pin, 'mail')).toBe('1985848');
    const fresh = rotated.seal('1985848', 'mail');
    expect(fresh.keyId).toBe('second');
    expect(createPinSealer([current]).open(fresh, 'mail')).toBe('1985848');
  });

  it('names the key that is not at hand, and does not open with one of the same name', () => {
    const pin = sealer.seal('1985848', 'mail');
    expect(() => createPinSealer([newKey('second')]).open(pin, 'mail')).toThrow('first');
    expect(() => createPinSealer([newKey('first')]).open(pin, 'mail')).toThrow();
    const two = createPinSealer([newKey('second'), KEY]);
    expect(() => two.open({ ...pin, keyId: 'second' }, 'mail')).toThrow();
  });

  it('seals nothing but PINs, and does not say what it was', () => {
    for (const text of ['', '12a4', '1985848198584819858481985', '1985\n']) {
      expect(() => sealer.seal(text, 'mail')).toThrow(/^What is to be sealed is not a PIN$/);
    }
  });
});
