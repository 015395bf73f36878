import { afterAll, expect, it } from 'vitest';
import { loadServicePrompts } from '../phone/phone.ts';
import { useService } from '../suite/use-service.ts';
import { CertificateFiles } from '../tls/certificate-files.ts';
import { baresip, securedBaresip } from './baresip.ts';
import { signInBy } from './sign-in.ts';

const files = await CertificateFiles.create();
const setting = useService({
  SIP_LISTEN: '127.0.0.1:0,tls:127.0.0.1:0',
  TLS_CERT_FILE: files.certificate,
  TLS_KEY_FILE: files.key,
});
afterAll(() => files[Symbol.asyncDispose]());

it('lets a caller in who signs in with baresip', async () => {
  const { end, heard, described } = await signInBy(baresip, setting.service, await loadServicePrompts());
  expect(end).toMatchObject({ signedIn: true, cause: 'caller-hung-up', transport: 'udp', srtp: false });
  expect(heard).toEqual(expect.arrayContaining(['welcome', 'enter-pin', 'signed-in']));
  expect(described.agent).toContain('baresip');
  expect(described.rtpPackets).toBeGreaterThan(50);
  // It reports at least that it has gone.
  expect(described.rtcpPackets).toBeGreaterThan(0);
});

it('lets a caller in who signs in with baresip over TLS and SRTP', async () => {
  const { service } = setting;
  const uri = service.app.sip[1]?.replace('sip:', `sip:${service.accessNumber}@`);
  const phone = securedBaresip(files.authorities);
  const { end, heard, described } = await signInBy(phone, service, await loadServicePrompts(), uri);
  expect(end).toMatchObject({ signedIn: true, cause: 'caller-hung-up', transport: 'tls', srtp: true });
  expect(heard).toEqual(expect.arrayContaining(['welcome', 'enter-pin', 'signed-in']));
  expect(described.offer).toEqual(expect.arrayContaining([expect.stringMatching(/^m=audio \d+ RTP\/SAVP /)]));
  expect(described.rtpPackets).toBeGreaterThan(50);
  expect(described.rtcpPackets).toBeGreaterThan(0);
});
