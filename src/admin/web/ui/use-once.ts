import { useCallback, useRef } from 'react';
import { Refused } from '../api/failure.ts';

interface Keyed {
  readonly idempotencyKey: string;
}

/** Sends a request under the key of the intent that it belongs to. Rejects as `send` does. */
export type SendOnce = <T>(request: unknown, send: (options: Keyed) => Promise<T>) => Promise<T>;

/** Plain HTTP has no `randomUUID`. */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * Whether it is known by a failure that nothing was done, or what was. No answer says neither, nor does a fault, which
 * may be that of a proxy on the way; and what is under way has yet to be answered.
 */
function isSettledBy(error: unknown): boolean {
  if (!(error instanceof Refused) || error.name === 'idempotency-key-in-use') return false;
  const { status } = error.problem;
  return status < 500 && status !== 408;
}

/**
 * Has what somebody means to do carried out once, however often they press: until an answer has settled what came of a
 * request, the same request is sent under the same idempotency key again. Another request, or one after such an answer,
 * has another key.
 *
 * @returns a function that stays the same; its `request` is everything that makes a request the same one, as JSON has it.
 */
export function useOnce(): SendOnce {
  const unsettled = useRef<Keyed & { readonly request: string }>(undefined);
  return useCallback(async (request, send) => {
    const text = JSON.stringify(request);
    const before = unsettled.current;
    const intent = before?.request === text ? before : { request: text, idempotencyKey: newKey() };
    unsettled.current = intent;
    const settle = () => {
      if (unsettled.current === intent) unsettled.current = undefined;
    };
    try {
      const answer = await send({ idempotencyKey: intent.idempotencyKey });
      settle();
      return answer;
    } catch (error) {
      if (isSettledBy(error)) settle();
      throw error;
    }
  }, []);
}
