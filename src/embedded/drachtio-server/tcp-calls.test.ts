import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answerSdp,
  EdgeRig,
  type SrfDialog,
  type SrfRequest,
  type TestSrf,
  until,
} from '../../testing/edge/edge-rig.ts';
import { header, offer, reply, WireCall } from '../../testing/edge/wire-phone.ts';

let rig: EdgeRig;
let requests: SrfRequest[];
let dialogs: SrfDialog[];
let srf: TestSrf;
beforeEach(async () => {
  rig = await EdgeRig.start();
  requests = [];
  dialogs = [];
  srf = await rig.app((app) =>
    app.invite(async (request, response) => {
      requests.push(request);
      dialogs.push(await app.createUAS(request, response, { localSdp: answerSdp }));
    }),
  );
});
afterEach(() => rig.end());

async function answeredCall(): Promise<{ call: WireCall; answer: string }> {
  const call = new WireCall(await rig.tcpPhone(), rig.edge.sipPort);
  call.invite();
  const answer = await call.answered();
  await until(() => dialogs.length > 0, 'the application has its call');
  return { call, answer };
}

/** Somebody who only listens, for connections that the edge opens. */
async function listener(): Promise<{
  port: number;
  text: () => string;
  server: Server;
  last: () => Socket | undefined;
}> {
  let text = '';
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const bound = server.address();
  const port = typeof bound === 'object' ? (bound?.port ?? 0) : 0;
  return { port, text: () => text, server, last: () => sockets.at(-1) };
}

describe('a call over TCP', () => {
  it('is told to the application as such, and everything that we write names TCP', async () => {
    const { call, answer } = await answeredCall();
    expect(header(answer, 'Via')).toMatch(/^SIP\/2\.0\/TCP .*received=127\.0\.0\.1/);
    expect(header(answer, 'Contact')).toBe(`<sip:127.0.0.1:${rig.edge.sipPort};transport=tcp>`);
    expect(requests[0]).toMatchObject({ protocol: 'tcp', source_address: '127.0.0.1', source_port: call.phone.port });
    await call.bye();
  });

  it('is ended by us over the connection of the caller, whatever its Contact says', async () => {
    const call = new WireCall(await rig.tcpPhone(), rig.edge.sipPort);
    call.contact = '<sip:alice@127.0.0.1:9>';
    call.invite();
    await call.answered();
    await until(() => dialogs.length > 0, 'the application has its call');
    const ended = dialogs[0]?.destroy();
    const bye = await call.phone.next('BYE');
    expect(header(bye, 'Via')).toMatch(/^SIP\/2\.0\/TCP 127\.0\.0\.1:/);
    call.phone.send(reply(bye, '200 OK'));
    expect(await ended).toMatchObject({ method: 'BYE' });
  });

  it('is ended over a new connection when that of the caller is gone', async () => {
    const there = await listener();
    const call = new WireCall(await rig.tcpPhone(), rig.edge.sipPort);
    call.contact = `<sip:alice@127.0.0.1:${there.port};transport=tcp>`;
    call.invite();
    await call.answered();
    await until(() => dialogs.length > 0, 'the application has its call');
    await call.phone.close();
    await until(() => rig.edge.idle().connections === 0, 'the connection is gone');
    const ended = dialogs[0]?.destroy();
    await until(() => there.text().endsWith('\r\n\r\n'), 'BYE came');
    there.last()?.write(reply(there.text(), '200 OK').replaceAll('\n', '\r\n').replaceAll('\r\r', '\r'));
    expect(await ended).toMatchObject({ method: 'BYE' });
    there.last()?.destroy();
    there.server.close();
  });

  it('gets its answer over a new connection to the Via when its own is gone before', async () => {
    const there = await listener();
    let answer: (() => void) | undefined;
    const slow = await rig.app((app) =>
      app.options((_request, response) => {
        answer = () => response.send(200);
      }),
    );
    const call = new WireCall(await rig.tcpPhone(), rig.edge.sipPort);
    call.phone.send(call.compose('OPTIONS').replace(`TCP 127.0.0.1:${call.phone.port}`, `TCP 127.0.0.1:${there.port}`));
    await until(() => answer !== undefined, 'it was asked');
    await call.phone.close();
    await until(() => rig.edge.idle().connections === 0, 'the connection is gone');
    answer?.();
    await until(() => there.text().startsWith('SIP/2.0 200'), 'the answer came');
    there.last()?.destroy();
    there.server.close();
    await rig.leave(slow);
  });

  it('ends as 503 where no connection can be made', async () => {
    const calling = srf.createUAC('sip:nobody@127.0.0.1:9;transport=tcp', { localSdp: answerSdp });
    await expect(calling).rejects.toMatchObject({ status: 503 });
  });

  it('is not retransmitted, but its 2xx is repeated until the ACK comes', async () => {
    const call = new WireCall(await rig.tcpPhone(), rig.edge.sipPort);
    call.invite();
    const first = await call.phone.next('SIP/2.0 200');
    await rig.clock.advance(500);
    const second = await call.phone.next('SIP/2.0 200');
    expect(second).toBe(first);
    call.learn(second);
    call.send('ACK');
    await until(() => dialogs.length > 0, 'the application has its call');
    const ended = dialogs[0]?.destroy();
    const bye = await call.phone.next('BYE');
    await rig.clock.advance(10_000);
    call.phone.send(reply(bye, '200 OK'));
    await ended;
    expect(call.phone.log.filter((line) => line.startsWith('BYE'))).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('may bring several messages at once, after line breaks, and a ping between them', async () => {
    const call = new WireCall(await rig.tcpPhone(), rig.edge.sipPort);
    call.phone.send(`\n\n${call.compose('MESSAGE')}\n\n${call.compose('INVITE', { body: offer })}`);
    await call.answered();
    expect(call.phone.log.map((line) => line.slice(8))).toEqual(
      expect.arrayContaining([expect.stringMatching(/^\d{3} .*\(1 MESSAGE\)/), '200 OK (1 INVITE)']),
    );
    await call.bye();
  });

  it.each([
    ['without Content-Length', (text: string) => text.replace(/Content-Length.*\n/, ''), '400 Missing Content-Length'],
    [
      'with a Content-Length that is none',
      (text: string) => text.replace(/Content-Length.*/, 'Content-Length: many'),
      '400 Bad Content-Length',
    ],
    [
      'with an immense one',
      (text: string) => text.replace(/Content-Length.*/, 'Content-Length: 99999999'),
      '513 Message Too Large',
    ],
    [
      'whose head does not end',
      (text: string) => text.replace('Content-Length', `X-Long: ${'x'.repeat(70_000)}\nContent-Length`),
      '513 ',
    ],
  ])('%s is answered and closed, and the next call works', async (_what, damage, answer) => {
    const call = new WireCall(await rig.tcpPhone(), rig.edge.sipPort);
    call.phone.send(damage(call.compose('INVITE', { body: offer })));
    await call.phone.next(`SIP/2.0 ${answer}`);
    await call.phone.gone;
    expect(rig.edge.counters().malformed).toBe(1);
    await (await answeredCall()).call.bye();
  });

  it('of noise is closed without an answer', async () => {
    const phone = await rig.tcpPhone();
    phone.send(`GET / HTTP/1.1\nHost: a\n\n`);
    await phone.gone;
    expect(phone.log).toEqual([]);
  });
});

describe('a request that is too large for UDP', () => {
  const large = { 'X-Large': 'x'.repeat(1_400) };

  it('goes by TCP to a peer that has it', async () => {
    const there = await listener();
    const sent = srf.request(`sip:a@127.0.0.1:${there.port}`, {
      method: 'MESSAGE',
      headers: { ...large, 'Content-Type': 'text/plain' },
      body: 'hello',
    });
    await until(() => there.text().includes('hello'), 'it came');
    const request = await sent;
    expect(there.text()).toContain('Via: SIP/2.0/TCP 127.0.0.1:');
    const answered = new Promise<{ status: number }>((resolve) => request.on('response', resolve));
    there.last()?.write(reply(there.text(), '202 Accepted').replaceAll('\n', '\r\n'));
    expect(await answered).toMatchObject({ status: 202 });
    there.last()?.destroy();
    there.server.close();
  });

  it('goes by UDP to a peer that has only that, and can be cancelled there', async () => {
    const callee = await rig.phone();
    const handle: { cancel?: () => void } = {};
    const calling = srf.createUAC(
      `sip:a@127.0.0.1:${callee.port}`,
      { localSdp: answerSdp, headers: large },
      { cbRequest: (_error: unknown, request: SrfRequest) => (handle.cancel = () => request.cancel()) },
    );
    const refused = calling.catch((error: unknown) => error);
    const invite = await callee.next('INVITE');
    expect(header(invite, 'Via')).toContain('SIP/2.0/UDP ');
    callee.send(reply(invite, '180 Ringing', { tag: 'a' }));
    handle.cancel?.();
    const cancel = await callee.next('CANCEL');
    callee.send(reply(cancel, '200 OK'));
    callee.send(reply(invite, '487 Request Terminated', { tag: 'a' }));
    expect(await refused).toMatchObject({ status: 487 });
  });
});
