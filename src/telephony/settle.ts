import type { Clock } from '../domain/clock.ts';

/**
 * What went wrong in a library, told apart as far as anything is decided by it. Foreign errors are converted here and
 * nowhere else.
 */
export type Fault =
  /** A SIP request of ours was refused with this status. */
  | { readonly kind: 'sip-status'; readonly status: number }
  /** drachtio no longer knows the transaction: the caller's CANCEL was faster than our response (RFC 3261 §9.2). */
  | { readonly kind: 'unknown-transaction' }
  /** The dialog, the endpoint or the connection that was to be used has gone. */
  | { readonly kind: 'gone' }
  /** Anything else; the text is for logs. */
  | { readonly kind: 'other'; readonly text: string };

/** How a wait for a library came out. */
export type Settled<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly fault: Fault }
  | { readonly kind: 'deadline' }
  /** The signal was aborted first; its reason says why. */
  | { readonly kind: 'aborted' };

/** What bounds a wait. */
export interface Limits<T> {
  readonly clock: Clock;
  /** In milliseconds from the call of {@link settle}, 1 and more. */
  readonly deadline: number;
  /** Usually the call's signal: aborting it ends the wait at once. */
  readonly signal?: AbortSignal;
  /** Receives a value that came after the wait had ended, to release what it holds. It must not throw. */
  readonly late?: (value: T) => void;
}

/**
 * Waits for something that drachtio-srf or drachtio-fsmrf promises: the one place that does. Both leave promises
 * pending for ever when a connection drops, so each wait has a deadline and usually a signal. Never rejects: what
 * `start` throws or rejects with is classified. Nothing is started when the signal is aborted already.
 */
export function settle<T>(start: () => PromiseLike<T>, limits: Limits<T>): Promise<Settled<T>> {
  const { clock, deadline, signal, late } = limits;
  if (signal?.aborted) return Promise.resolve({ kind: 'aborted' });
  const { promise, resolve } = Promise.withResolvers<Settled<T>>();
  let over = false;
  const finish = (settled: Settled<T>): void => {
    over = true;
    cancelDeadline();
    signal?.removeEventListener('abort', onAbort);
    resolve(settled);
  };
  const onAbort = (): void => finish({ kind: 'aborted' });
  const cancelDeadline = clock.after(deadline, () => finish({ kind: 'deadline' }));
  signal?.addEventListener('abort', onAbort, { once: true });
  begin(start).then(
    (value) => {
      if (over) late?.(value);
      else finish({ kind: 'done', value });
    },
    (error: unknown) => {
      if (!over) finish({ kind: 'failed', fault: classify(error) });
    },
  );
  return promise;
}

/** Turns what `start` throws before its first wait into a rejection. */
async function begin<T>(start: () => PromiseLike<T>): Promise<T> {
  return start();
}

const UNKNOWN_TRANSACTION = /unknown transaction/i;
const GONE =
  /unable to find dialog|no longer active|too early: mediaserver|socket connection closed|has been destroyed|completed dialog|dialog was destroyed/i;

/** Tells what an error of the libraries means; drachtio-srf rejects with plain texts as well as with errors. */
export function classify(error: unknown): Fault {
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') {
    return error.status === 487 ? { kind: 'unknown-transaction' } : { kind: 'sip-status', status: error.status };
  }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (UNKNOWN_TRANSACTION.test(text)) return { kind: 'unknown-transaction' };
  if (GONE.test(text)) return { kind: 'gone' };
  return { kind: 'other', text: firstLine(text) };
}

/** Says in one word or line for logs how a wait ended that was not done. Holds no digit of a keyed entry. */
export function describe<T>(settled: Settled<T>): string {
  switch (settled.kind) {
    case 'done':
      return 'done';
    case 'deadline':
      return 'no answer in time';
    case 'aborted':
      return 'no longer wanted';
    case 'failed':
      return describeFault(settled.fault);
  }
}

function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'sip-status':
      return `refused with SIP status ${fault.status}`;
    case 'unknown-transaction':
      return 'cancelled';
    case 'gone':
      return 'gone';
    case 'other':
      return fault.text;
  }
}

/** Messages of the libraries may carry a whole SIP message; its first line, cut short, is what may be logged. */
function firstLine(text: string): string {
  return (text.split(/[\r\n]/, 1)[0] ?? '').slice(0, 120);
}
