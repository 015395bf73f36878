import { CALL_ENDS, type CallEnd } from '../domain/call-end.ts';
import { HungUp } from './hung-up.ts';

const KNOWN_ENDS: ReadonlySet<unknown> = new Set(CALL_ENDS);

/** Why an aborted call ended. A reason from outside the closed list is a fault of whoever aborted it, and is named so. */
export function callEndOf(signal: AbortSignal): CallEnd {
  return KNOWN_ENDS.has(signal.reason) ? (signal.reason as CallEnd) : 'fault';
}

/** Throws {@link HungUp} when the call has ended; otherwise does nothing. */
export function throwIfHungUp(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new HungUp(callEndOf(signal));
  }
}
