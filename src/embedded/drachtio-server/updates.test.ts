import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerSdp, EdgeRig, type SrfDialog, type SrfRequest, type SrfResponse } from '../../testing/edge/edge-rig.ts';
import { header, offer, reply, type WireCall } from '../../testing/edge/wire-phone.ts';

let rig: EdgeRig;
beforeEach(async () => {
  rig = await EdgeRig.start();
});
afterEach(() => rig.end());

/** A call that is up, whose application leaves UPDATE and re-INVITE to the test. */
async function connected(sent = '') {
  const updates: SrfResponse[] = [];
  const { promise: made, resolve } = Promise.withResolvers<SrfDialog>();
  const { promise: acked, resolve: ack } = Promise.withResolvers<void>();
  await rig.app((app) =>
    app.invite(async (request, response) => {
      const dialog = await app.createUAS(request, response, { localSdp: answerSdp });
      dialog.on('ack', () => ack());
      dialog.on('update', (_update, answer) => updates.push(answer));
      dialog.on('modify', (_invite, answer) => updates.push(answer));
      resolve(dialog);
    }),
  );
  const call = await rig.call();
  call.invite(sent);
  await call.answered();
  await acked;
  return { call, updates, dialog: await made };
}

/** Sends a request of the caller and waits for its final answer. */
async function asked(call: WireCall, method: string, body = ''): Promise<string> {
  const sequence = ask(call, method, body);
  return await answerTo(call, method, sequence);
}

function ask(call: WireCall, method: string, body = ''): number {
  call.sequence++;
  call.send(method, { body });
  return call.sequence;
}

function answerTo(call: WireCall, method: string, sequence: number): Promise<string> {
  return call.phone.next(new RegExp(`^SIP/2.0 [2-6]\\d\\d [\\s\\S]*CSeq: ${sequence} ${method}`));
}

function expectTryLater(response: string): void {
  expect(response).toMatch(/^SIP\/2.0 500/);
  expect(Number(header(response, 'Retry-After'))).toBeLessThanOrEqual(10);
  expect(header(response, 'Retry-After')).not.toBe('');
}

/** Waits until the application has so many requests to answer. */
async function pending(updates: readonly SrfResponse[], count: number): Promise<SrfResponse> {
  for (let turn = 0; turn < 500 && updates.length < count; turn += 1) await new Promise((go) => setTimeout(go, 5));
  const last = updates[count - 1];
  if (last === undefined) throw new Error('The application heard of no request');
  return last;
}

describe('an UPDATE within a call', () => {
  it('goes to the application and back, with a Contact', async () => {
    const { call, updates } = await connected();
    const sequence = ask(call, 'UPDATE', offer);
    (await pending(updates, 1)).send(200, { body: answerSdp });
    const answer = await answerTo(call, 'UPDATE', sequence);
    expect(answer).toMatch(/^SIP\/2.0 200/);
    expect(header(answer, 'Contact')).toBe(`<sip:127.0.0.1:${rig.edge.sipPort}>`);
    expect(answer.endsWith(answerSdp)).toBe(true);
    await call.bye();
  });

  it('moves the caller when it is accepted', async () => {
    const { call, updates, dialog } = await connected();
    const moved = await rig.phone();
    call.contact = `<sip:alice@127.0.0.1:${moved.port}>`;
    const sequence = ask(call, 'UPDATE');
    (await pending(updates, 1)).send(200);
    await answerTo(call, 'UPDATE', sequence);
    // The Contact is elsewhere than the message came from, so the edge goes on to answer at where that was (NAT).
    const destroyed = dialog.destroy();
    const bye = await call.phone.next('BYE');
    expect(bye).toMatch(new RegExp(`^BYE sip:alice@127.0.0.1:${moved.port} `));
    call.phone.send(reply(bye, '200 OK'));
    await destroyed;
  });

  it('is put off while another one is being answered, whatever it carries', async () => {
    const { call, updates } = await connected();
    const first = ask(call, 'UPDATE', offer);
    const answer = await pending(updates, 1);
    expectTryLater(await asked(call, 'UPDATE'));
    expectTryLater(await asked(call, 'UPDATE', offer));
    expectTryLater(await asked(call, 'INVITE', offer));
    call.send('ACK');
    answer.send(200, { body: answerSdp });
    expect(await answerTo(call, 'UPDATE', first)).toMatch(/^SIP\/2.0 200/);
    const next = ask(call, 'UPDATE');
    (await pending(updates, 2)).send(200);
    expect(await answerTo(call, 'UPDATE', next)).toMatch(/^SIP\/2.0 200/);
    await call.bye();
  });

  it('with an offer is put off while a re-INVITE is being answered', async () => {
    const { call, updates } = await connected();
    const invite = ask(call, 'INVITE', offer);
    const answer = await pending(updates, 1);
    expectTryLater(await asked(call, 'UPDATE', offer));
    call.sequence = invite;
    answer.send(200, { body: answerSdp });
    await call.answered();
    call.sequence = invite + 1;
    await call.bye();
  });

  it('with an offer crosses a re-INVITE of ours: 491', async () => {
    const { call, dialog } = await connected();
    const modified = dialog.modify(answerSdp);
    const invite = await call.phone.next('INVITE');
    expect(await asked(call, 'UPDATE', offer)).toMatch(/^SIP\/2.0 491/);
    expect(await asked(call, 'INVITE', offer)).toMatch(/^SIP\/2.0 491/);
    call.send('ACK');
    call.phone.send(reply(invite, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer }));
    await call.phone.next('ACK');
    await modified;
    await call.bye();
  });

  it('with an offer crosses ours in the 2xx of an INVITE without one: 491 until the ACK', async () => {
    const { promise: taken, resolve } = Promise.withResolvers<SrfDialog>();
    await rig.app((app) =>
      app.invite(async (request, response) => {
        const dialog = await app.createUAS(request, response, { localSdp: answerSdp });
        dialog.on('update', (_update, answer) => answer.send(200, { body: answerSdp }));
        resolve(dialog);
      }),
    );
    const call = await rig.call();
    call.send('INVITE');
    call.learn(await call.phone.next('SIP/2.0 200'));
    await taken;
    expect(await asked(call, 'UPDATE', offer)).toMatch(/^SIP\/2.0 491/);
    call.send('ACK', { sequence: 1, body: offer });
    expect(await asked(call, 'UPDATE', offer)).toMatch(/^SIP\/2.0 200/);
    await call.bye();
  });

  it('of the application takes the other side where it says it is from then on', async () => {
    const { call, dialog } = await connected();
    const sent = dialog.request({ method: 'UPDATE' });
    const update = await call.phone.next('UPDATE');
    expect(header(update, 'Contact')).toBe(`<sip:127.0.0.1:${rig.edge.sipPort}>`);
    const contact = `<sip:carol@127.0.0.1:${call.phone.port}>`;
    call.phone.send(reply(update, '200 OK', { lines: `Contact: ${contact}\nSession-Expires: 90;refresher=uas\n` }));
    expect((await sent).status).toBe(200);
    // Its 2xx agreed on a session timer, too (RFC 4028 §7.2).
    await rig.clock.advance(90_000);
    const bye = await call.phone.next('BYE');
    expect(bye).toMatch(/^BYE sip:carol@/);
    call.phone.send(reply(bye, '200 OK'));
  });
});

describe('an UPDATE before the answer', () => {
  it('with an offer is put off while the first one has no answer, and taken when a PRACK has confirmed it', async () => {
    const { promise: pracked, resolve: onPrack } = Promise.withResolvers<void>();
    const updates: SrfRequest[] = [];
    const { promise: go, resolve: answerNow } = Promise.withResolvers<void>();
    const { promise: dialog, resolve: made } = Promise.withResolvers<SrfDialog>();
    await rig.app((app) =>
      app.invite(async (request, response) => {
        const early = request as unknown as {
          on(event: string, listener: (r: SrfRequest, a: SrfResponse) => void): void;
        };
        early.on('update', (update, answer) => {
          updates.push(update);
          answer.send(200, { body: answerSdp });
        });
        const send = response.send.bind(response) as (...values: unknown[]) => void;
        send(183, { headers: { Require: '100rel' }, body: answerSdp }, () => {}, onPrack);
        await go;
        made(await app.createUAS(request, response, { localSdp: answerSdp }));
      }),
    );
    const call = await rig.call();
    call.invite('Supported: 100rel\n');
    const early = await call.phone.next('SIP/2.0 183');
    call.learn(early);
    expectTryLater(await asked(call, 'UPDATE', offer));
    call.sequence++;
    call.send('PRACK', { headers: `RAck: ${header(early, 'RSeq')} 1 INVITE\n` });
    await answerTo(call, 'PRACK', call.sequence);
    await pracked;
    call.contact = `<sip:moved@127.0.0.1:${call.phone.port}>`;
    expect(await asked(call, 'UPDATE', offer)).toMatch(/^SIP\/2.0 200/);
    expect(updates).toHaveLength(1);
    answerNow();
    const { sequence } = call;
    call.sequence = 1;
    await call.answered();
    call.sequence = sequence;
    // It has moved the caller, too (RFC 3311 §5.2).
    const destroyed = (await dialog).destroy();
    const bye = await call.phone.next('BYE sip:moved@');
    call.phone.send(reply(bye, '200 OK'));
    await destroyed;
  });

  it('to a call of the application is answered by drachtio-srf, or crosses its offer: 491', async () => {
    const app = await rig.app();
    const callee = await rig.phone();
    const made = app.createUAC(`sip:bob@127.0.0.1:${callee.port}`, { localSdp: answerSdp });
    const invite = await callee.next('INVITE');
    const contact = `Contact: <sip:bob@127.0.0.1:${callee.port}>\n`;
    const from = header(invite, 'From');
    const update = (sequence: number, body: string) =>
      callee.send(`UPDATE sip:127.0.0.1:${rig.edge.sipPort} SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:${callee.port};branch=z9hG4bK-update-${sequence};rport
Max-Forwards: 70
From: ${header(invite, 'To')};tag=bob
To: ${from}
Call-ID: ${header(invite, 'Call-ID')}
CSeq: ${sequence} UPDATE
${contact}${body === '' ? '' : 'Content-Type: application/sdp\n'}Content-Length: ${body.replaceAll('\n', '\r\n').length}

${body}`);
    const early = { tag: 'bob', lines: `${contact}Require: 100rel\nRSeq: 1\n` };
    callee.send(reply(invite, '183 Session Progress', early));
    callee.send(reply(await callee.next('PRACK'), '200 OK'));
    update(1, offer);
    await callee.next('SIP/2.0 491');
    callee.send(
      reply(invite, '183 Session Progress', { tag: 'bob', lines: early.lines.replace('1\n', '2\n'), body: offer }),
    );
    const prack = await callee.next('PRACK');
    callee.send(reply(prack, '200 OK'));
    update(2, offer);
    expect((await callee.next(/^SIP\/2.0 200 [\s\S]*CSeq: 2 UPDATE/)).endsWith(answerSdp)).toBe(true);
    callee.send(reply(invite, '200 OK', { tag: 'bob', lines: contact, body: offer }));
    const dialog = await made;
    await callee.next('ACK');
    const destroyed = dialog.destroy();
    callee.send(reply(await callee.next('BYE'), '200 OK'));
    await destroyed;
  });
});
