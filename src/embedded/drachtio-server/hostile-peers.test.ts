import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerSdp, EdgeRig, type SrfRequest } from '../../testing/edge/edge-rig.ts';
import { header, offer, reply, type WireCall } from '../../testing/edge/wire-phone.ts';

let rig: EdgeRig;
afterEach(() => rig.end());

describe('a peer that is not allowed', () => {
  it('gets 403 for each request, its ACK is absorbed, and no application hears of it', async () => {
    rig = await EdgeRig.start((address) => address !== '127.0.0.1');
    const requests: SrfRequest[] = [];
    await rig.app((app) => app.invite((request) => requests.push(request)));
    const call = await rig.call();
    const branch = call.invite();
    call.learn(await call.phone.next('SIP/2.0 403 Forbidden'));
    call.send('ACK', { branch });
    call.send('OPTIONS');
    await call.phone.next('SIP/2.0 403 Forbidden');
    expect(requests).toEqual([]);
    expect(rig.edge.counters().refused).toBe(2);
    expect(rig.edge.idle().serverTransactions).toBe(0);
  });
});

describe('a peer that an application has called', () => {
  it('may hang up, wherever it is', async () => {
    rig = await EdgeRig.start((address) => address !== '127.0.0.1');
    const app = await rig.app();
    const callee = await rig.phone();
    const calling = app.createUAC(`sip:media@127.0.0.1:${callee.port}`, { localSdp: answerSdp });
    const invite = await callee.next('INVITE');
    const lines = `Contact: <sip:media@127.0.0.1:${callee.port}>\n`;
    callee.send(reply(invite, '200 OK', { tag: 'media', lines, body: offer }));
    const dialog = await calling;
    const { promise: ended, resolve } = Promise.withResolvers<string>();
    dialog.on('destroy', (_request, reason) => resolve(reason));
    await callee.next('ACK');
    callee.send(`BYE sip:127.0.0.1:${rig.edge.sipPort} SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:${callee.port};branch=z9hG4bKmedia
From: <sip:media@127.0.0.1:${callee.port}>;tag=media
To: ${header(invite, 'From')}
Call-ID: ${header(invite, 'Call-ID')}
CSeq: 1 BYE
Max-Forwards: 70

`);
    await callee.next('SIP/2.0 200');
    expect(await ended).toBe('normal release');
  });
});

describe('malformed messages', () => {
  let requests: SrfRequest[];
  beforeEach(async () => {
    rig = await EdgeRig.start();
    requests = [];
    await rig.app((app) =>
      app.invite(async (request, response) => {
        requests.push(request);
        await app.createUAS(request, response, { localSdp: answerSdp });
      }),
    );
  });

  /** A whole call, as proof that everything still works. */
  async function proveWithCall(): Promise<WireCall> {
    const call = await rig.call();
    call.invite();
    await call.answered();
    await call.bye();
    return call;
  }

  it.each([
    [
      'a Contact of 60,000 spaces',
      (text: string) => text.replace('Contact: ', `Contact: ${' '.repeat(60_000)}`),
      'SIP/2.0 513',
    ],
    [
      'a body longer than it says',
      (text: string) => text.replace(/Content-Length: \d+/, 'Content-Length: 9999'),
      'SIP/2.0 400 Content-Length Mismatch',
    ],
    [
      'two Call-IDs',
      (text: string) => text.replace('Max-Forwards', 'i: other\nMax-Forwards'),
      'SIP/2.0 400 Repeated Call-ID',
    ],
    ['another version', (text: string) => text.replace('SIP/2.0\n', 'SIP/9.0\n'), 'SIP/2.0 505'],
    [
      'a method of another CSeq',
      (text: string) => text.replace('1 INVITE', '1 BYE'),
      'SIP/2.0 400 CSeq Method Mismatch',
    ],
    [
      'a NUL in a header',
      (text: string) => text.replace('Max-Forwards', 'X-A: a\0b\nMax-Forwards'),
      'SIP/2.0 400 Bad X-A',
    ],
  ])('%s is answered, and the next call works', async (_what, damage, answer) => {
    const call = await rig.call();
    call.phone.send(damage(call.compose('INVITE', { body: offer })));
    await call.phone.next(answer);
    await proveWithCall();
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['noise', 'x'.repeat(1_000)],
    ['a page request', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    [
      'a stray answer',
      'SIP/2.0 200 OK\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: 1\nCSeq: 1 INVITE\n\n',
    ],
    [
      'an ACK for nothing',
      'ACK sip:a@b SIP/2.0\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\nTo: <sip:a@b>;tag=2\nCall-ID: 1\nCSeq: 1 ACK\n\n',
    ],
    ['a keep-alive', '\r\n\r\n'],
  ])('%s gets silence, and the next call works', async (_what, text) => {
    const phone = await rig.phone();
    phone.send(text);
    await proveWithCall();
    expect(phone.log).toEqual([]);
  });

  it('what is let through is read by drachtio-srf in no time, whatever its headers look like', async () => {
    const fill = (piece: string) => piece.repeat(Math.floor(950 / piece.length));
    const shapes = [
      `"${fill('\\"')}" <sip:a@b>`,
      `<sip:${fill('a;')}a@b>`,
      `<sip:a@b;${fill('x=1;')}y>`,
      `${fill('a ')}<sip:a@b>`,
      `<sip:a@b>${fill(';a=b')}`,
      `<sip:${fill('sip:')}x>`,
      `sip:${fill('a')}`,
    ];
    let accepted = 0;
    for (const shape of shapes) {
      const call = await rig.call();
      const text = call.compose('INVITE', {
        body: offer,
        headers: `P-Asserted-Identity: ${shape}\nRefer-To: ${shape}\nAuthorization: ${shape}\nRemote-Party-ID: ${shape}\n`,
      });
      call.phone.send(text.replace(/Contact: .*/, `Contact: ${shape}`));
      const answer = await call.phone.next(/^SIP\/2.0 [245]/);
      if (!answer.startsWith('SIP/2.0 200')) {
        expect(answer, shape.slice(0, 20)).toMatch(/^SIP\/2.0 400 (Bad|Missing) Contact/);
        continue;
      }
      accepted++;
      call.learn(answer);
      call.send('ACK');
      const request = requests.at(-1);
      const before = performance.now();
      for (const name of [
        'contact',
        'from',
        'to',
        'via',
        'p-asserted-identity',
        'refer-to',
        'remote-party-id',
        'authorization',
      ]) {
        try {
          request?.getParsedHeader(name);
        } catch {
          // What it cannot read it throws for; only the time counts here.
        }
      }
      expect([request?.callingNumber, request?.callingName, request?.calledNumber]).toBeDefined();
      expect(performance.now() - before, shape.slice(0, 20)).toBeLessThan(400);
      await call.bye();
    }
    expect(accepted).toBeGreaterThan(3);
    await proveWithCall();
  });

  it('that come in hundreds change nothing', async () => {
    const phone = await rig.phone();
    const call = await rig.call();
    const sample = call.compose('INVITE', { body: offer });
    for (let i = 0; i < 300; i++) phone.send(sample.slice(0, (i * 37) % sample.length).replaceAll('phone-', `p${i}-`));
    await proveWithCall();
  });
});
