import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { stat } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { literalAddress, resolveAddress, targetOf, type UriTarget } from './locate.ts';

const servers: Socket[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A name server on this host, and a resolver that asks nobody else. What it is asked is kept. */
async function nameServer(answer: (question: Buffer) => Buffer | undefined) {
  const server = createSocket('udp4');
  servers.push(server);
  const asked: string[] = [];
  server.on('message', (question, { port, address }) => {
    asked.push(question.toString('latin1', 13).replaceAll(/[^\x21-\x7e]+/g, '.'));
    const reply = answer(question);
    if (reply !== undefined) server.send(reply, port, address);
  });
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve));
  const resolver = new Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([`127.0.0.1:${server.address().port}`]);
  return { resolver, asked };
}

/** One address record for whatever was asked, if it was an address that was asked for (RFC 1035 §4.1). */
function addressRecord(question: Buffer): Buffer {
  const endOfName = question.indexOf(0, 12) + 1;
  const isAddress = question.readUInt16BE(endOfName) === 1;
  const head = Buffer.from(question.subarray(0, endOfName + 4));
  head.writeUInt16BE(isAddress ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(isAddress ? 1 : 0, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(0, 10);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 192, 0, 2, 33]);
  return isAddress ? Buffer.concat([head, record]) : head;
}

function target(uri: string): UriTarget {
  const found = targetOf(uri);
  if (found === undefined) throw new Error(`${uri} is no SIP URI`);
  return found;
}

describe('where a name leads', () => {
  it('is asked of the name server: services first unless there is a port, then addresses', async () => {
    const { resolver, asked } = await nameServer(addressRecord);
    const address = { family: 'IPv4', address: '192.0.2.33' };
    expect(await resolveAddress(target('sip:pbx.example'), 'IPv4', resolver)).toEqual({ ...address, port: 5060 });
    expect(await resolveAddress(target('sip:pbx.example:5070'), 'IPv4', resolver)).toEqual({ ...address, port: 5070 });
    expect(asked.map((name) => name.split('.')[0])).toEqual(['_sip', 'pbx', 'pbx']);
  });

  it('is nowhere when the name server is silent, which holds up nothing else', async () => {
    const { resolver } = await nameServer(() => undefined);
    let found = 0;
    const waiting = Array.from({ length: 16 }, async (_, at) => {
      const address = await resolveAddress(target(`sip:host-${at}.example`), 'IPv4', resolver);
      found++;
      return address;
    });
    // What is done on the threads of the system's look-up is done before any of the names is given up.
    await stat('/');
    expect(found).toBe(0);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set([undefined]));
  });

  it('is known of this host without a name server', async () => {
    const { resolver } = await nameServer(() => undefined);
    expect(await resolveAddress(target('sip:localhost:5070'), 'IPv4', resolver)).toEqual({
      family: 'IPv4',
      address: '127.0.0.1',
      port: 5070,
    });
  });

  it('is read of a literal address at once', () => {
    expect(literalAddress(target('sip:[2001:db8::1]'))).toEqual({ family: 'IPv6', address: '2001:db8::1', port: 5060 });
    expect(literalAddress(target('sip:pbx.example'))).toBeUndefined();
  });
});
