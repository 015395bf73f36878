import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createAuditSealer } from './audit-sealer.ts';
import { derivedKey } from './derived-key.ts';
import type { PinKey } from './pin-keys.ts';

const newKey = (id: string): PinKey => ({ id, key: randomBytes(32) });
const KEY = newKey('first');
const sealer = createAuditSealer([KEY]);

describe('the sealer of the audit trail', () => {
  it('makes 32 bytes that follow from the link before and the text, and from nothing else', () => {
    const first = sealer.seal('', 'one');
    expect(Buffer.from(first, 'base64')).toHaveLength(32);
    expect(sealer.seal('', 'one')).toBe(first);
    expect(sealer.matches('first', '', 'one', first)).toBe(true);
    expect(sealer.matches('first', '', 'other', first)).toBe(false);
    expect(sealer.matches('first', first, 'one', first)).toBe(false);
    const other = Buffer.from(first, 'base64');
    other[31] = (other[31] ?? 0) ^ 1;
    expect(sealer.matches('first', '', 'one', other.toString('base64'))).toBe(false);
    expect(sealer.matches('first', '', 'one', '')).toBe(false);
  });

  it('lets nothing be moved from the link before to the text', () => {
    const second = sealer.seal('AAAA', 'BBBB');
    expect(sealer.matches('first', 'AAAAB', 'BBB', second)).toBe(false);
    expect(sealer.matches('first', '', 'AAAABBBB', second)).toBe(false);
  });

  it('seals with the current key, and checks what older ones sealed', () => {
    const first = sealer.seal('', 'one');
    const rotated = createAuditSealer([newKey('second'), KEY]);
    expect(rotated.keyId).toBe('second');
    expect(rotated.matches('first', '', 'one', first)).toBe(true);
    expect(rotated.seal('', 'one')).not.toBe(first);
  });

  it('checks what a retired key sealed by what is left of it', () => {
    const first = sealer.seal('', 'one');
    const left = { id: KEY.id, auditKey: derivedKey(KEY, 'audit') };
    const retired = createAuditSealer([newKey('second')], [left]);
    expect(retired.matches('first', '', 'one', first)).toBe(true);
    expect(retired.matches('first', '', 'two', first)).toBe(false);
  });

  it('says which keys it has, and names the one that is not at hand', () => {
    const other = createAuditSealer([newKey('second')]);
    expect(other.knows('second')).toBe(true);
    expect(other.knows('first')).toBe(false);
    expect(() => other.matches('first', '', 'one', sealer.seal('', 'one'))).toThrow('first');
  });

  it('takes a key of the same name for no other', () => {
    expect(createAuditSealer([newKey('first')]).matches('first', '', 'one', sealer.seal('', 'one'))).toBe(false);
  });
});
