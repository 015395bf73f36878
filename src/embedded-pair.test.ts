import { expect, it } from 'vitest';
import { rtpHosts } from './embedded-pair.ts';

it.each([
  [['0.0.0.0'], { host: '0.0.0.0' }],
  [['127.0.0.1', '0.0.0.0'], { host: '0.0.0.0' }],
  [['127.0.0.1', '192.0.2.1', '192.0.2.2'], { host: '192.0.2.1' }],
  [['127.0.0.1'], { host: '127.0.0.1' }],
  [['::1'], { host: '127.0.0.1', host6: '::1' }],
  [['::1', '127.0.0.1', '2001:db8::1'], { host: '127.0.0.1', host6: '2001:db8::1' }],
])('media beside SIP at %j is at %j', (hosts, expected) => {
  expect(rtpHosts(hosts.map((host) => ({ host, port: 5060 })))).toEqual(expected);
});
