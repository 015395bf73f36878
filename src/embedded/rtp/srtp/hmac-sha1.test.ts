import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HmacSha1 } from './hmac-sha1.ts';

it('is what Node makes of the same key and message, one after the other, of any length', () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength });
  fc.assert(
    fc.property(bytes(64), fc.array(fc.tuple(bytes(1_500), bytes(8)), { maxLength: 5 }), (key, messages) => {
      const hmac = new HmacSha1(Buffer.from(key));
      for (const [message, behind] of messages) {
        const expected = createHmac('sha1', key).update(message).update(behind).digest();
        expect(hmac.of(message, message.length, behind)).toEqual(expected);
      }
    }),
  );
  expect(() => new HmacSha1(Buffer.alloc(65))).toThrow(RangeError);
});
