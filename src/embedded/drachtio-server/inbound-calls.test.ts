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
import { header, offer, reply } from '../../testing/edge/wire-phone.ts';

let rig: EdgeRig;
beforeEach(async () => {
  rig = await EdgeRig.start();
});
afterEach(() => rig.end());

/** An application that answers every call, and what it heard. */
async function answeringApp(options: { headers?: Record<string, string> } = {}) {
  const dialogs: SrfDialog[] = [];
  const requests: SrfRequest[] = [];
  const heard: string[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<string>();
  const { promise: acked, resolve: ack } = Promise.withResolvers<void>();
  const srf = await rig.app((app) => {
    app.invite(async (request, response) => {
      requests.push(request);
      const dialog = await app.createUAS(request, response, { localSdp: answerSdp, ...options });
      dialogs.push(dialog);
      dialog.on('ack', () => ack());
      dialog.on('destroy', (_request, reason) => {
        heard.push(`destroy ${reason}`);
        end(reason);
      });
    });
  });
  return { srf, dialogs, requests, heard, ended, acked };
}

const one = <T>(list: readonly T[]): T => {
  expect(list).toHaveLength(1);
  return list[0] as T;
};

describe('a call', () => {
  it('is handed to the application with where it came from, answered, acknowledged, and hung up by the caller', async () => {
    const app = await answeringApp({ headers: { 'X-App': 'yes' } });
    const call = await rig.call();
    call.invite('X-Custom: hello\n');
    const trying = await call.phone.next('SIP/2.0 100 Trying');
    expect(header(trying, 'To')).not.toContain('tag=');
    const answer = await call.answered();
    expect(header(answer, 'Via')).toContain(`rport=${call.phone.port}`);
    expect(header(answer, 'Contact')).toBe(`<sip:127.0.0.1:${rig.edge.sipPort}>`);
    expect(header(answer, 'Content-Type')).toBe('application/sdp');
    expect(header(answer, 'X-App')).toBe('yes');
    expect(answer.endsWith(answerSdp)).toBe(true);
    await app.acked;

    const request = one(app.requests);
    expect(request).toMatchObject({
      source_address: '127.0.0.1',
      source_port: call.phone.port,
      protocol: 'udp',
      receivedOn: `127.0.0.1:${rig.edge.sipPort}`,
      callingNumber: '+15550100',
      callingName: 'Alice',
      calledNumber: '5000',
    });
    expect(request.body).toBe(offer.replaceAll('\n', '\r\n'));
    expect(request.get('X-Custom')).toBe('hello');
    const dialog = one(app.dialogs);
    expect(dialog.id).toBe(`${call.callId};from-tag=${call.tag}`);
    expect(dialog.sip).toEqual({
      callId: call.callId,
      remoteTag: call.tag,
      localTag: header(answer, 'To').split('tag=')[1],
    });

    await call.bye();
    expect(await app.ended).toBe('normal release');
  });

  it('rings first, with one tag throughout, and takes INFO both ways', async () => {
    let dialog: SrfDialog | undefined;
    const { promise: info, resolve: gotInfo } = Promise.withResolvers<SrfRequest>();
    await rig.app((app) =>
      app.invite((request, response) => {
        response.send(180, { headers: { 'X-App': 'ringing' } }, async () => {
          dialog = await app.createUAS(request, response, { localSdp: answerSdp });
          dialog.on('info', (received, answer) => {
            gotInfo(received);
            answer.send(200);
          });
        });
      }),
    );
    const call = await rig.call();
    call.invite();
    const ringing = await call.phone.next('SIP/2.0 180 Ringing');
    expect(header(ringing, 'X-App')).toBe('ringing');
    const answer = await call.answered();
    expect(header(answer, 'To')).toBe(header(ringing, 'To'));
    call.sequence++;
    call.send('INFO', { body: 'Signal=5\nDuration=160\n', headers: 'Content-Type: application/dtmf-relay\n' });
    expect((await info).body).toBe('Signal=5\r\nDuration=160\r\n');
    await call.phone.next(/^SIP\/2.0 200 [\s\S]*CSeq: 2 INFO/);

    const answered = dialog?.request({ method: 'INFO', headers: { 'Content-Type': 'text/plain' }, body: 'grüße' });
    const received = await call.phone.next('INFO');
    expect(received).toContain('\r\nContent-Length: 7\r\n');
    expect(received.endsWith('\r\n\r\ngrüße')).toBe(true);
    expect(header(received, 'To')).toContain(`tag=${call.tag}`);
    call.phone.send(reply(received, '200 OK'));
    expect((await answered)?.status).toBe(200);
    await call.bye();
  });

  it('is hung up by the application', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.answered();
    await app.acked;
    const destroyed = one(app.dialogs).destroy({ headers: { Reason: 'Q.850;cause=16' } });
    const bye = await call.phone.next('BYE');
    expect(bye.split('\r\n')[0]).toBe(`BYE sip:alice@127.0.0.1:${call.phone.port} SIP/2.0`);
    expect(header(bye, 'Reason')).toBe('Q.850;cause=16');
    call.phone.send(reply(bye, '200 OK'));
    await destroyed;
    expect(rig.edge.idle().dialogs).toBe(0);
  });

  it('is over for the application even when its BYE is never answered', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.answered();
    await app.acked;
    const destroyed = one(app.dialogs).destroy();
    await call.phone.next('BYE');
    await rig.clock.advance(500);
    await call.phone.next('BYE');
    await rig.clock.advance(32_000);
    await destroyed;
    expect(rig.edge.idle().dialogs).toBe(0);
  });

  it('is refused by the application, and the ACK for that stays here', async () => {
    const { promise: sent, resolve } = Promise.withResolvers<SrfMessage>();
    const acks: SrfRequest[] = [];
    const srf = await rig.app((app) =>
      app.invite((_request, response) => response.send(486, {}, (_error, message) => resolve(message))),
    );
    srf.on('ack', (request: never) => acks.push(request));
    const call = await rig.call();
    const branch = call.invite();
    const busy = await call.phone.next('SIP/2.0 486 Busy Here');
    expect((await sent).status).toBe(486);
    call.learn(busy);
    call.send('ACK', { branch });
    await rig.clock.advance(4_000);
    expect(call.phone.log.filter((line) => line.startsWith('SIP/2.0 486')).length).toBeLessThanOrEqual(4);
    await rig.clock.advance(60_000);
    expect(acks).toEqual([]);
  });

  it('may get a tag of the application’s choice', async () => {
    await rig.app((app) =>
      app.invite((_request, response) => response.send(480, { headers: { To: '<sip:x@y>;tag=chosen' } })),
    );
    const call = await rig.call();
    call.invite();
    expect(header(await call.phone.next('SIP/2.0 480'), 'To')).toMatch(/;tag=chosen$/);
  });
});

describe('what is lost', () => {
  it('an ACK: the 200 comes again from T1 doubling to T2, then BYE, and the application hears why', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.phone.next('SIP/2.0 200');
    await rig.clock.advance(31_999);
    const repeated = 10;
    for (let i = 0; i < repeated; i++) await call.phone.next('SIP/2.0 200');
    await rig.clock.advance(1);
    const bye = await call.phone.next('BYE');
    expect(header(bye, 'Reason')).toBe('SIP;cause=200;text="ACK timeout"');
    expect(await app.ended).toBe('ACK timeout');
    call.phone.send(reply(bye, '200 OK'));
    await rig.clock.advance(0);
    expect(call.phone.log.filter((line) => line.startsWith('SIP/2.0 200'))).toHaveLength(1 + repeated);
  });

  it('a 200: it comes again, and one ACK is enough', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.phone.next('SIP/2.0 200');
    await rig.clock.advance(500);
    await call.answered();
    await app.acked;
    await rig.clock.advance(31_000);
    expect(call.phone.log.filter((line) => line.startsWith('SIP/2.0 200'))).toHaveLength(2);
    await call.bye();
    await app.ended;
  });

  it('an answer to BYE: the BYE comes again and is answered again, once to the application', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.answered();
    call.sequence++;
    const bye = call.compose('BYE');
    call.phone.send(bye);
    await call.phone.next('SIP/2.0 200');
    call.phone.send(bye);
    await call.phone.next('SIP/2.0 200');
    await app.ended;
    expect(app.heard).toEqual(['destroy normal release']);
  });

  it('nothing: an INVITE sent three times is one call', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    const invite = call.compose('INVITE', { body: offer });
    for (let i = 0; i < 3; i++) call.phone.send(invite);
    await call.answered();
    await app.acked;
    one(app.requests);
    await call.bye();
  });
});

describe('CANCEL', () => {
  it.each([false, true])(
    'is answered 200, the INVITE 487 with the same tag, and the application is told (ringing: %s)',
    async (ringing) => {
      const { promise: cancelled, resolve: cancel } = Promise.withResolvers<SrfMessage>();
      const { promise: arrived, resolve: arrive } = Promise.withResolvers<[TestSrf, SrfRequest, SrfResponse]>();
      await rig.app((app) =>
        app.invite((request, response) => {
          request.on('cancel', cancel);
          if (ringing) response.send(180, {}, () => arrive([app, request, response]));
          else arrive([app, request, response]);
        }),
      );
      const call = await rig.call();
      const branch = call.invite();
      const [app, request, response] = await arrived;
      call.send('CANCEL', { branch, headers: 'Reason: SIP;cause=487\n' });
      const ok = await call.phone.next('SIP/2.0 200');
      expect(header(ok, 'CSeq')).toBe('1 CANCEL');
      const terminated = await call.phone.next('SIP/2.0 487 Request Terminated');
      expect(header(terminated, 'To')).toBe(header(ok, 'To'));
      expect((await cancelled).get('Reason')).toBe('SIP;cause=487');
      call.learn(terminated);
      call.send('ACK', { branch });
      const late = app.createUAS(request, response, { localSdp: answerSdp });
      await expect(late).rejects.toContain('Response not sent due to unknown transaction');
    },
  );

  it('of nothing gets 481', async () => {
    const call = await rig.call();
    call.send('CANCEL');
    await call.phone.next('SIP/2.0 481');
  });
});

describe('a re-INVITE', () => {
  it('of the caller holds and resumes, answered by drachtio-srf itself or by the application', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.answered();
    await app.acked;
    const dialog = one(app.dialogs);
    const changes: string[] = [];
    dialog.on('modify', (request, response) => {
      changes.push(request.body.includes('sendonly') ? 'hold' : 'resume');
      response.send(200, { body: answerSdp });
    });
    for (const direction of ['sendonly', 'sendrecv']) {
      call.sequence++;
      call.send('INVITE', { body: offer.replace('sendrecv', direction) });
      await call.phone.next('SIP/2.0 100');
      const answer = await call.answered();
      expect(header(answer, 'Contact')).toBe(`<sip:127.0.0.1:${rig.edge.sipPort}>`);
    }
    expect(changes).toEqual(['hold', 'resume']);
    await call.bye();
  });

  it('from another address moves the call there', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.answered();
    await app.acked;
    const moved = await rig.call();
    Object.assign(moved, { callId: call.callId, tag: call.tag, to: call.to, target: call.target, sequence: 2 });
    moved.send('INVITE', { body: offer });
    await moved.answered();
    const destroyed = one(app.dialogs).destroy();
    const bye = await moved.phone.next('BYE');
    expect(bye).toContain(`BYE sip:alice@127.0.0.1:${moved.phone.port} SIP/2.0`);
    moved.phone.send(reply(bye, '200 OK'));
    await destroyed;
  });

  it('whose ACK never comes ends the call, too', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.answered();
    await app.acked;
    call.sequence++;
    call.send('INVITE', { body: offer });
    await call.phone.next(/^SIP\/2.0 200 [\s\S]*CSeq: 2 INVITE/);
    await rig.clock.advance(32_000);
    call.phone.send(reply(await call.phone.next('BYE'), '200 OK'));
    expect(await app.ended).toBe('ACK timeout');
  });

  it('that is still open when the caller hangs up gets 487, and is forgotten when the application answers it', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.answered();
    await app.acked;
    const { promise: offered, resolve: hand } = Promise.withResolvers<SrfResponse>();
    one(app.dialogs).on('modify', (_request, response) => hand(response));
    call.sequence++;
    call.send('INVITE', { body: offer });
    const response = await offered;
    await call.bye();
    await call.phone.next('SIP/2.0 487');
    expect(rig.edge.idle().openRequests).toBe(1);
    response.send(200, { body: answerSdp });
    await until(() => rig.edge.idle().openRequests === 0, 'nothing waits for the application');
  });

  it('of the application goes to the caller, whose answer it acknowledges', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.invite();
    await call.answered();
    await app.acked;
    const modified = one(app.dialogs).modify(`${answerSdp}a=sendonly\r\n`);
    const invite = await call.phone.next('INVITE');
    expect(header(invite, 'Contact')).toBe(`<sip:127.0.0.1:${rig.edge.sipPort}>`);
    const crossing = call.compose('INVITE', { sequence: 2, body: offer });
    call.phone.send(crossing);
    await call.phone.next('SIP/2.0 491');
    const ok = reply(invite, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer });
    call.phone.send(ok);
    expect(await modified).toBe(offer.replaceAll('\n', '\r\n'));
    const ack = await call.phone.next('ACK');
    expect(header(ack, 'CSeq')).toBe(header(invite, 'CSeq').replace('INVITE', 'ACK'));
    call.phone.send(ok);
    expect(await call.phone.next('ACK')).toBe(ack);
    call.sequence = 2;
    await call.bye();
  });
});

describe('where requests inside a dialog go', () => {
  it('through the proxies that recorded themselves', async () => {
    const app = await answeringApp();
    const proxy = await rig.phone();
    const call = await rig.call();
    const recorded = `<sip:127.0.0.1:${proxy.port};lr>`;
    call.extra = `Record-Route: ${recorded}, <sip:far.example.com;lr>\n`;
    call.contact = '<sip:alice@hidden.example.com>';
    call.invite();
    const answer = await call.answered();
    expect([...answer.matchAll(/^Record-Route: (.*)\r$/gm)].map((match) => match[1])).toEqual([
      recorded,
      '<sip:far.example.com;lr>',
    ]);
    await app.acked;
    const destroyed = one(app.dialogs).destroy();
    const bye = await proxy.next('BYE sip:alice@hidden.example.com SIP/2.0');
    expect([...bye.matchAll(/^Route: (.*)\r$/gm)].map((match) => match[1])).toEqual([
      recorded,
      '<sip:far.example.com;lr>',
    ]);
    proxy.send(reply(bye, '200 OK'));
    await destroyed;
  });

  it('to where the caller really is, when it is behind NAT', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.contact = '<sip:alice@10.99.99.99:5060>';
    call.invite();
    await call.answered();
    await app.acked;
    const destroyed = one(app.dialogs).destroy();
    const bye = await call.phone.next('BYE sip:alice@10.99.99.99:5060 SIP/2.0');
    call.phone.send(reply(bye, '200 OK'));
    await destroyed;
  });

  it.each(['sip:alice@127.0.0.1:PORT;transport=tcp', 'sips:alice@127.0.0.1:PORT'])(
    'to where the caller is, when its Contact (%s) names a transport that it did not come by',
    async (contact) => {
      const app = await answeringApp();
      const call = await rig.call();
      const uri = contact.replace('PORT', String(call.phone.port));
      call.contact = `<${uri}>`;
      call.invite();
      await call.answered();
      await app.acked;
      const destroyed = one(app.dialogs).destroy();
      const bye = await call.phone.next(`BYE ${uri} SIP/2.0`);
      call.phone.send(reply(bye, '200 OK'));
      await destroyed;
    },
  );

  it('to where an UPDATE moved the caller, from behind a NAT or not', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.contact = '<sip:alice@10.99.99.99:5060>';
    call.invite();
    await call.answered();
    await app.acked;
    const elsewhere = await rig.phone();
    call.contact = `<sip:alice@127.0.0.1:${elsewhere.port}>`;
    elsewhere.send(call.compose('UPDATE', { sequence: 2 }));
    await elsewhere.next(/^SIP\/2.0 200 [\s\S]*CSeq: 2 UPDATE/);
    const destroyed = one(app.dialogs).destroy();
    const bye = await elsewhere.next('BYE');
    elsewhere.send(reply(bye, '200 OK'));
    await destroyed;
  });
});

describe('requests that fit no dialog', () => {
  it.each(['BYE', 'UPDATE', 'PRACK'])('%s without one gets 481', async (method) => {
    await answeringApp();
    const call = await rig.call();
    call.send(method);
    await call.phone.next('SIP/2.0 481');
  });

  it.each(['INVITE', 'INFO', 'OPTIONS'])('%s with a tag that nobody gave gets 481', async (method) => {
    const app = await answeringApp();
    const call = await rig.call();
    call.to += ';tag=unknown';
    call.send(method);
    await call.phone.next('SIP/2.0 481');
    expect(app.requests).toEqual([]);
  });

  it('those out of order get 500, and the call goes on', async () => {
    const app = await answeringApp();
    const call = await rig.call();
    call.sequence = 10;
    call.invite();
    await call.answered();
    call.send('INFO', { sequence: 9 });
    await call.phone.next(/^SIP\/2.0 500 [\s\S]*CSeq: 9 INFO/);
    await call.bye();
    await app.ended;
  });

  it('an INVITE without Contact or From tag gets 400 with the reason', async () => {
    await answeringApp();
    const call = await rig.call();
    call.contact = '';
    call.invite();
    await call.phone.next('SIP/2.0 400 Missing Contact');
    const other = await rig.call();
    other.phone.send(other.compose('INVITE').replace(/;tag=phone-\d+/, ''));
    await other.phone.next('SIP/2.0 400 Missing From Tag');
  });

  it('the same INVITE by another way gets 482', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<SrfResponse>();
    await rig.app((app) => app.invite((_request, response) => resolve(response)));
    const call = await rig.call();
    call.invite();
    const response = await arrived;
    call.invite();
    await call.phone.next('SIP/2.0 482');
    response.send(603);
    await call.phone.next('SIP/2.0 603');
  });

  it('an unknown method gets 501 and hears what there is', async () => {
    const call = await rig.call();
    call.send('FROBNICATE');
    expect(header(await call.phone.next('SIP/2.0 501'), 'Allow')).toContain('INVITE');
  });
});

describe('OPTIONS', () => {
  it('out of a dialog is answered here as long as no application wants it', async () => {
    const call = await rig.call();
    call.send('OPTIONS');
    const ok = await call.phone.next('SIP/2.0 200');
    expect(header(ok, 'Allow')).toContain('INVITE');
    expect(header(ok, 'Accept')).toBe('application/sdp');
    expect(header(ok, 'To')).toContain(';tag=');
  });

  it('goes to the application that wants it', async () => {
    await rig.app((app) => app.options((_request, response) => response.send(200, { headers: { 'X-From': 'app' } })));
    const call = await rig.call();
    call.send('OPTIONS');
    expect(header(await call.phone.next('SIP/2.0 200'), 'X-From')).toBe('app');
  });
});

describe('without an application', () => {
  it('an INVITE gets 100 and 503, as with drachtio-server', async () => {
    const call = await rig.call();
    const branch = call.invite();
    await call.phone.next('SIP/2.0 100');
    call.learn(await call.phone.next('SIP/2.0 503 Service Unavailable'));
    call.send('ACK', { branch });
  });

  it('that says anything for 64 s, the caller gets 504', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<void>();
    await rig.app((app) => app.invite(() => resolve()));
    const call = await rig.call();
    const branch = call.invite();
    await arrived;
    await rig.clock.advance(64_000);
    call.learn(await call.phone.next('SIP/2.0 504'));
    call.send('ACK', { branch });
  });
});
