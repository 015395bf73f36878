import { expect, it } from 'vitest';
import { loadServicePrompts } from '../phone/phone.ts';
import { useService } from '../suite/use-service.ts';
import { baresip } from './baresip.ts';
import { signInBy } from './sign-in.ts';

const setting = useService();

it('lets a caller in who signs in with baresip', async () => {
  const { end, heard, described } = await signInBy(baresip, setting.service, await loadServicePrompts());
  expect(end).toMatchObject({ signedIn: true, cause: 'caller-hung-up' });
  expect(heard).toEqual(expect.arrayContaining(['welcome', 'enter-pin', 'signed-in']));
  expect(described.agent).toContain('baresip');
  expect(described.rtpPackets).toBeGreaterThan(50);
  // It reports at least that it has gone.
  expect(described.rtcpPackets).toBeGreaterThan(0);
});
