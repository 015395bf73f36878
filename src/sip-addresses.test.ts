import { expect, it } from 'vitest';
import { sipAddresses } from './sip-addresses.ts';

const entry = { netmask: 'x', mac: 'x', cidr: null };
const interfaces = {
  eth0: [
    { ...entry, address: '192.0.2.7', internal: false, family: 'IPv4' as const },
    { ...entry, address: '2001:db8::7', internal: false, family: 'IPv6' as const, scopeid: 0 },
    { ...entry, address: 'fe80::7', internal: false, family: 'IPv6' as const, scopeid: 2 },
  ],
  lo: [
    { ...entry, address: '127.0.0.1', internal: true, family: 'IPv4' as const },
    { ...entry, address: '::1', internal: true, family: 'IPv6' as const, scopeid: 0 },
  ],
};

it('are those of the machine where everything is listened on, loopback first, families in the order of the setting', () => {
  const everywhere = ['0.0.0.0', '::'].map((host) => ({ host, port: 5060 }));
  expect(sipAddresses(everywhere, interfaces)).toEqual([
    'sip:127.0.0.1:5060',
    'sip:192.0.2.7:5060',
    'sip:[::1]:5060',
    'sip:[2001:db8::7]:5060',
  ]);
});

it('are the ones listened on where they are named', () => {
  const listens = [
    { host: '::1', port: 5070 },
    { host: '127.0.0.1', port: 5060 },
    { host: '127.0.0.1', port: 5061, transport: 'tls' as const },
  ];
  expect(sipAddresses(listens, interfaces)).toEqual([
    'sip:[::1]:5070',
    'sip:127.0.0.1:5060',
    'sip:127.0.0.1:5061;transport=tls',
  ]);
});
