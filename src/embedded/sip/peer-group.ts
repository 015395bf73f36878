import { isIPv6 } from 'node:net';

/**
 * Under which name what comes from an address is counted: an IPv4 address stands for itself, of an IPv6 address the
 * first 64 bits count, because a subscriber has them all and could otherwise come from a new address each time.
 */
export function peerGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [plain = ''] = address.toLowerCase().split('%');
  const [head = '', tail] = plain.split('::');
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end stands for two groups.
  const written = first.length + last.length + (plain.includes('.') ? 1 : 0);
  const missing = tail === undefined ? 0 : 8 - written;
  const groups = [...first, ...Array.from({ length: Math.max(0, missing) }, () => '0'), ...last];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
