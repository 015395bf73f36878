import { BlockList, isIP } from 'node:net';

/** Who may control the media server, over the event socket or SIP: loopback, and the addresses and networks given. */
export class Peers {
  readonly #allowed = new BlockList();

  /** @param allowed addresses and networks in CIDR form; throws a RangeError for anything else. */
  constructor(allowed: readonly string[]) {
    this.#allowed.addSubnet('127.0.0.0', 8, 'ipv4');
    this.#allowed.addAddress('::1', 'ipv6');
    for (const entry of allowed) {
      const [address = '', bits] = entry.split('/');
      const family = isIP(address);
      const most = family === 6 ? 128 : 32;
      const prefix = bits === undefined ? most : Number(bits);
      if (family === 0 || !Number.isInteger(prefix) || prefix < 0 || prefix > most) {
        throw new RangeError(`"${entry}" is no address and no network`);
      }
      this.#allowed.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4');
    }
  }

  allows(address: string): boolean {
    const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
    if (mapped !== undefined) return this.#allowed.check(mapped, 'ipv4');
    const family = isIP(address);
    return family !== 0 && this.#allowed.check(address, family === 6 ? 'ipv6' : 'ipv4');
  }
}
