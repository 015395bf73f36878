import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { LocalAddresses } from './local-addresses.ts';
import type { Arrival, SocketAddress } from './transport.ts';
import { UdpTransport } from './udp-transport.ts';

const monotonic = () => performance.now();
const open: UdpTransport[] = [];
async function bind(host = '127.0.0.1', advertisedAddress?: string): Promise<UdpTransport> {
  const transport = await UdpTransport.bind({ host, port: 0, monotonic, advertisedAddress });
  open.push(transport);
  return transport;
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()));
});

describe('UDP', () => {
  it('carries messages both ways, and tells who sent them and where they arrived', async () => {
    const transport = await bind();
    const { promise, resolve } = Promise.withResolvers<Arrival>();
    transport.start({ onMessage: resolve, onSendError: (error) => expect.unreachable(String(error)) });
    const phone = createSocket('udp4');
    phone.send('hello', transport.local.port, '127.0.0.1');
    const arrival = await promise;
    expect(arrival.bytes.toString()).toBe('hello');
    expect(arrival.local).toEqual(transport.local);
    const answered = once(phone, 'message');
    transport.send(Buffer.from('hi'), arrival.remote);
    expect(String((await answered)[0])).toBe('hi');
    phone.close();
  });

  it('reports what cannot be sent, and never throws', async () => {
    const transport = await bind();
    const errors: SocketAddress[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    transport.start({
      onMessage: () => {},
      onSendError: (_error, remote) => {
        errors.push(remote);
        if (errors.length === 2) resolve();
      },
    });
    transport.send(Buffer.alloc(70_000), { family: 'IPv4', address: '127.0.0.1', port: 9 });
    transport.send(Buffer.from('x'), { family: 'IPv4', address: '127.0.0.1', port: 70_000 });
    await promise;
    expect(errors.map((remote) => remote.port).sort()).toEqual([70_000, 9]);
  });

  it('rejects an address that is taken or not ours', async () => {
    const first = await bind();
    const taken = UdpTransport.bind({ host: '127.0.0.1', port: first.local.port, monotonic });
    await expect(taken).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(UdpTransport.bind({ host: '192.0.2.1', port: 0, monotonic })).rejects.toMatchObject({
      code: 'EADDRNOTAVAIL',
    });
  });

  it('sends nothing after it was closed, and may be closed twice', async () => {
    const transport = await bind();
    transport.start({ onMessage: () => {}, onSendError: (error) => expect.unreachable(String(error)) });
    await transport.close();
    await transport.close();
    transport.send(Buffer.from('x'), { family: 'IPv4', address: '127.0.0.1', port: 9 });
  });

  it('bound to all addresses names the one that a peer reaches', async () => {
    const transport = await bind('0.0.0.0', '203.0.113.7');
    const toward = (address: string) => transport.addressToward({ family: 'IPv4', address, port: 1 });
    expect(toward('127.0.0.1')).toEqual({ family: 'IPv4', address: '127.0.0.1', port: transport.local.port });
    expect(toward('198.51.100.1').address).toBe('203.0.113.7');
    expect(toward('10.255.255.1').address).not.toBe('203.0.113.7');
    expect(toward('10.255.255.1').address).not.toBe('0.0.0.0');
  });

  it('advertises an address only to peers of its family, and knows its own address of the other', async () => {
    const addresses = await LocalAddresses.create(monotonic);
    const bound: SocketAddress = { family: 'IPv6', address: '2001:db8::5', port: 5060 };
    const peer: SocketAddress = { family: 'IPv6', address: '2001:db8:1::1', port: 1 };
    expect(addresses.ownToward(peer, bound, '203.0.113.7')).toEqual(bound);
    expect(addresses.ownToward(peer, bound, '2001:db8::9').address).toBe('2001:db8::9');
    expect(addresses.ownToward({ ...peer, address: 'fd00::1' }, bound, '2001:db8::9')).toEqual(bound);
  });

  it('knows which addresses mean nothing to the public network', async () => {
    const addresses = await LocalAddresses.create(monotonic);
    for (const address of [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '127.0.0.9',
      '169.254.1.1',
      '::1',
      'fd00::1',
      'fe80::1',
    ]) {
      expect(addresses.isPrivate(address), address).toBe(true);
    }
    for (const address of ['8.8.8.8', '172.32.0.1', '2001:db8::1'])
      expect(addresses.isPrivate(address), address).toBe(false);
  });
});
