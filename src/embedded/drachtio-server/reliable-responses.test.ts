import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answerSdp,
  EdgeRig,
  type SrfDialog,
  type SrfMessage,
  type SrfRequest,
  type SrfResponse,
  type TestSrf,
  until,
} from '../../testing/edge/edge-rig.ts';
import { header, offer, reply, type WireCall } from '../../testing/edge/wire-phone.ts';

let rig: EdgeRig;
beforeEach(async () => {
  rig = await EdgeRig.start();
});
afterEach(() => rig.end());

/** drachtio-srf's `send` with the callback for the PRACK, which its declarations leave out. */
type Send = (status: number, options: object, sent: (error: unknown) => void, pracked: () => void) => void;

const reliable = { headers: { Require: '100rel' } };
const supports = 'Supported: 100rel\n';

/** Hands a new INVITE to `handle`. */
async function invited(sent: string, handle: (app: TestSrf, request: SrfRequest, response: SrfResponse) => void) {
  const app = await rig.app((srf) => srf.invite((request, response) => handle(srf, request, response)));
  const call = await rig.call();
  call.invite(sent);
  return { app, call };
}

/** Sends a reliable response; resolves when its PRACK was heard of. */
function sendReliably(response: SrfResponse, status: number, options: object = reliable): Promise<void> {
  const send = response.send.bind(response) as Send;
  return new Promise((resolve, reject) =>
    send(status, options, (error) => (error === null ? undefined : reject(error)), resolve),
  );
}

/** Waits for a reliable response and learns the dialog from it. */
async function ringing(call: WireCall, status = 180): Promise<string> {
  const response = await call.phone.next(`SIP/2.0 ${status} `);
  call.learn(response);
  return response;
}

async function prack(call: WireCall, response: string): Promise<string> {
  return await prackWith(call, `${header(response, 'RSeq')} 1 INVITE`);
}

async function prackWith(call: WireCall, rack: string): Promise<string> {
  call.sequence++;
  call.send('PRACK', { headers: rack === '' ? '' : `RAck: ${rack}\n` });
  return await call.phone.next(new RegExp(`^SIP/2.0 \\d+ [\\s\\S]*CSeq: ${call.sequence} PRACK`));
}

/** Waits for the 2xx to the INVITE, acknowledges it and hangs up. */
async function finish(call: WireCall): Promise<string> {
  const { sequence } = call;
  call.sequence = 1;
  const answer = await call.answered();
  call.sequence = sequence;
  await call.bye();
  return answer;
}

describe('a reliable provisional response', () => {
  it('is sent with an RSeq, repeated with growing waits until its PRACK comes, and the application hears of that', async () => {
    const { promise: pracked, resolve: onPrack } = Promise.withResolvers<void>();
    const { call } = await invited(supports, (app, request, response) => {
      void sendReliably(response, 180).then(() => {
        onPrack();
        return app.createUAS(request, response, { localSdp: answerSdp });
      });
    });
    const first = await ringing(call);
    expect(header(first, 'Require')).toBe('100rel');
    expect(Number(header(first, 'RSeq'))).toBeGreaterThan(0);
    expect(header(first, 'Contact')).not.toBe('');
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000]) {
      await rig.clock.advance(wait - 1);
      const before = call.phone.log.length;
      await rig.clock.advance(1);
      expect(header(await call.phone.next('SIP/2.0 180'), 'RSeq')).toBe(header(first, 'RSeq'));
      expect(call.phone.log.length).toBe(before + 1);
    }
    expect(await prack(call, first)).toMatch(/^SIP\/2.0 200 OK/);
    await pracked;
    const answer = await finish(call);
    expect(header(answer, 'To')).toBe(header(first, 'To'));
    expect(call.phone.log.filter((line) => line.startsWith('SIP/2.0 180'))).toHaveLength(6);
  });

  it('is refused 5xx when no PRACK comes in 64*T1, and the application finds its call gone', async () => {
    let responses: SrfResponse | undefined;
    const { call } = await invited(supports, (_app, _request, response) => {
      responses = response;
      void sendReliably(response, 180);
    });
    await ringing(call);
    await rig.clock.advance(32_000);
    const refused = await call.phone.next('SIP/2.0 503 Reliable Response Time-Out');
    call.to = header(refused, 'To');
    call.send('ACK');
    const failed = new Promise((resolve) => responses?.send(200, { body: answerSdp }, (error) => resolve(error)));
    expect(await failed).toContain('unknown transaction');
    expect(rig.edge.counters().provisionalsUnacknowledged).toBe(1);
  });

  it('is only acknowledged by what names it, and only once', async () => {
    const { call } = await invited(supports, (app, request, response) => {
      void sendReliably(response, 180).then(() => app.createUAS(request, response, { localSdp: answerSdp }));
    });
    const response = await ringing(call);
    const rseq = Number(header(response, 'RSeq'));
    for (const wrong of [`${rseq + 1} 1 INVITE`, `${rseq} 2 INVITE`, `${rseq} 1 UPDATE`, 'nonsense', '']) {
      expect(await prackWith(call, wrong)).toMatch(/^SIP\/2.0 481/);
    }
    expect(await prack(call, response)).toMatch(/^SIP\/2.0 200/);
    expect(await prack(call, response)).toMatch(/^SIP\/2.0 481/);
    await finish(call);
  });

  it('waits for the one before it', async () => {
    const { call } = await invited(supports, (app, request, response) => {
      response.send(180, { ...reliable });
      response.send(183, { ...reliable }, () => app.createUAS(request, response, { localSdp: answerSdp }));
    });
    const first = await ringing(call);
    expect(call.phone.log.filter((line) => line.startsWith('SIP/2.0 183'))).toEqual([]);
    await prack(call, first);
    const second = await ringing(call, 183);
    expect(Number(header(second, 'RSeq'))).toBe(Number(header(first, 'RSeq')) + 1);
    await prack(call, second);
    await finish(call);
  });

  it('holds a 2xx back while it carries a description, and not otherwise', async () => {
    const dialogs: SrfDialog[] = [];
    const { call } = await invited(supports, async (app, request, response) => {
      response.send(183, { ...reliable, body: answerSdp });
      dialogs.push(await app.createUAS(request, response, { localSdp: answerSdp }));
    });
    const described = await ringing(call, 183);
    expect(described.endsWith(answerSdp)).toBe(true);
    await rig.clock.advance(400);
    expect(call.phone.log.filter((line) => line.startsWith('SIP/2.0 200'))).toEqual([]);
    expect(dialogs).toEqual([]);
    await prack(call, described);
    await finish(call);
    expect(dialogs).toHaveLength(1);
  });

  it('without a description does not hold the 2xx back, and its PRACK may come behind that', async () => {
    const { call } = await invited(supports, (app, request, response) => {
      response.send(180, { ...reliable });
      void app.createUAS(request, response, { localSdp: answerSdp });
    });
    const response = await ringing(call);
    call.learn(await call.phone.next('SIP/2.0 200'));
    call.send('ACK');
    await rig.clock.advance(5_000);
    expect(call.phone.log.filter((line) => line.startsWith('SIP/2.0 180'))).toHaveLength(1);
    expect(await prack(call, response)).toMatch(/^SIP\/2.0 200/);
    expect(await prack(call, response)).toMatch(/^SIP\/2.0 481/);
    await call.bye();
  });

  it('is what every provisional response becomes for a caller who requires it', async () => {
    const { call } = await invited('Require: 100rel\n', (app, request, response) => {
      response.send(180);
      void app.createUAS(request, response, { localSdp: answerSdp });
    });
    const response = await ringing(call);
    expect(header(response, 'Require')).toBe('100rel');
    call.learn(await call.phone.next('SIP/2.0 200'));
    call.send('ACK');
    expect(await prack(call, response)).toMatch(/^SIP\/2.0 200/);
    await call.bye();
  });

  it('cannot be had for a caller who does not know them', async () => {
    const { promise: failed, resolve } = Promise.withResolvers<unknown>();
    const { call } = await invited('', (app, request, response) => {
      response.send(180, { ...reliable }, (error) => {
        resolve(error);
        void app.createUAS(request, response, { localSdp: answerSdp });
      });
    });
    expect(await failed).toBe('Remote endpoint does not support 100rel');
    await finish(call);
  });

  it('is over when the caller cancels, with what waited behind it', async () => {
    const errors: unknown[] = [];
    const app = await rig.app((srf) =>
      srf.invite((_request, response) => {
        response.send(183, { ...reliable, body: answerSdp });
        response.send(200, { body: answerSdp }, (error) => errors.push(error));
      }),
    );
    const call = await rig.call();
    const branch = call.invite(supports);
    await call.phone.next('SIP/2.0 183');
    call.phone.send(call.compose('CANCEL', { branch }));
    await call.phone.next(/^SIP\/2.0 487 /);
    call.send('ACK', { branch });
    await until(() => errors.length === 1, 'the application hears that its answer was not sent');
    await rig.clock.advance(1_000);
    expect(call.phone.log.filter((line) => line.startsWith('SIP/2.0 183'))).toHaveLength(1);
    await rig.leave(app);
  });

  it('ends with the application that sent it', async () => {
    const { app, call } = await invited(supports, (_app, _request, response) => void sendReliably(response, 180));
    await ringing(call);
    await rig.leave(app);
    call.to = header(await call.phone.next('SIP/2.0 503'), 'To');
    call.send('ACK');
  });
});

describe('a reliable response to a call of the application', () => {
  it('is acknowledged by PRACK in the early dialog, once however often it comes', async () => {
    const app = await rig.app();
    const callee = await rig.phone();
    const provisional: number[] = [];
    const made = app.createUAC(
      `sip:bob@127.0.0.1:${callee.port}`,
      { localSdp: answerSdp, headers: { Supported: '100rel' } },
      { cbProvisional: (response: SrfMessage) => provisional.push(response.status) },
    );
    const invite = await callee.next('INVITE');
    const contact = `Contact: <sip:bob@127.0.0.1:${callee.port};early=yes>\n`;
    const send = (status: string, rseq: string, body = '') =>
      callee.send(reply(invite, status, { tag: 'bob', lines: `${contact}Require: 100rel\nRSeq: ${rseq}\n`, body }));
    send('180 Ringing', '7');
    const first = await callee.next('PRACK');
    expect(first).toMatch(new RegExp(`^PRACK sip:bob@127.0.0.1:${callee.port};early=yes SIP/2.0`));
    expect(header(first, 'RAck')).toBe('7 1 INVITE');
    expect(header(first, 'CSeq')).toBe('2 PRACK');
    expect(header(first, 'To')).toContain('tag=bob');
    callee.send(reply(first, '200 OK'));
    // Again, out of turn, and nonsense: none is handed on.
    send('180 Ringing', '7');
    send('183 Session Progress', '9');
    send('183 Session Progress', 'x');
    send('183 Session Progress', '8', offer);
    const second = await callee.next('PRACK');
    expect(header(second, 'RAck')).toBe('8 1 INVITE');
    callee.send(reply(second, '200 OK'));
    callee.send(reply(invite, '200 OK', { tag: 'bob', lines: contact, body: offer }));
    const dialog = await made;
    const ack = await callee.next('ACK');
    expect(header(ack, 'CSeq')).toBe('1 ACK');
    expect(provisional).toEqual([180, 183]);
    expect(callee.log.filter((line) => line.startsWith('PRACK'))).toHaveLength(2);
    const destroyed = dialog.destroy();
    callee.send(reply(await callee.next('BYE'), '200 OK'));
    await destroyed;
  });
});
