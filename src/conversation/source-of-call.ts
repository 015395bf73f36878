import type { SignInSource } from '../services/sign-in.ts';
import type { CallFacts } from './conversation.ts';

/** Where what a caller does comes from, for the budgets and the audit of services (SPEC §3.11). */
export function sourceOf({ callId, peer, peerIsTrusted, assertedNumber }: CallFacts): SignInSource {
  return { callId, peer, peerIsTrusted, ...(assertedNumber === undefined ? {} : { assertedNumber }) };
}
