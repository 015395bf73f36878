import { isIPv6 } from 'node:net';
import { normaliseNumber } from '../domain/phone-number.ts';
import type { SourceKind } from './ports/operator-alerts.ts';
import type { SignInSource } from './sign-in.ts';

/** Whom failures are counted for across mailboxes (SPEC §3.11). */
export interface FailureSource {
  readonly kind: SourceKind;
  /** The number, the address, or the network that stands for it. */
  readonly name: string;
  /** What it is counted under. */
  readonly key: string;
  /** False for a trusted peer's calls without a number: many people share it, and it is only slowed down. */
  readonly mayBeRefused: boolean;
}

/**
 * The number that a trusted peer asserts, as `normaliseNumber` gives it; nobody else's is believed (SPEC §3.1). Undefined
 * where there is none, or something that is no number, such as `anonymous`.
 */
export function believedNumber({ assertedNumber, peerIsTrusted }: SignInSource): string | undefined {
  return assertedNumber === undefined || !peerIsTrusted ? undefined : normaliseNumber(assertedNumber);
}

/** The asserted number; without one, the peer's address. */
export function failureSource(source: SignInSource): FailureSource {
  const { peer, peerIsTrusted } = source;
  const number = believedNumber(source);
  if (number !== undefined) return sourceOf('number', number);
  return sourceOf(peerIsTrusted ? 'trunk' : 'address', networkOf(peer));
}

function sourceOf(kind: SourceKind, name: string): FailureSource {
  return { kind, name, key: `${kind} ${name}`, mayBeRefused: kind !== 'trunk' };
}

/**
 * An IPv4 address as it is, an IPv6 address by its first 64 bits: who has one address of a subnet has all of them
 * (RFC 4291 §2.5.4). An IPv4 address in the form of an IPv6 one (RFC 4291 §2.5.5.2) is the same source either way.
 */
export function networkOf(address: string): string {
  const [bare = ''] = address.split('%');
  if (!isIPv6(bare)) return address;
  const groups = groupsOf(bare);
  const [high = 0, low = 0] = groups.slice(6);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The eight groups of sixteen bits. */
function groupsOf(address: string): readonly number[] {
  // A URL's host is always written the same way, without dots (WHATWG URL, "IPv6 serializer").
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = written.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
}
