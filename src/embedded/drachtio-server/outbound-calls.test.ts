import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answerSdp,
  EdgeRig,
  type SrfMessage,
  type SrfRequest,
  type TestSrf,
  until,
} from '../../testing/edge/edge-rig.ts';
import { header, offer, reply, type WirePhone } from '../../testing/edge/wire-phone.ts';

let rig: EdgeRig;
let app: TestSrf;
let callee: WirePhone;
beforeEach(async () => {
  rig = await EdgeRig.start();
  app = await rig.app();
  callee = await rig.phone();
});
afterEach(() => rig.end());

const uri = () => `sip:bob@127.0.0.1:${callee.port}`;
const contact = () => ({ lines: `Contact: <${uri()}>\n` });

/** Starts a call; `sent` resolves when the application knows its request, `dialog` when the call is answered. */
function start(options: object = {}) {
  const { promise: sent, resolve } = Promise.withResolvers<SrfRequest>();
  const provisional: number[] = [];
  const dialog = app.createUAC(
    uri(),
    { localSdp: answerSdp, ...options },
    {
      cbRequest: (_error: unknown, request: SrfRequest) => resolve(request),
      cbProvisional: (response: SrfMessage) => provisional.push(response.status),
    },
  );
  // A rejection that comes while a test waits for something else is looked at later.
  dialog.catch(() => {});
  return { sent, dialog, provisional };
}

async function connected() {
  const call = start();
  const invite = await callee.next('INVITE');
  const ok = reply(invite, '200 OK', { tag: 'bob', ...contact(), body: offer });
  callee.send(ok);
  const dialog = await call.dialog;
  const ack = await callee.next('ACK');
  return { ...call, dialog, invite, ok, ack };
}

describe('a call of the application', () => {
  it('is sent with all that RFC 3261 asks for, rings, is answered and acknowledged, and hung up', async () => {
    const call = start({ headers: { From: '<sip:ivr@localhost>', 'X-esl-outbound': '127.0.0.1:1234' } });
    const invite = await callee.next(`INVITE ${uri()} SIP/2.0`);
    const here = `127.0.0.1:${rig.edge.sipPort}`;
    expect(header(invite, 'Via')).toMatch(new RegExp(`^SIP/2.0/UDP ${here};rport;branch=z9hG4bK`));
    expect(header(invite, 'From')).toMatch(new RegExp(`^<sip:ivr@${here}>;tag=[0-9a-f]{16}$`));
    expect(header(invite, 'To')).toBe(`<${uri()}>`);
    expect(header(invite, 'Contact')).toBe(`<sip:${here}>`);
    expect(header(invite, 'Max-Forwards')).toBe('70');
    expect(header(invite, 'CSeq')).toMatch(/^\d+ INVITE$/);
    expect(header(invite, 'Content-Type')).toBe('application/sdp');
    expect(header(invite, 'X-esl-outbound')).toBe('127.0.0.1:1234');
    expect((await call.sent).get('Call-ID')).toBe(header(invite, 'Call-ID'));
    callee.send(reply(invite, '100 Trying'));
    callee.send(reply(invite, '180 Ringing', { tag: 'bob', ...contact() }));
    await until(() => call.provisional.length > 0, 'the ringing is heard');
    callee.send(reply(invite, '200 OK', { tag: 'bob', ...contact(), body: offer }));
    const dialog = await call.dialog;
    expect(call.provisional).toEqual([180]);
    expect(dialog.remote.sdp).toBe(offer.replaceAll('\n', '\r\n'));
    expect(dialog.id).toBe(`${header(invite, 'Call-ID')};from-tag=${dialog.sip.localTag}`);
    const ack = await callee.next('ACK');
    expect(header(ack, 'CSeq')).toBe(header(invite, 'CSeq').replace('INVITE', 'ACK'));
    expect(header(ack, 'To')).toBe(`<${uri()}>;tag=bob`);

    const destroyed = dialog.destroy();
    const bye = await callee.next('BYE');
    expect(Number.parseInt(header(bye, 'CSeq'), 10)).toBe(Number.parseInt(header(invite, 'CSeq'), 10) + 1);
    callee.send(reply(bye, '200 OK'));
    await destroyed;
    expect(rig.edge.idle().dialogs).toBe(0);
  });

  it('has the Contact that the application gives, its URI in brackets and "localhost" replaced', async () => {
    const call = start({ headers: { Contact: 'sip:me@localhost;q=1, "Other" <sip:x@y;a=b,c>' } });
    const invite = await callee.next('INVITE');
    const contacts = [...invite.matchAll(/^Contact: (.*)\r$/gm)].map((match) => match[1]);
    expect(contacts).toEqual([`<sip:me@127.0.0.1:${rig.edge.sipPort}>;q=1`, '"Other" <sip:x@y;a=b,c>']);
    callee.send(reply(invite, '404 Not Found', { tag: 'bob' }));
    await expect(call.dialog).rejects.toMatchObject({ status: 404 });
  });

  it('is repeated until something comes, and its 200 acknowledged each time it comes', async () => {
    const call = start();
    const invite = await callee.next('INVITE');
    await rig.clock.advance(500);
    expect(await callee.next('INVITE')).toBe(invite);
    const ok = reply(invite, '200 OK', { tag: 'bob', ...contact(), body: offer });
    callee.send(ok);
    const dialog = await call.dialog;
    const ack = await callee.next('ACK');
    callee.send(ok);
    expect(await callee.next('ACK')).toBe(ack);
    const destroyed = dialog.destroy();
    callee.send(reply(await callee.next('BYE'), '200 OK'));
    await destroyed;
  });

  it('ends one fork of two that answer', async () => {
    const { dialog, ok } = await connected();
    callee.send(ok.replaceAll('tag=bob', 'tag=bobby'));
    const ack = await callee.next(/^ACK[\s\S]*tag=bobby/);
    const bye = await callee.next(/^BYE[\s\S]*tag=bobby/);
    expect(header(ack, 'Call-ID')).toBe(header(bye, 'Call-ID'));
    callee.send(reply(bye, '200 OK'));
    const destroyed = dialog.destroy();
    callee.send(reply(await callee.next(/^BYE[\s\S]*tag=bob\r/), '200 OK'));
    await destroyed;
  });

  it('is refused, and the ACK for that is sent here', async () => {
    const call = start();
    const invite = await callee.next('INVITE');
    callee.send(reply(invite, '486 Busy Here', { tag: 'bob' }));
    await expect(call.dialog).rejects.toMatchObject({ status: 486 });
    const ack = await callee.next('ACK');
    expect(header(ack, 'Via')).toBe(header(invite, 'Via'));
    expect(rig.edge.idle().dialogs).toBe(0);
  });

  it('gets 408 when nobody answers', async () => {
    const call = start();
    await callee.next('INVITE');
    await rig.clock.advance(32_000);
    await expect(call.dialog).rejects.toMatchObject({ status: 408 });
  });

  it('gets 503 when the name has no address', async () => {
    const call = app.createUAC('sip:bob@no.such.host.invalid:5070', { localSdp: answerSdp });
    await expect(call).rejects.toMatchObject({ status: 503 });
  });

  it('is cancelled once it rings', async () => {
    const call = start();
    const invite = await callee.next('INVITE');
    const request = await call.sent;
    const cancelled = new Promise<void>((resolve, reject) =>
      request.cancel((error) => (error ? reject(error) : resolve())),
    );
    await cancelled;
    expect(callee.log).toHaveLength(1);
    callee.send(reply(invite, '180 Ringing', { tag: 'bob' }));
    const cancel = await callee.next('CANCEL');
    expect(header(cancel, 'Via')).toBe(header(invite, 'Via'));
    expect(header(cancel, 'CSeq')).toBe(header(invite, 'CSeq').replace('INVITE', 'CANCEL'));
    callee.send(reply(cancel, '200 OK', { tag: 'bob' }));
    callee.send(reply(invite, '487 Request Terminated', { tag: 'bob' }));
    await expect(call.dialog).rejects.toMatchObject({ status: 487 });
    await callee.next('ACK');
    await expect(new Promise((_, reject) => request.cancel((error) => reject(error)))).rejects.toThrow(
      'unable to cancel',
    );
  });

  it('that is answered while it is cancelled is ended after its ACK', async () => {
    const call = start();
    const invite = await callee.next('INVITE');
    callee.send(reply(invite, '180 Ringing', { tag: 'bob' }));
    const request = await call.sent;
    await until(() => call.provisional.length > 0, 'the ringing is heard');
    request.cancel();
    await callee.next('CANCEL');
    callee.send(reply(invite, '200 OK', { tag: 'bob', ...contact(), body: offer }));
    const dialog = await call.dialog;
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    dialog.on('destroy', (_request, reason) => resolve(reason));
    await callee.next('ACK');
    const bye = await callee.next('BYE');
    expect(header(bye, 'Reason')).toBe('SIP;cause=200;text="ACK-BYE due to cancel race condition"');
    callee.send(reply(bye, '200 OK'));
    expect(await ended).toBe('ACK-BYE due to cancel race condition');
  });

  it('follows the proxies that recorded themselves, the last first, and goes first to the one it is told', async () => {
    const proxy = await rig.phone();
    const call = start({ proxy: `sip:127.0.0.1:${proxy.port};lr` });
    const invite = await proxy.next(`INVITE ${uri()} SIP/2.0`);
    expect(callee.log).toEqual([]);
    const lines = `Record-Route: <sip:far.example.com;lr>\nRecord-Route: <sip:127.0.0.1:${proxy.port};lr>\nContact: <${uri()}>\n`;
    proxy.send(reply(invite, '200 OK', { tag: 'bob', lines, body: offer }));
    const dialog = await call.dialog;
    const ack = await proxy.next(`ACK ${uri()} SIP/2.0`);
    const routes = [...ack.matchAll(/^Route: (.*)\r$/gm)].map((match) => match[1]);
    expect(routes).toEqual([`<sip:127.0.0.1:${proxy.port};lr>`, '<sip:far.example.com;lr>']);
    const destroyed = dialog.destroy();
    proxy.send(reply(await proxy.next('BYE'), '200 OK'));
    await destroyed;
  });

  it('is held by the callee and hung up by it', async () => {
    const { dialog, invite } = await connected();
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    dialog.on('destroy', (_request, reason) => resolve(reason));
    const from = `From: <${uri()}>;tag=bob\nTo: ${header(invite, 'From')}\nCall-ID: ${header(invite, 'Call-ID')}\n`;
    const target = /<(.*)>/.exec(header(invite, 'Contact'))?.[1];
    const request = (method: string, number: number, more = '') =>
      `${method} ${target} SIP/2.0\nVia: SIP/2.0/UDP 127.0.0.1:${callee.port};branch=z9hG4bK${method}${number}\n${from}CSeq: ${number} ${method}\nMax-Forwards: 70\n${more}`;
    const body = `Content-Type: application/sdp\nContact: <${uri()}>\n\n${offer}`;
    callee.send(request('INVITE', 1, body));
    await callee.next(/^SIP\/2.0 200 [\s\S]*CSeq: 1 INVITE/);
    callee.send(request('ACK', 1, '\n'));
    callee.send(request('BYE', 2, '\n'));
    await callee.next(/^SIP\/2.0 200 [\s\S]*CSeq: 2 BYE/);
    expect(await ended).toBe('normal release');
  });
});

describe('other requests of the application', () => {
  it.each(['OPTIONS', 'REGISTER', 'MESSAGE'])(
    '%s is sent outside any dialog and its answer comes back',
    async (method) => {
      const request = await app.request(uri(), {
        method,
        headers: { 'Content-Type': 'text/plain', 'User-Agent': 'x' },
        body: 'ü',
      });
      const answered = new Promise<SrfMessage>((resolve) => request.on('response', resolve));
      const received = await callee.next(`${method} ${uri()} SIP/2.0`);
      expect(header(received, 'User-Agent')).toBe('x');
      expect(received.endsWith('\r\n\r\nü')).toBe(true);
      callee.send(reply(received, '404 Not Found', { tag: 'bob' }));
      expect((await answered).status).toBe(404);
    },
  );

  it('are given up with 408 after 32 s', async () => {
    const request = await app.request(uri(), { method: 'OPTIONS' });
    const answered = new Promise<SrfMessage>((resolve) => request.on('response', resolve));
    await rig.clock.advance(32_000);
    expect((await answered).status).toBe(408);
  });

  it.each([
    ['to this server itself', () => `sip:127.0.0.1:${rig.edge.sipPort}`, {}, 'can not send request to myself'],
    [
      'over a transport that is not there',
      () => `${uri()};transport=tls`,
      {},
      'requested protocol/transport not available',
    ],
    ['to no URI', () => 'tel:+1', {}, 'invalid request-uri'],
    ['with a body of unknown kind', uri, { body: 'x' }, 'missing content-type'],
  ])('are refused %s', async (_what, target, more, reason) => {
    await expect(app.request(target(), { method: 'OPTIONS', ...more })).rejects.toThrow(reason);
  });

  it('are refused on a dialog that is over, in the words that drachtio-srf looks for', async () => {
    const { dialog } = await connected();
    const destroyed = dialog.destroy();
    callee.send(reply(await callee.next('BYE'), '200 OK'));
    await destroyed;
    await expect(dialog.request({ method: 'INFO' })).rejects.toMatchObject({ code: 'ENODIALOG' });
  });

  it('cannot smuggle lines into a message', async () => {
    const request = await app.request(uri(), {
      method: 'OPTIONS',
      headers: { 'X-A': 'one\rVia: two', Via: 'SIP/2.0/UDP evil', Route: '<sip:evil;lr>' },
    });
    const received = await callee.next('OPTIONS');
    expect(received).not.toContain('evil');
    expect(received).not.toContain('two');
    const answered = new Promise<SrfMessage>((resolve) => request.on('response', resolve));
    callee.send(reply(received, '200 OK', { tag: 'bob' }));
    await answered;
  });
});
