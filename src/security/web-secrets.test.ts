import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { PinKey } from './pin-keys.ts';
import { createWebSecrets } from './web-secrets.ts';

const [NEW, OLD, OTHER] = ['new', 'old', 'other'].map((id): PinKey => ({ id, key: randomBytes(32) })) as [
  PinKey,
  PinKey,
  PinKey,
];
const secrets = createWebSecrets([NEW, OLD]);
const before = createWebSecrets([OLD]);
const stranger = createWebSecrets([OTHER]);

const ID = '0123456789abcdef0123456789abcdef';

/** The same with its character at a place changed, to one that stands for other bits. */
function changed(text: string, at: number): string {
  const other = text[at] === 'A' ? 'Q' : 'A';
  return `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
}

describe('a digest', () => {
  it('is found again under the keys that there are', () => {
    expect(secrets.digests('text')).toEqual([secrets.digest('text'), before.digest('text')]);
    expect(secrets.digest('text')).not.toBe(secrets.digest('texts'));
    expect(secrets.digests('text')).not.toContain(stranger.digest('text'));
  });
});

describe('the token of a link', () => {
  it('tells its id to whoever has the key, and to nobody else', () => {
    const token = secrets.linkToken(ID);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(secrets.linkId(token)).toBe(ID);
    expect(secrets.linkId(before.linkToken(ID))).toBe(ID);
    expect(stranger.linkId(token)).toBeUndefined();
  });

  it('cannot be made from others', () => {
    const token = secrets.linkToken(ID);
    for (let at = 0; at < 42; at++) expect(secrets.linkId(changed(token, at))).toBeUndefined();
    for (const wrong of ['', 'x', token.slice(1), `${token}A`, `${token}\n`])
      expect(secrets.linkId(wrong)).toBeUndefined();
  });

  it('is of an id that is one', () => {
    expect(() => secrets.linkToken('one')).toThrow(RangeError);
  });
});

describe('what is sealed', () => {
  it('is opened as it was, with any key that there is', () => {
    const text = JSON.stringify({ to: '/admin', state: 'é☎' });
    expect(secrets.unseal(secrets.seal(text))).toBe(text);
    expect(secrets.unseal(before.seal(text))).toBe(text);
    expect(secrets.seal(text)).not.toBe(secrets.seal(text));
    expect(secrets.seal(text)).toMatch(/^[\w-]+$/);
  });

  it('is opened by nobody else, nor when a bit of it was changed', () => {
    const sealed = secrets.seal('text');
    expect(stranger.unseal(sealed)).toBeUndefined();
    for (let at = 0; at < sealed.length - 1; at++) expect(secrets.unseal(changed(sealed, at))).toBeUndefined();
    for (const wrong of ['', 'x', '☎', sealed.slice(4)]) expect(secrets.unseal(wrong)).toBeUndefined();
  });
});
