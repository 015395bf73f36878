import type { Call } from '../phone/call.ts';
import type { Bench } from './benchmark.ts';

/**
 * Calls the access number, does something in the call, hangs up, and enters the call in the book. Rejects as `task`
 * does, when there is no answer, and when the service hung up; the call is over in any case.
 */
export async function inCall<T>(
  { phone, target, book }: Pick<Bench, 'phone' | 'target' | 'book'>,
  facts: { readonly signedIn: boolean },
  task: (call: Call) => Promise<T>,
): Promise<T> {
  const call = await phone.dial(target);
  try {
    await call.answered();
    const result = await task(call);
    await book.hangUp(call, facts);
    return result;
  } finally {
    // What went wrong is told by the task, not by a call that was never there to hang up.
    await call.hangUp().catch(() => undefined);
  }
}
