import { afterEach, describe, expect, it } from 'vitest';
import { answerSdp, EdgeRig, type SrfDialog, until } from '../../testing/edge/edge-rig.ts';
import { here, MemoryTransport } from '../../testing/edge/memory-transport.ts';
import { LocalAddresses } from '../sip/local-addresses.ts';
import type { SipMessage } from '../sip/message.ts';
import type { SocketAddress, TransportProtocol } from '../sip/transport.ts';

const advertised = '203.0.113.5';
/** The address that a phone behind NAT does not know of, and where it thinks that it is. */
const outside: SocketAddress = { family: 'IPv4', address: '198.51.100.7', port: 40_123 };
const inside: SocketAddress = { family: 'IPv4', address: '10.1.2.3', port: 5060 };

let rig: EdgeRig;
let wire: MemoryTransport;
const dialogs: SrfDialog[] = [];
afterEach(() => rig.end());

async function start(protocol: TransportProtocol): Promise<void> {
  const addresses = await LocalAddresses.create(() => performance.now());
  dialogs.length = 0;
  rig = await EdgeRig.start(
    () => true,
    (clock) => {
      const toward = (remote: SocketAddress) => addresses.ownToward(remote, here, advertised);
      wire = new MemoryTransport(() => clock.monotonic(), protocol, toward);
      return { transports: [wire] };
    },
  );
  await rig.app((app) =>
    app.invite(async (request, response) => {
      dialogs.push(await app.createUAS(request, response, { localSdp: answerSdp }));
    }),
  );
}

const request = (method: string, protocol: TransportProtocol, to = '', via = ';rport') =>
  `${method} sip:5000@${advertised} SIP/2.0
Via: SIP/2.0/${protocol} 10.0.0.5:5062;branch=z9hG4bK${method}${Math.random()}${via}
Max-Forwards: 70
From: <sip:alice@10.0.0.5>;tag=alice
To: <sip:5000@${advertised}>${to}
Call-ID: behind-nat
CSeq: 1 ${method}
Contact: <sip:alice@10.0.0.5:5062${protocol === 'TCP' ? ';transport=tcp' : ''}>
Content-Length: 0

`;

const sent = (start: number | string) => {
  const found = wire.sent.find(({ message }) =>
    message.kind === 'request' ? message.method === start : message.status === start,
  );
  if (found === undefined) throw new Error(`${start} was not sent; what was: ${wire.log.join(', ')}`);
  return found;
};
const value = (message: SipMessage, name: string) => message.headers.get(name) ?? '';
const isSent = (start: number | string) => wire.log.some((line) => line.endsWith(` ${start}`));

describe.each(['UDP', 'TCP'] as const)('a phone behind NAT over %s', (protocol) => {
  it('is answered where it really is, told where that is, and finds us by the advertised address', async () => {
    await start(protocol);
    wire.receive(request('INVITE', protocol), outside);
    await until(() => isSent(200), 'it is answered');
    const { message, remote } = sent(200);
    expect(remote).toEqual(outside);
    expect(value(message, 'Via')).toMatch(/10\.0\.0\.5:5062.*;rport=40123.*;received=198\.51\.100\.7/);
    const parameter = protocol === 'TCP' ? ';transport=tcp' : '';
    expect(value(message, 'Contact')).toBe(`<sip:${advertised}:5060${parameter}>`);
    wire.receive(request('ACK', protocol, value(message, 'To').replace(/^[^;]*/, '')), outside);
    await until(() => dialogs.length > 0, 'the application has its call');
    const ended = dialogs[0]?.destroy();
    await until(() => isSent('BYE'), 'it is ended');
    const bye = sent('BYE');
    expect(bye.remote).toEqual(outside);
    expect(value(bye.message, 'Via')).toContain(`SIP/2.0/${protocol} ${advertised}:5060;`);
    const copied = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => `${name}: ${value(bye.message, name)}\n`);
    wire.receive(`SIP/2.0 200 OK\n${copied.join('')}Content-Length: 0\n\n`, outside);
    await ended;
  });

  it('without rport is told where it is all the same (RFC 3261 §18.2.1)', async () => {
    await start(protocol);
    wire.receive(request('OPTIONS', protocol, '', ''), outside);
    await until(() => isSent(200), 'it is answered');
    const { message, remote } = sent(200);
    expect(value(message, 'Via')).toMatch(/;received=198\.51\.100\.7/);
    // To the port that it named on UDP (§18.2.2), over its connection on TCP.
    expect(remote).toEqual({ ...outside, port: protocol === 'TCP' ? 40_123 : 5062 });
  });
});

it('a phone in a private network is told our own address, not the advertised one', async () => {
  await start('UDP');
  wire.receive(request('INVITE', 'UDP'), inside);
  await until(() => isSent(200), 'it is answered');
  expect(value(sent(200).message, 'Contact')).toBe(`<sip:${here.address}:5060>`);
  await rig.clock.advance(32_000);
  await until(() => isSent('BYE'), 'it is given up without an ACK');
  expect(value(sent('BYE').message, 'Via')).toContain(`SIP/2.0/UDP ${here.address}:5060;`);
});
