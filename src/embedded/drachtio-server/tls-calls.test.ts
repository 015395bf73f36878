import { afterEach, beforeEach, expect, it } from 'vitest';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { answerSdp, EdgeRig, type SrfDialog, type SrfRequest, until } from '../../testing/edge/edge-rig.ts';
import { header, reply, WireCall, type WirePhone } from '../../testing/edge/wire-phone.ts';
import { CertificateFiles } from '../../testing/tls/certificate-files.ts';
import { TlsCredentials } from '../sip/tls-credentials.ts';

let files: CertificateFiles;
let credentials: TlsCredentials;
let rig: EdgeRig;
let connected: string;
let requests: SrfRequest[];
let dialogs: SrfDialog[];
beforeEach(async () => {
  files = await CertificateFiles.create();
  const { certificate, key } = files;
  const clock = new FakeClock(Date.now() + 60_000);
  credentials = await TlsCredentials.open({ certificate, key }, clock, new CapturedLog());
  const sip = [
    { host: '127.0.0.1', port: 0 },
    { host: '127.0.0.1', port: 0, transport: 'tls' as const },
  ];
  rig = await EdgeRig.start(
    () => true,
    () => ({ sip, credentials }),
    clock,
  );
  requests = [];
  dialogs = [];
  connected = '';
  await rig.app((app) => {
    app.on('connect', (_error: null, hostPorts: string) => {
      connected = String(hostPorts);
    });
    app.invite(async (request, response) => {
      requests.push(request);
      dialogs.push(await app.createUAS(request, response, { localSdp: answerSdp }));
    });
  });
});
afterEach(async () => {
  credentials.close();
  await rig.end();
  await files[Symbol.asyncDispose]();
});

const port = () => rig.edge.listens[1]?.port ?? 0;
const phone = (): Promise<WirePhone> => rig.tlsPhone(1, files.authority.cert);

it('tells applications that it listens for TLS, too', () => {
  expect(connected).toContain(`tls/127.0.0.1:${port()}`);
  expect(rig.edge.listens[1]).toEqual({ host: '127.0.0.1', port: port(), transport: 'tls' });
});

it('tells a call over TLS to the application as such, and everything that we write names TLS', async () => {
  const call = new WireCall(await phone(), port());
  call.invite();
  const answer = await call.answered();
  expect(header(answer, 'Via')).toMatch(/^SIP\/2\.0\/TLS .*received=127\.0\.0\.1/);
  expect(header(answer, 'Contact')).toBe(`<sip:127.0.0.1:${port()};transport=tls>`);
  expect(requests[0]).toMatchObject({ protocol: 'tls', source_address: '127.0.0.1', source_port: call.phone.port });
  await call.bye();
  expect(rig.edge.counters()).toMatchObject({ tlsSecured: 1, tlsFailed: 0 });
});

it('gives a SIPS Contact to who calls by a SIPS URI, or has one itself (RFC 3261 §12.1.1)', async () => {
  for (const sips of ['target', 'contact'] as const) {
    const call = new WireCall(await phone(), port());
    call[sips] = call[sips].replace('sip:', 'sips:');
    call.invite();
    const answer = await call.answered();
    expect(header(answer, 'Contact'), sips).toBe(`<sips:127.0.0.1:${port()};transport=tls>`);
    await call.bye();
  }
});

it('ends a call by us over the connection of the caller, which is the only way to most phones', async () => {
  const call = new WireCall(await phone(), port());
  call.contact = '<sips:alice@127.0.0.1:9>';
  call.invite();
  await call.answered();
  await until(() => dialogs.length > 0, 'the application has its call');
  const ended = dialogs[0]?.destroy();
  const bye = await call.phone.next('BYE');
  expect(bye).toMatch(/^BYE sips:alice@127\.0\.0\.1:9 /);
  expect(header(bye, 'Via')).toMatch(/^SIP\/2\.0\/TLS 127\.0\.0\.1:/);
  call.phone.send(reply(bye, '200 OK'));
  expect(await ended).toMatchObject({ method: 'BYE' });
});

it('does not go on by UDP or TCP with a call that came over TLS and whose connection is gone', async () => {
  const call = new WireCall(await phone(), port());
  const watcher = await rig.phone();
  call.contact = `<sip:alice@127.0.0.1:${watcher.port}>`;
  call.invite();
  await call.answered();
  await until(() => dialogs.length > 0, 'the application has its call');
  await call.phone.close();
  await until(() => rig.edge.idle().connections === 0, 'the connection is gone');
  dialogs[0]?.destroy().catch(() => {});
  await until(() => rig.edge.counters().sendErrors > 0, 'it could not be sent');
  expect(watcher.log).toEqual([]);
});
