import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  answerSdp,
  EdgeRig,
  type SrfDialog,
  type SrfMessage,
  secret,
  type TestSrf,
  until,
} from '../../testing/edge/edge-rig.ts';
import { header, reply } from '../../testing/edge/wire-phone.ts';
import { parseCommand } from './command.ts';
import { FrameReader, frame } from './frame-reader.ts';
import { startSipEdge } from './server.ts';

let rig: EdgeRig;
const sockets: Socket[] = [];
beforeEach(async () => {
  rig = await EdgeRig.start();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await until(() => rig.edge.counters().applications === 0 || sockets.length === 0, 'the sockets are closed');
  await rig.end();
});

/** An application that is a bare socket. */
async function raw() {
  const socket = connect(rig.edge.adminPort, '127.0.0.1');
  sockets.push(socket);
  const received: Buffer[] = [];
  let ended = false;
  socket.on('data', (chunk) => received.push(chunk));
  socket.on('end', () => {
    ended = true;
  });
  await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
  const text = () => Buffer.concat(received).toString();
  return {
    socket,
    text,
    send: (message: string) => socket.write(frame(Buffer.from(message))),
    heard: (part: string) => until(() => text().includes(part), `"${part}" in "${text()}"`),
    closed: () => until(() => ended, 'the connection is closed'),
  };
}

describe('an application', () => {
  it('signs in and is told addresses and version, in the form that drachtio-srf reads', async () => {
    const app = await raw();
    app.send(`1|authenticate|${secret}|`);
    const address = ['udp', 'tcp'].map((protocol) => `${protocol}/127.0.0.1:${rig.edge.sipPort}`).join(',');
    await app.heard(`|response|1|OK|${address}|v0.9.10|${address}`);
    expect(app.text()).toMatch(/^\d+#[0-9a-f-]{36}\|response/);
    app.send('2|ping');
    await app.heard('|response|2|OK|pong');
    app.send('3|route|INVITE');
    await app.heard('|response|3|OK');
    expect(rig.edge.counters().routes).toBe(1);
    app.send('4|remove_route|invite');
    await app.heard('|response|4|OK');
    expect(rig.edge.counters().routes).toBe(0);
  });

  it('with a wrong secret is refused and disconnected, and no secret is in the log', async () => {
    const app = await raw();
    app.send('1|authenticate|not the secret|');
    await app.heard('|response|1|NO|incorrect secret');
    await app.closed();
    expect(JSON.stringify(rig.log.lines)).not.toContain('not the secret');
    expect(rig.log.lines.filter((line) => line.level === 'warn').map((line) => line.message)).toEqual([
      'Application gave a wrong secret',
    ]);
  });

  it('hears from drachtio-srf that its secret is wrong', async () => {
    const { default: DrachtioSrf } = await import('drachtio-srf');
    const srf = new DrachtioSrf() as unknown as TestSrf;
    const failed = new Promise<Error>((resolve) => srf.on('connect', (error: Error) => resolve(error)));
    srf.on('error', () => {});
    srf.connect({ host: '127.0.0.1', port: rig.edge.adminPort, secret: 'wrong' });
    expect((await failed).message).toBe('failed to authenticate to server');
    srf.disconnect();
    await until(() => rig.edge.counters().applications === 0, 'it is gone');
  });

  it.each(['1|route|invite', '1|ping', '1|sip||\r\nOPTIONS sip:a@127.0.0.1 SIP/2.0\r\n\r\n'])(
    'gets nothing before it has signed in: %s',
    async (command) => {
      const app = await raw();
      app.send(command);
      await app.heard('|response|1|NO|not authenticated');
      await app.closed();
      expect(rig.edge.counters().routes).toBe(0);
    },
  );

  it('that never signs in is disconnected after 10 s', async () => {
    const app = await raw();
    await until(() => rig.edge.counters().applications === 1, 'it is connected');
    await rig.clock.advance(10_000);
    await app.closed();
  });

  it.each(['abc#garbage', '#', '0#', '-1#x', '999999#', '12 #x', '5000#'])(
    'that sends %s instead of a message is disconnected',
    async (bytes) => {
      const app = await raw();
      app.socket.write(bytes);
      await app.closed();
    },
  );

  it.each([
    ['nothing with a type', '1', 'NO|Invalid message format'],
    ['an unknown type', '1|nonsense|x', 'NO|Unknown message type'],
  ])('that sends %s is told so and disconnected', async (_what, message, answer) => {
    const app = await raw();
    app.send(`0|authenticate|${secret}|`);
    app.send(message);
    await app.heard(`|response|1|${answer}`);
    await app.closed();
  });

  it.each([
    ['garbage', 'sip||\r\ngarbage\r\n\r\n', 'NOK|invalid request-uri: garbage'],
    ['an empty message', 'sip||', 'NOK|invalid request-uri: '],
    [
      'a dialog that is not there',
      'sip||none\r\nINFO sip:placeholder SIP/2.0\r\n\r\n',
      'NOK|Server error: unable to find dialog for dialog id provided',
    ],
    [
      'an ACK for nothing',
      'sip||none\r\nACK sip:a@b SIP/2.0\r\n\r\n',
      'NOK|Server error: ACK for non-success final response is automatically generated by server',
    ],
    [
      'a transaction that is not there',
      'sip|none|\r\nSIP/2.0 200 OK\r\n\r\n',
      'NOK|Response not sent due to unknown transaction',
    ],
    [
      'an answer to a CANCEL',
      'sip|none|\r\nSIP/2.0 200 OK\r\nCSeq: 1 CANCEL\r\n\r\n',
      'NOK|200 OK to incoming CANCEL is automatically generated by the stack',
    ],
    ['an answer to nothing', 'sip||\r\nSIP/2.0 200 OK\r\n\r\n', 'NOK|transaction id missing'],
    [
      'a CANCEL of nothing',
      'sip|none|\r\nCANCEL sip:a@b SIP/2.0\r\n\r\n',
      'NOK|unable to cancel unknown transaction id: none',
    ],
    ['a proxy order', 'proxy|x|||||||sip:a@b\r\n', 'NOK|proxying is not supported'],
  ])('that sends %s is told why it cannot be, and stays', async (_what, message, answer) => {
    const app = await raw();
    app.send(`0|authenticate|${secret}|`);
    app.send(`1|${message}`);
    await app.heard(`|response|1|${answer}`);
    app.send('2|ping');
    await app.heard('|response|2|OK|pong');
  });

  it('may send in any pieces, with "#" and more than ASCII anywhere', async () => {
    const app = await raw();
    const bytes = Buffer.concat([
      frame(Buffer.from(`#😀|authenticate|${secret}|`)),
      frame(Buffer.from('ü#1#|ping')),
      frame(Buffer.from('last|ping')),
    ]);
    for (const byte of bytes) app.socket.write(Buffer.of(byte));
    await app.heard('|response|last|OK|pong');
    expect(app.text()).toContain('|response|#😀|OK|');
    expect(app.text()).toContain('|response|ü#1#|OK|pong');
    for (const match of app.text().matchAll(/(?:^|pong)(\d+)#/g)) expect(Number(match[1])).toBeGreaterThan(40);
  });
});

describe('the frame reader', () => {
  it('gives the same messages however the bytes are cut', () => {
    const messages = fc.array(fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }), {
      minLength: 1,
      maxLength: 8,
    });
    fc.assert(
      fc.property(messages, fc.infiniteStream(fc.integer({ min: 1, max: 30 })), (texts, sizes) => {
        const bytes = Buffer.concat(texts.map((text) => frame(Buffer.from(text))));
        const reader = new FrameReader();
        const read: string[] = [];
        for (let at = 0; at < bytes.length; ) {
          const size = sizes.next().value ?? 1;
          const result = reader.push(bytes.subarray(at, at + size), 10_000);
          if (result.kind === 'broken') throw new Error(result.reason);
          read.push(...result.frames.map(String));
          at += size;
        }
        expect(read).toEqual(texts);
      }),
    );
  });

  it('breaks on what is no message, and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 10 }), (chunks) => {
        const reader = new FrameReader();
        for (const chunk of chunks) if (reader.push(Buffer.from(chunk), 100).kind === 'broken') return;
      }),
    );
    expect(new FrameReader().push(Buffer.from('101#'), 100)).toEqual({ kind: 'broken', reason: 'message too long' });
    expect(new FrameReader().push(Buffer.from('123456'), 100).kind).toBe('broken');
    expect(new FrameReader().push(Buffer.from('12345'), 100)).toEqual({ kind: 'frames', frames: [] });
  });
});

describe('several applications', () => {
  const answering =
    (served: string[], name: string, dialogs: SrfDialog[] = []) =>
    (app: TestSrf) =>
      app.invite(async (request, response) => {
        served.push(name);
        dialogs.push(await app.createUAS(request, response, { localSdp: answerSdp }));
      });

  it('serve in turn; each keeps its own calls; when one goes, its calls end and the other serves all', async () => {
    const served: string[] = [];
    const firstDialogs: SrfDialog[] = [];
    const first = await rig.app(answering(served, 'first', firstDialogs));
    await rig.app(answering(served, 'second'));
    const calls = [];
    for (let i = 0; i < 4; i++) {
      const call = await rig.call();
      call.invite();
      await call.answered();
      calls.push(call);
    }
    expect(served).toEqual(['first', 'second', 'first', 'second']);
    const { promise: info, resolve } = Promise.withResolvers<void>();
    firstDialogs[1]?.on('info', (_request, response) => {
      resolve();
      response.send(200);
    });
    const [one, two, three, four] = calls;
    if (!one || !two || !three || !four) throw new Error('four calls were made');
    three.sequence++;
    three.send('INFO');
    await info;

    await rig.leave(first);
    for (const call of [one, three]) {
      const bye = await call.phone.next('BYE');
      expect(header(bye, 'Reason')).toBe('SIP;cause=200;text="application disconnected"');
      call.phone.send(reply(bye, '200 OK'));
    }
    for (let i = 0; i < 2; i++) {
      const call = await rig.call();
      call.invite();
      await call.answered();
      await call.bye();
    }
    expect(served.slice(4)).toEqual(['second', 'second']);
    for (const call of [two, four]) await call.bye();
  });

  it('take over what one has not answered when it goes', async () => {
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const silent = await rig.app((app) => app.invite(() => arrive()));
    const call = await rig.call();
    call.invite();
    await arrived;
    const served: string[] = [];
    await rig.app(answering(served, 'other'));
    await rig.leave(silent);
    await call.answered();
    expect(served).toEqual(['other']);
    await call.bye();
  });

  it('do not take over a call that rang: it gets 503; nor one without anybody else', async () => {
    const ringing = await rig.app((app) => app.invite((_request, response) => response.send(180)));
    const call = await rig.call();
    call.invite();
    await call.phone.next('SIP/2.0 180');
    const served: string[] = [];
    const other = await rig.app(answering(served, 'other'));
    await rig.leave(ringing);
    await call.phone.next('SIP/2.0 503');
    expect(served).toEqual([]);
    await rig.leave(other);
  });

  it('leave nothing of what they were setting up', async () => {
    const app = await rig.app();
    const ringing = await rig.phone();
    const answered = await rig.phone();
    const unanswered = [ringing, answered].map((phone) =>
      app.createUAC(`sip:a@127.0.0.1:${phone.port}`, { localSdp: answerSdp }).catch(() => {}),
    );
    const invite = await ringing.next('INVITE');
    const late = await answered.next('INVITE');
    ringing.send(reply(invite, '180 Ringing', { tag: 'r' }));
    answered.send(reply(late, '180 Ringing', { tag: 'a' }));
    await until(() => rig.edge.counters().responses === 2, 'both ring');
    await rig.leave(app);
    const cancel = await ringing.next('CANCEL');
    ringing.send(reply(cancel, '200 OK', { tag: 'r' }));
    ringing.send(reply(invite, '487 Request Terminated', { tag: 'r' }));
    await ringing.next('ACK');
    await answered.next('CANCEL');
    answered.send(
      reply(late, '200 OK', { tag: 'a', lines: `Contact: <sip:a@127.0.0.1:${answered.port}>\n`, body: answerSdp }),
    );
    await answered.next('ACK');
    answered.send(reply(await answered.next('BYE'), '200 OK'));
    expect(unanswered).toHaveLength(2);
  });

  it('cannot answer for each other', async () => {
    const owner = await raw();
    owner.send(`0|authenticate|${secret}|`);
    owner.send('1|route|invite');
    await owner.heard('|response|1|OK');
    const call = await rig.call();
    call.invite();
    await owner.heard('|sip|network|');
    const transactionId = /\|sip\|network\|\d+\|udp\|127\.0\.0\.1\|\d+\|[\d:.]+\|([0-9a-f-]+)\|\|/.exec(
      owner.text(),
    )?.[1];
    const thief = await raw();
    thief.send(`0|authenticate|${secret}|`);
    thief.send(`1|sip|${transactionId}|\r\nSIP/2.0 200 OK\r\n\r\n`);
    await thief.heard('|response|1|NOK|Response not sent due to unknown transaction');
    owner.send(`2|sip|${transactionId}|\r\nSIP/2.0 603 Decline\r\n\r\n`);
    await owner.heard('|response|2|OK|application|');
    await call.phone.next('SIP/2.0 603');
    for (const app of [owner, thief]) app.socket.end();
  });

  it('cannot speak in each other’s calls', async () => {
    const dialogs: SrfDialog[] = [];
    await rig.app(answering([], 'owner', dialogs));
    const call = await rig.call();
    call.invite();
    await call.answered();
    await until(() => dialogs.length === 1, 'the call is answered');
    const thief = await raw();
    thief.send(`0|authenticate|${secret}|`);
    thief.send(`1|sip||${dialogs[0]?.id}\r\nBYE sip:placeholder SIP/2.0\r\n\r\n`);
    await thief.heard('|response|1|NOK|Server error: unable to find dialog');
    thief.socket.end();
    await call.bye();
  });
});

describe('commands', () => {
  const field = fc.string({ maxLength: 12 });
  const line = fc.oneof(
    field,
    fc.constantFrom(
      'INVITE sip:a@b SIP/2.0',
      'SIP/2.0 200 OK',
      'To: <sip:a@b>;tag=1',
      ' folded',
      '',
      'Content-Length: 4',
    ),
  );

  it('are read without a throw, and what is taken as SIP can be put into a message', () => {
    const leader = fc.tuple(field, fc.constantFrom('sip', 'route', 'ping', 'proxy', 'x', ''), field, field, field);
    fc.assert(
      fc.property(leader, fc.array(line, { maxLength: 8 }), (fields, lines) => {
        const command = parseCommand(Buffer.from([fields.join('|'), ...lines].join('\r\n')));
        if (command.kind !== 'request' && command.kind !== 'response') return;
        const { headers } = command.kind === 'request' ? command.request : command.response;
        for (const [name, value] of headers) expect(`${name}: ${value}`).not.toMatch(/[\r\n]/);
      }),
    );
  });
});

describe('an edge that is closed', () => {
  it('in the middle of calls leaves no socket, timer or dialog, and its ports can be used again', async () => {
    const app = await raw();
    app.send(`0|authenticate|${secret}|`);
    app.send('1|route|invite');
    await app.heard('|response|1|OK');
    const call = await rig.call();
    call.invite();
    await app.heard('INVITE sip:5000@');
    expect(rig.edge.idle()).toMatchObject({ serverTransactions: 1, dialogs: 1, openRequests: 1 });
    const { sipPort, adminPort } = rig.edge;
    await rig.edge.close();
    expect(rig.edge.idle()).toEqual({
      serverTransactions: 0,
      clientTransactions: 0,
      dialogs: 0,
      openRequests: 0,
      connections: 0,
    });
    expect(rig.clock.pending).toBe(0);
    const again = await startSipEdge({
      sip: { host: '127.0.0.1', port: sipPort },
      admin: { host: '127.0.0.1', port: adminPort },
      secret,
      isAllowedPeer: () => true,
      log: rig.log,
      clock: rig.clock,
    });
    await expect(
      startSipEdge({
        sip: { host: '127.0.0.1', port: 0 },
        admin: { host: '127.0.0.1', port: adminPort },
        secret,
        isAllowedPeer: () => true,
        log: rig.log,
        clock: rig.clock,
      }),
    ).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await again.close();
  });
});

describe('call detail records', () => {
  it('go to the application that asked for them', async () => {
    const records: string[] = [];
    const app = await rig.app((srf) =>
      srf.invite((request, response) => srf.createUAS(request, response, { localSdp: answerSdp })),
    );
    for (const event of ['attempt', 'start', 'stop']) {
      app.on(`cdr:${event}`, (...values: never[]) => {
        const [source, time, ...rest] = values as unknown as [string, string, ...unknown[]];
        expect(time).toMatch(/^\d\d:\d\d:\d\d\.\d{6}$/);
        const message = rest.pop() as SrfMessage;
        records.push([event, source, ...rest, message.method ?? message.status].join(' '));
      });
    }
    await until(() => rig.edge.counters().routes === 4, 'the routes are known');
    const call = await rig.call();
    call.invite();
    await call.answered();
    await call.bye();
    await until(() => records.length === 3, 'the records are there');
    expect(records).toEqual(['attempt network INVITE', 'start application uas 200', 'stop network normal-release BYE']);
  });
});
