import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** A set of addresses given as CIDR blocks. */
export interface PeerList {
  readonly isEmpty: boolean;
  /** Whether the list has this IP address; an IPv4 address written as IPv6 (`::ffff:10.0.0.1`) counts as IPv4. */
  includes(address: string): boolean;
}

const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  if (isIPv4(address)) return 'ipv4';
  return isIPv6(address) ? 'ipv6' : undefined;
}

function addBlock(list: BlockList, block: string): boolean {
  const [address = '', length, ...rest] = block.split('/');
  const family = familyOf(address);
  if (family === undefined || rest.length > 0 || address.includes('%')) return false;
  if (length === undefined) {
    list.addAddress(address, family);
    return true;
  }
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefix <= (family === 'ipv4' ? 32 : 128))) return false;
  list.addSubnet(address, prefix, family);
  return true;
}

/**
 * Reads a comma-separated list of IP addresses and CIDR blocks, such as `10.0.0.0/8,192.0.2.7,fc00::/7`.
 * An empty text is an empty list. Answers undefined when any part is neither an address nor a block.
 */
export function parsePeerList(text: string): PeerList | undefined {
  const list = new BlockList();
  const blocks = text.split(',').map((part) => part.trim());
  if (blocks.length === 1 && blocks[0] === '') return { isEmpty: true, includes: () => false };
  if (!blocks.every((block) => addBlock(list, block))) return undefined;
  return {
    isEmpty: false,
    includes(address) {
      const plain = MAPPED_IPV4.exec(address)?.[1] ?? address;
      const family = familyOf(plain);
      return family !== undefined && list.check(plain, family);
    },
  };
}
