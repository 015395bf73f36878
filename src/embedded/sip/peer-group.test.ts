import { expect, it } from 'vitest';
import { peerGroup } from './peer-group.ts';

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::ffff:192.0.2.1', '0:0:0:0::/64'],
])('%s is counted under %s', (address, group) => {
  expect(peerGroup(address)).toBe(group);
});
