import { createServer, type Server } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { freePort } from '../testing/free-ports.ts';
import { loadServicePrompts, Phone } from '../testing/phone/phone.ts';
import type { PromptPack } from '../testing/phone/prompt-pack.ts';
import {
  CountedClock,
  type Engines,
  type EnginesOptions,
  PROMPTS,
  prompt,
  ScriptedConversation,
  startEngines,
  startTelephonyRig,
  type TelephonyRig,
  until,
} from '../testing/telephony-rig.ts';
import { startTelephony, type TelephonyOptions } from './telephony.ts';

let prompts: PromptPack;
const opened: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  prompts = await loadServicePrompts();
});

afterEach(async () => {
  for (const close of opened.splice(0).reverse()) await close();
});

async function open(options: EnginesOptions = {}): Promise<{ engines: Engines; rig: TelephonyRig; phone: Phone }> {
  const engines = await startEngines(options);
  opened.push(() => engines.close());
  const rig = await startTelephonyRig(engines);
  opened.push(() => rig.close());
  const phone = await Phone.create({ prompts });
  opened.push(() => phone.close());
  rig.conversation.script = async (line) => {
    for (;;) await line.play([prompt('main-menu')]).end;
  };
  return { engines, rig, phone };
}

async function nothingLeft(rig: TelephonyRig): Promise<void> {
  const gone = () => rig.telephony.figures().calls + rig.telephony.figures().endpoints === 0;
  await until('no call and no endpoint', gone, 10_000);
}

describe('a media server that dies', () => {
  it('ends its calls, and new ones go to the other', { timeout: 40_000 }, async () => {
    const { engines, rig, phone } = await open({ mediaServers: 2 });
    await until('both media servers', () => rig.telephony.figures().mediaServers.every(({ up }) => up));
    const calls = await Promise.all([phone.call(rig.uri()), phone.call(rig.uri())]);
    await Promise.all(calls.map((call) => call.heard('main-menu')));
    expect(rig.telephony.figures().mediaServers.map(({ sessions }) => sessions)).toEqual([1, 1]);

    await engines.killMediaServer(0);
    await until('one call to end', () => rig.ended().length === 1);
    expect(rig.ended()).toMatchObject([{ outcome: 'ended', cause: 'media-server-lost' }]);
    expect(rig.telephony.figures().mediaServers.map(({ up }) => up)).toEqual([false, true]);
    expect(rig.telephony.ready()).toBe(true);

    for (let count = 0; count < 3; count += 1) {
      const call = await phone.call(rig.uri());
      await call.heard('main-menu');
      await call.hangUp();
    }
    expect(rig.telephony.figures().calls).toBeGreaterThanOrEqual(1);
    await engines.killMediaServer(1);
    await until('no media server', () => !rig.telephony.ready());
    const refused = await phone.dial(rig.uri());
    expect(await refused.hasEnded()).toMatchObject({ kind: 'refused', status: 500 });
    expect(rig.telephony.figures().counts.refused).toEqual({ 'no-media-server': 1 });
    await nothingLeft(rig);
  });
});

describe('the connection to drachtio', () => {
  it('takes its calls along when it is lost, and new ones are taken when it is back', { timeout: 30_000 }, async () => {
    const { rig, phone } = await open();
    const call = await phone.call(rig.uri());
    await call.heard('main-menu');
    rig.cable.cut();
    await until('the call to end', () => rig.ended().length === 1, 10_000);
    expect(rig.ended()).toMatchObject([{ outcome: 'ended', cause: 'signalling-lost' }]);
    expect(rig.telephony.ready()).toBe(false);
    await nothingLeft(rig);
    rig.cable.restore();
    await until('the connection to be back', () => rig.telephony.ready(), 10_000);
    const next = await phone.call(rig.uri());
    await next.heard('main-menu');
    await next.hangUp();
    await until('the second call to end', () => rig.ended().length === 2);
  });

  it('is found out when it dies without being closed', { timeout: 40_000 }, async () => {
    const { rig, phone } = await open();
    rig.cable.freeze();
    await until('the loss to be noticed', () => !rig.telephony.ready(), 25_000);
    rig.cable.restore();
    await until('the connection to be back', () => rig.telephony.ready(), 10_000);
    const call = await phone.call(rig.uri());
    await call.hangUp();
    await nothingLeft(rig);
  });
});

describe('a caller', () => {
  it('who never acknowledges the answer is hung up on, and is told nothing before', { timeout: 60_000 }, async () => {
    const { rig, phone } = await open({ t1: 50 });
    let isTalkedTo = false;
    rig.conversation.script = async (line) => {
      isTalkedTo = true;
      await line.play([prompt('main-menu')]).end;
    };
    await phone.call(rig.uri(), { acknowledge: false });
    await until('the call to end', () => rig.ended().length === 1, 40_000);
    expect(isTalkedTo).toBe(false);
    expect(rig.ended()).toMatchObject([{ outcome: 'ended', cause: 'not-acknowledged' }]);
    await nothingLeft(rig);
  });

  const OWN_BYES = [
    ['Session timer expired', 'session-expired'],
    ['CANCEL after 200 OK', 'caller-hung-up'],
    ['a reason that nobody knows yet', 'signalling-lost'],
  ] as const;

  it.each(OWN_BYES)('on whom drachtio-server hangs up by itself has gone: %s', async (reason, cause) => {
    const { rig, phone } = await open();
    const call = await phone.call(rig.uri());
    await call.heard('main-menu');
    const [invite] = call.messages;
    const header = (name: string) => invite?.message.headers.find((one) => one.name === name)?.value ?? '';
    const tag = /;tag=(.+)$/.exec(header('From'))?.[1];
    // The BYE that a drachtio-server 0.9.10 sent by itself, as its application was told of it.
    rig.cable.say(
      [
        `d8d2a0f5-48be-4b7c-87c1-2e540387cc5f|sip|application|360|udp|127.0.0.1|5060|10:08:59.257000|unsolicited|${call.callId};from-tag=${tag}|`,
        'BYE sip:1001@127.0.0.1:5070 SIP/2.0',
        'Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKvFN4at1gS69ma',
        'Max-Forwards: 70',
        'From: <sip:5000@127.0.0.1>;tag=7S0v7S9Da1ZHg',
        `To: <sip:1001@127.0.0.1>;tag=${tag}`,
        `Call-ID: ${call.callId}`,
        'CSeq: 2 BYE',
        `Reason: SIP;cause=200;text="${reason}"`,
        'Content-Length: 0',
        '\r\n',
      ].join('\r\n'),
    );
    await until('the call to end', () => rig.ended().length === 1);
    expect(rig.ended()).toMatchObject([{ outcome: 'ended', cause }]);
    await nothingLeft(rig);
    await call.hangUp();
  });

  it('who loses the first answer hears the prompt from its beginning', async () => {
    const { rig, phone } = await open();
    const call = await phone.call(rig.uri(), { loseAnswers: 1 });
    const heard = await call.heardWhole('main-menu');
    expect(heard.fromMs).toBeLessThan(100);
    await call.hangUp();
    await nothingLeft(rig);
  });
});

describe('closing', () => {
  it('ends living calls without delay, and leaves no connection', async () => {
    const { engines, rig, phone } = await open();
    const call = await phone.call(rig.uri());
    await call.heard('main-menu');
    const began = performance.now();
    await rig.telephony.close();
    expect(performance.now() - began).toBeLessThan(3_000);
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(rig.telephony.figures()).toMatchObject({ calls: 0, endpoints: 0 });
    await rig.telephony.close();
    await until('nothing in the engines', async () =>
      Object.values(await engines.left()).every((count) => count === 0),
    );
  });

  it('leaves no socket and no server of this process open', async () => {
    const before = sockets();
    const { engines, rig, phone } = await open();
    const call = await phone.call(rig.uri());
    await call.hangUp();
    await phone.close();
    await rig.close();
    await engines.close();
    await until('all sockets to be closed', () => sockets() <= before);
  });
});

function sockets(): number {
  return process.getActiveResourcesInfo().filter((name) => /TCP|UDP/.test(name)).length;
}

describe('the start', () => {
  let clock: CountedClock;
  let log: CapturedLog;
  beforeEach(() => {
    clock = new CountedClock();
    log = new CapturedLog();
  });

  function start(engines: Engines, changes: Partial<TelephonyOptions>): Promise<unknown> {
    return startTelephony({
      drachtio: engines.drachtio,
      mediaServers: engines.mediaServers,
      conversation: new ScriptedConversation(),
      maxCalls: 1,
      isAllowedPeer: () => true,
      isTrustedPeer: () => false,
      mediaPromptsDir: PROMPTS,
      log,
      clock,
      startDeadline: 1_000,
      ...changes,
    });
  }

  it('says what is wrong and leaves nothing behind', { timeout: 40_000 }, async () => {
    const engines = await startEngines();
    opened.push(() => engines.close());
    const { drachtio } = engines;
    const [mediaServer = drachtio] = engines.mediaServers;
    const free = await freePort();
    const before = sockets();
    await expect(start(engines, { drachtio: { ...drachtio, secret: 'wrong' } })).rejects.toThrow(
      `drachtio at 127.0.0.1:${drachtio.port} refuses the secret`,
    );
    await expect(start(engines, { drachtio: { ...drachtio, port: free } })).rejects.toThrow('cannot be reached');
    await expect(start(engines, { mediaServers: [{ ...mediaServer, secret: 'wrong' }] })).rejects.toThrow(
      `127.0.0.1:${mediaServer.port}: it refuses the secret`,
    );
    await expect(start(engines, { mediaServers: [{ ...mediaServer, port: free }] })).rejects.toThrow(
      'it cannot be reached',
    );
    await expect(start(engines, { eslListen: { host: '192.0.2.1' } })).rejects.toThrow('EADDRNOTAVAIL');
    await expect(start(engines, { mediaPromptsDir: 'prompts' })).rejects.toThrow('absolute path');
    await expect(start(engines, { mediaServers: [] })).rejects.toThrow('At least one');
    expect(clock.pending).toBe(0);
    await until('all sockets to be closed', () => sockets() <= before);
    expect(JSON.stringify(log.lines)).not.toContain(mediaServer.secret);
  });

  it('does with the media servers that there are', async () => {
    const engines = await startEngines();
    opened.push(() => engines.close());
    const port = await freePort();
    const rig = await startTelephonyRig({
      ...engines,
      mediaServers: [{ host: '127.0.0.1', port, secret: 'x' }, ...engines.mediaServers],
    });
    opened.push(() => rig.close());
    expect(rig.telephony.figures().mediaServers.map(({ up }) => up)).toEqual([false, true]);
  });

  it('does with servers that have no SIP profile or admit nobody as with those that are not there', async () => {
    const engines = await startEngines();
    opened.push(() => engines.close());
    const noProfile = await speaking((received) =>
      received.startsWith('auth')
        ? 'Content-Type: command/reply\nReply-Text: +OK accepted\n\n'
        : 'Content-Type: api/response\nContent-Length: 10\n\nno profile',
    );
    await expect(start(engines, { mediaServers: [noProfile] })).rejects.toThrow('no SIP profile named drachtio_mrf');
    const rude = await speaking(() => '', 'Content-Type: text/rude-rejection\nContent-Length: 0\n\n');
    await expect(start(engines, { mediaServers: [rude] })).rejects.toThrow('does not admit this machine');
    expect(clock.pending).toBe(0);
  });

  /** A server that greets and then answers each message. */
  async function speaking(answer: (received: string) => string, greeting = 'Content-Type: auth/request\n\n') {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.write(greeting);
      socket.on('data', (data) => socket.write(answer(data.toString())));
    });
    const port = await listen(server);
    opened.push(() => new Promise((resolve) => server.close(resolve)));
    return { host: '127.0.0.1', port, secret: 'x' };
  }
});

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
