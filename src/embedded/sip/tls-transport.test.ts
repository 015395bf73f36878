import { once } from 'node:events';
import { connect as connectPlainly, type Socket } from 'node:net';
import { type ConnectionOptions, connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { until } from '../../testing/edge/edge-rig.ts';
import { createAuthority, createCertificate } from '../../testing/mail/certificates.ts';
import { CertificateFiles } from '../../testing/tls/certificate-files.ts';
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts';
import { TlsCredentials } from './tls-credentials.ts';
import type { Arrival, SocketAddress } from './transport.ts';

const message = 'OPTIONS sip:a@b SIP/2.0\r\nX: y\r\nContent-Length: 0\r\n\r\n';
const patience = 1_000;

let files: CertificateFiles;
let clock: FakeClock;
const cleanUp = new Set<() => unknown>();
beforeEach(async () => {
  files = await CertificateFiles.create();
  clock = new FakeClock(Date.now() + 60_000);
});
afterEach(async () => {
  for (const clean of cleanUp) await clean();
  cleanUp.clear();
  expect(clock.pending).toBe(0);
  await files[Symbol.asyncDispose]();
});

async function listen(more: { authorities?: string } & Partial<TcpTransportOptions> = {}) {
  const { certificate, key } = files;
  const { authorities } = more;
  const credentials = await TlsCredentials.open({ certificate, key, authorities }, clock, new CapturedLog());
  const bounds = { connect: patience };
  const transport = await TcpTransport.listen({ host: '127.0.0.1', port: 0, clock, bounds, credentials, ...more });
  cleanUp.add(() => transport.close());
  cleanUp.add(() => credentials.close());
  const arrivals: Arrival[] = [];
  const errors: SocketAddress[] = [];
  transport.start({
    onMessage: (arrival) => arrivals.push(arrival),
    onSendError: (_error, remote) => errors.push(remote),
  });
  return { transport, credentials, arrivals, errors };
}

async function peer(port: number, options: ConnectionOptions = {}): Promise<TLSSocket & { text: string }> {
  const socket = Object.assign(connect({ port, host: '127.0.0.1', ca: files.authority.cert, ...options }), {
    text: '',
  });
  cleanUp.add(() => socket.destroy());
  socket.on('data', (chunk) => {
    socket.text += String(chunk);
  });
  await once(socket, 'secureConnect');
  return socket;
}

function plain(port: number): Socket {
  const socket = connectPlainly(port, '127.0.0.1');
  socket.on('error', () => {});
  cleanUp.add(() => socket.destroy());
  return socket;
}

it('carries messages both ways over the connection of the peer, and is TLS 1.2 at least', async () => {
  const { transport, arrivals } = await listen();
  expect(transport).toMatchObject({ protocol: 'TLS', reliable: true });
  const { port } = transport.local;
  const phone = await peer(port, { maxVersion: 'TLSv1.2' });
  phone.write(message);
  await until(() => arrivals.length === 1, 'it arrived');
  const remote = arrivals[0]?.remote as SocketAddress;
  expect(remote).toEqual({ family: 'IPv4', address: '127.0.0.1', port: phone.localPort });
  expect(transport.hasConnection(remote)).toBe(true);
  transport.send(Buffer.from('answer'), remote);
  phone.write('\r\n\r\n');
  await until(() => phone.text === 'answer\r\n', 'the answer came, and the ping was answered');
  await expect(
    peer(port, { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }),
  ).rejects.toThrow();
  await until(() => transport.tlsCounters?.failed === 1, 'it was counted');
  expect(transport.tlsCounters).toEqual({ secured: 1, failed: 1 });
  phone.destroy();
  await until(() => transport.connections === 0, 'nothing is left');
});

it('closes what is no TLS, and who does not come to an end with it', async () => {
  const { transport, arrivals } = await listen();
  const { port } = transport.local;
  const wrong = plain(port);
  wrong.write(message);
  await once(wrong, 'close');
  await until(() => transport.tlsCounters?.failed === 1, 'it was counted');
  const mute = plain(port);
  await until(() => transport.connections === 1, 'it is there');
  const gone = once(mute, 'close');
  await clock.advance(patience);
  await gone;
  await until(() => transport.connections === 0, 'nothing is left');
  expect(transport.tlsCounters).toEqual({ secured: 0, failed: 2 });
  expect(arrivals).toEqual([]);
});

it('closes TLS where plain text is spoken, and counts it', async () => {
  const { transport, arrivals } = await listen({ credentials: undefined });
  expect(transport.protocol).toBe('TCP');
  await expect(peer(transport.local.port)).rejects.toThrow();
  expect(transport.counters.tlsOnPlainPort).toBe(1);
  await until(() => transport.connections === 0, 'nothing is left');
  expect(arrivals).toEqual([]);
});

it('takes only peers that show a certificate of its authorities, when it has any', async () => {
  const { transport, arrivals } = await listen({ authorities: files.authorities });
  const { port } = transport.local;
  const trunk = await createCertificate('pbx.example.com', files.authority);
  const stranger = await createCertificate('pbx.example.com', await createAuthority());
  for (const shown of [{}, stranger]) {
    const refused = await peer(port, { ...shown, maxVersion: 'TLSv1.3' });
    refused.on('error', () => {});
    refused.write(message);
    await new Promise((resolve) => refused.on('close', resolve));
  }
  await until(() => transport.tlsCounters?.failed === 2, 'they were counted');
  const taken = await peer(port, trunk);
  taken.write(message);
  await until(() => arrivals.length === 1, 'it arrived');
  expect(transport.tlsCounters).toEqual({ secured: 1, failed: 2 });
});

it('connects only to peers whose certificate is trusted', async () => {
  const { transport, errors } = await listen({ authorities: files.authorities });
  const heard: string[] = [];
  for (const authority of [files.authority, await createAuthority()]) {
    const server = createServer(await createCertificate('127.0.0.1', authority), (socket) => {
      socket.on('data', (chunk) => heard.push(String(chunk)));
      cleanUp.add(() => socket.destroy());
    });
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanUp.add(() => server.close());
    const bound = server.address();
    const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
    transport.send(Buffer.from('hello'), { family: 'IPv4', address: '127.0.0.1', port });
  }
  await until(() => heard.length === 1 && errors.length === 1, 'one was reached and one was not');
  expect(transport.tlsCounters?.secured).toBe(1);
});

it('shows a new certificate to who comes next, and keeps the connections that there are', async () => {
  const { transport, credentials, arrivals } = await listen();
  const { port } = transport.local;
  const before = await peer(port);
  await files.replace();
  expect(await credentials.reload()).toBe('changed');
  const after = await peer(port);
  const shown = [before, after].map((socket) => socket.getPeerCertificate().fingerprint256);
  expect(new Set(shown).size).toBe(2);
  for (const socket of [before, after]) socket.write(message);
  await until(() => arrivals.length === 2, 'both are heard');
});

it('takes so many new connections of one source in a second', async () => {
  const { transport } = await listen({ counts: { perSecond: 1, burst: 2 } });
  const { port } = transport.local;
  await peer(port);
  await peer(port);
  await expect(peer(port)).rejects.toThrow();
  expect(transport.counters).toMatchObject({ accepted: 2, turnedAway: 1 });
  await clock.advance(1_000);
  await peer(port);
  expect(transport.counters.accepted).toBe(3);
});
