import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerSdp, EdgeRig, type SrfDialog, type SrfRequest, until } from '../../testing/edge/edge-rig.ts';
import { header, offer, reply, type WireCall } from '../../testing/edge/wire-phone.ts';

let rig: EdgeRig;
beforeEach(async () => {
  rig = await EdgeRig.start();
});
afterEach(() => rig.end());

/** A call that is answered with these headers, and what its application hears. */
async function answeredCall(sent: string, headers: Record<string, string> = {}) {
  const ended: string[] = [];
  const dialogs: SrfDialog[] = [];
  const heard: SrfRequest[] = [];
  const { promise: acked, resolve: ack } = Promise.withResolvers<void>();
  await rig.app((app) =>
    app.invite(async (request, response) => {
      const dialog = await app.createUAS(request, response, { localSdp: answerSdp, headers: { ...headers } });
      dialogs.push(dialog);
      dialog.on('ack', () => ack());
      dialog.on('destroy', (_bye, reason) => ended.push(reason));
      dialog.on('update', (update, answer) => {
        heard.push(update);
        answer.send(200, { headers: { ...headers } });
      });
    }),
  );
  const call = await rig.call();
  call.invite(sent);
  const answer = await call.answered();
  await acked;
  return { call, answer, ended, heard, dialogs };
}

/** Takes the BYE of the edge. */
async function expired(call: WireCall): Promise<string> {
  const bye = await call.phone.next('BYE');
  call.phone.send(reply(bye, '200 OK'));
  return header(bye, 'Reason');
}

const seconds = 1_000;

describe('a session that the caller refreshes', () => {
  it('is over when no refresh comes, and the application hears it in the words of drachtio-server', async () => {
    const { call, answer, ended } = await answeredCall('Supported: timer\n', {
      'Session-Expires': '120;refresher=uac',
      Require: 'timer',
    });
    expect(header(answer, 'Session-Expires')).toBe('120;refresher=uac');
    await rig.clock.advance(119 * seconds);
    expect(call.phone.log.filter((line) => line.startsWith('BYE'))).toEqual([]);
    await rig.clock.advance(1 * seconds);
    expect(await expired(call)).toBe('SIP;cause=200;text="Session timer expired"');
    await until(() => ended.length === 1, 'the application hears of it');
    expect(ended).toEqual(['Session timer expired']);
    expect(rig.edge.counters()).toMatchObject({ sessionRefreshes: 0, sessionsExpired: 1 });
  });

  it.each(['INVITE', 'UPDATE'])('goes on when it is refreshed by %s', async (method) => {
    const { call, ended } = await answeredCall('Supported: timer\n', { 'Session-Expires': '120;refresher=uac' });
    for (let time = 0; time < 3; time += 1) {
      await rig.clock.advance(100 * seconds);
      call.sequence++;
      const body = method === 'INVITE' ? offer : '';
      call.send(method, { body, headers: 'Supported: timer\nSession-Expires: 120;refresher=uac\n' });
      const answer = await call.phone.next(new RegExp(`^SIP/2.0 200 [\\s\\S]*CSeq: ${call.sequence} ${method}`));
      // drachtio-srf answers a re-INVITE by itself, without a word of the timer: the edge writes it.
      expect(header(answer, 'Session-Expires')).toBe('120;refresher=uac');
      if (method === 'INVITE') call.send('ACK');
    }
    expect(ended).toEqual([]);
    await call.bye();
  });

  it('does not expire any more when a re-INVITE says nothing of a timer', async () => {
    const { call } = await answeredCall('Supported: timer\n', { 'Session-Expires': '120;refresher=uac' });
    call.sequence++;
    call.send('INVITE', { body: offer });
    expect(header(await call.answered(), 'Session-Expires')).toBe('');
    await rig.clock.advance(1_000 * seconds);
    await call.bye();
  });

  it('keeps its interval when a refresh asks for less than the minimum', async () => {
    const { call, ended } = await answeredCall('Supported: timer\n', { 'Session-Expires': '120;refresher=uac' });
    call.sequence++;
    call.send('INVITE', { body: offer, headers: 'Supported: timer\nSession-Expires: 60;refresher=uac\n' });
    const refused = await call.phone.next('SIP/2.0 422 Session Interval Too Small');
    expect(header(refused, 'Min-SE')).toBe('90');
    call.send('ACK');
    await rig.clock.advance(120 * seconds);
    await expired(call);
    await until(() => ended.length === 1, 'the application hears of it');
  });

  it('is agreed on by the edge where the caller says who refreshes and the application leaves it open', async () => {
    const { call, answer } = await answeredCall('Supported: timer\nx: 300;refresher=uac\n');
    expect(header(answer, 'Session-Expires')).toBe('300;refresher=uac');
    expect(header(answer, 'Require')).toBe('timer');
    await rig.clock.advance(300 * seconds);
    await expired(call);
  });

  it('is not, where the caller does not say who', async () => {
    const { call, answer } = await answeredCall('Supported: timer\nSession-Expires: 300\n');
    expect(header(answer, 'Session-Expires')).toBe('');
    await rig.clock.advance(400 * seconds);
    await call.bye();
  });

  it.each(['', 'many', '-5', '120;refresher=me', '99999999999'])('is not had by nonsense: "%s"', async (value) => {
    const { call, answer } = await answeredCall(`Supported: timer\nSession-Expires: ${value}\n`);
    expect(header(answer, 'Session-Expires')).toBe('');
    await call.bye();
  });
});

describe('a session that we refresh', () => {
  const ours = { 'Session-Expires': '100;refresher=uas' };

  /** Moves time until the edge sends its refresh, and no further, so that nothing is sent twice. */
  async function refresh(call: WireCall): Promise<string> {
    const transactions = () => rig.edge.idle().clientTransactions;
    for (let waited = 0; waited < 60 * seconds; waited += 100) {
      const before = transactions();
      await rig.clock.advance(100);
      if (transactions() > before) return await call.phone.next('INVITE');
    }
    throw new Error('No refresh came');
  }

  it('is refreshed in the middle of the interval by a re-INVITE that changes nothing', async () => {
    const { call, ended } = await answeredCall('', ours);
    await rig.clock.advance(40 * seconds);
    expect(call.phone.log.filter((line) => line.startsWith('INVITE'))).toEqual([]);
    for (let time = 0; time < 3; time += 1) {
      const invite = await refresh(call);
      expect(header(invite, 'Session-Expires')).toBe('100;refresher=uac');
      expect(header(invite, 'Min-SE')).toBe('90');
      expect(header(invite, 'Contact')).toBe(`<sip:127.0.0.1:${rig.edge.sipPort}>`);
      expect(invite.endsWith(answerSdp)).toBe(true);
      call.phone.send(
        reply(invite, '200 OK', {
          lines: `Contact: ${call.contact}\nSession-Expires: 100;refresher=uac\n`,
          body: offer,
        }),
      );
      await call.phone.next('ACK');
      // The answer again gets the ACK again.
      call.phone.send(reply(invite, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer }));
      await call.phone.next('ACK');
    }
    expect(ended).toEqual([]);
    expect(rig.edge.counters()).toMatchObject({ sessionRefreshes: 3, sessionsExpired: 0 });
    await call.bye();
  });

  it('goes on for a peer that knows nothing of timers, and is over when it is silent', async () => {
    const { call, ended } = await answeredCall('', ours);
    const invite = await refresh(call);
    call.phone.send(reply(invite, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer }));
    await call.phone.next('ACK');
    await refresh(call);
    await rig.clock.advance(32 * seconds);
    expect(await expired(call)).toContain('Session timer expired');
    await until(() => ended.length === 1, 'the application hears of it');
  });

  it('is over when the peer knows nothing of the call any more', async () => {
    const { call, ended } = await answeredCall('', ours);
    const invite = await refresh(call);
    call.phone.send(reply(invite, '481 Call/Transaction Does Not Exist'));
    await expired(call);
    await until(() => ended.length === 1, 'the application hears of it');
    expect(ended).toEqual(['Session timer expired']);
  });

  it('is refreshed again after a re-INVITE of the peer crossed ours, or it could not just then', async () => {
    const { call } = await answeredCall('', ours);
    const crossing = await refresh(call);
    call.phone.send(reply(crossing, '491 Request Pending'));
    await call.phone.next('ACK');
    const later = await refresh(call);
    call.phone.send(reply(later, '500 Server Internal Error', { lines: 'Retry-After: 3\n' }));
    await call.phone.next('ACK');
    const third = await refresh(call);
    call.phone.send(reply(third, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer }));
    await call.phone.next('ACK');
    await call.bye();
  });

  it('takes the longer interval that a proxy on the way wants', async () => {
    const { call } = await answeredCall('', ours);
    const short = await refresh(call);
    call.phone.send(reply(short, '422 Session Interval Too Small', { lines: 'Min-SE: 600\n' }));
    await call.phone.next('ACK');
    await rig.clock.advance(0);
    const long = await call.phone.next('INVITE');
    expect(header(long, 'Session-Expires')).toBe('600;refresher=uac');
    call.phone.send(reply(long, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer }));
    await call.phone.next('ACK');
    await call.bye();
  });

  it('is over at its end when every attempt is put off', async () => {
    const { call } = await answeredCall('', ours);
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const invite = await refresh(call);
      call.phone.send(reply(invite, '503 Service Unavailable', { lines: 'Retry-After: 20\n' }));
      await call.phone.next('ACK');
    }
    await rig.clock.advance(15 * seconds);
    expect(await expired(call)).toContain('Session timer expired');
  });

  it('repeats the description that stands, not one that was refused', async () => {
    const { call, dialogs } = await answeredCall('', ours);
    const refused = dialogs[0]?.modify(answerSdp.replace('1 1', '1 2'));
    const modified = await call.phone.next('INVITE');
    call.phone.send(reply(modified, '488 Not Acceptable Here'));
    await expect(refused).rejects.toMatchObject({ status: 488 });
    const invite = await refresh(call);
    expect(invite.endsWith(answerSdp)).toBe(true);
    call.phone.send(reply(invite, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer }));
    await call.phone.next('ACK');
    await call.bye();
  });

  it('does not come in the way of a re-INVITE of the application', async () => {
    const { call, dialogs } = await answeredCall('', ours);
    const invite = await refresh(call);
    const modified = dialogs[0]?.modify(answerSdp.replace('1 1', '1 2'));
    // Commands are carried out in their order: when the INFO is there, the re-INVITE has been put off.
    const informed = dialogs[0]?.request({ method: 'INFO' });
    const info = await call.phone.next('INFO');
    call.phone.send(reply(info, '200 OK'));
    expect((await informed)?.status).toBe(200);
    call.phone.send(reply(invite, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer }));
    await call.phone.next('ACK');
    const second = await call.phone.next('INVITE');
    expect(second).toContain('o=edge 1 2');
    call.phone.send(reply(second, '200 OK', { lines: `Contact: ${call.contact}\n`, body: offer }));
    await call.phone.next('ACK');
    expect(await modified).toContain('m=audio');
    await call.bye();
  });
});

describe('a session of a call that the application made', () => {
  async function madeCall(session: string) {
    const srf = await rig.app();
    const callee = await rig.phone();
    const made = srf.createUAC(`sip:bob@127.0.0.1:${callee.port}`, { localSdp: answerSdp });
    const invite = await callee.next('INVITE');
    const contact = `Contact: <sip:bob@127.0.0.1:${callee.port}>\n`;
    callee.send(reply(invite, '200 OK', { tag: 'bob', lines: `${contact}Session-Expires: ${session}\n`, body: offer }));
    const dialog = await made;
    await callee.next('ACK');
    const ended: string[] = [];
    dialog.on('destroy', (_bye, reason) => ended.push(reason));
    return { callee, ended, contact };
  }

  it('is refreshed by us where the answer does not say otherwise', async () => {
    const { callee, contact } = await madeCall('90');
    await rig.clock.advance(50 * seconds);
    const refresh = await callee.next('INVITE');
    expect(refresh.endsWith(answerSdp)).toBe(true);
    callee.send(reply(refresh, '200 OK', { lines: `${contact}Session-Expires: 90;refresher=uas\n`, body: offer }));
    await callee.next('ACK');
    await rig.clock.advance(90 * seconds);
    const bye = await callee.next('BYE');
    callee.send(reply(bye, '200 OK'));
  });

  it('is watched where the answerer refreshes', async () => {
    const { callee, ended } = await madeCall('90;refresher=uas');
    await rig.clock.advance(90 * seconds);
    const bye = await callee.next('BYE');
    callee.send(reply(bye, '200 OK'));
    await until(() => ended.length === 1, 'the application hears of it');
    expect(ended).toEqual(['Session timer expired']);
  });

  it('is not refreshed more often than the minimum wants, whatever the answer says', async () => {
    const { callee } = await madeCall('1');
    await rig.clock.advance(39 * seconds);
    expect(callee.log.filter((line) => line.startsWith('INVITE'))).toHaveLength(1);
    await rig.clock.advance(100 * seconds);
    const bye = await callee.next('BYE');
    callee.send(reply(bye, '200 OK'));
  });
});
