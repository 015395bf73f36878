import { isIPv6 } from 'node:net';
import type { Clock } from '../clock.ts';
import { canBindTo, PortPool, type RtpPort } from '../rtp/port-pool.ts';
import type { MediaServerSettings } from './options.ts';

/** The ports of a media server, for each family of addresses that it serves. */
export class MediaPorts {
  #pools: readonly { readonly family: 4 | 6; readonly host: string; readonly pool: PortPool }[];

  /** @param drain how long a released pair of ports is drained, in milliseconds. */
  constructor({ host, host6, portMin, portMax }: MediaServerSettings['rtp'], drain: number, clock: Clock) {
    const hosts = host6 === undefined || isIPv6(host) ? [host] : [host, host6];
    this.#pools = hosts.map((each) => ({
      family: isIPv6(each) ? 6 : 4,
      host: each,
      pool: new PortPool({ host: each, portMin, portMax, drain, clock }),
    }));
  }

  /**
   * Gives up the second family if the system has none of its addresses.
   *
   * @returns whether every address that was asked for is served.
   */
  async check(): Promise<boolean> {
    const [, second] = this.#pools;
    if (second === undefined || (await canBindTo(second.host))) return true;
    this.#pools = this.#pools.slice(0, 1);
    return false;
  }

  /** Pairs that are bound now, those that drain included. */
  get bound(): number {
    return this.#pools.reduce((sum, { pool }) => sum + pool.bound, 0);
  }

  /** Pairs that drain now. */
  get draining(): number {
    return this.#pools.reduce((sum, { pool }) => sum + pool.draining, 0);
  }

  /**
   * Binds a pair of ports of the family, or of the one that is served when that one is not.
   *
   * @returns the pair and the address that it is bound to; `undefined` when there is none left, and after `close`.
   */
  async lease(family: 4 | 6): Promise<{ readonly port: RtpPort; readonly host: string } | undefined> {
    const served = this.#pools.find((each) => each.family === family) ?? this.#pools[0];
    const port = await served?.pool.lease();
    return served === undefined || port === undefined ? undefined : { port, host: served.host };
  }

  /** Closes the ports that drain, and lets no more be taken; ports that are still leased close when released. */
  close(): void {
    for (const { pool } of this.#pools) pool.close();
  }
}
