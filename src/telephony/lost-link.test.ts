import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startEngines } from '../testing/embedded-engines.ts';
import { loadServicePrompts, Phone } from '../testing/phone/phone.ts';
import type { PromptPack } from '../testing/phone/prompt-pack.ts';
import { type Engines, prompt, startTelephonyRig, type TelephonyRig, until } from '../testing/telephony-rig.ts';

let engines: Engines;
let rig: TelephonyRig;
let phone: Phone;
let prompts: PromptPack;
beforeAll(async () => {
  prompts = await loadServicePrompts();
});
beforeEach(async () => {
  engines = await startEngines();
  rig = await startTelephonyRig(engines);
  phone = await Phone.create({ prompts });
  rig.conversation.script = async (line) => {
    for (;;) await line.play([prompt('main-menu')]).end;
  };
});
afterEach(async () => {
  await phone.close();
  await until('nothing in the engines', async () => Object.values(await engines.left()).every((count) => count === 0));
  await rig.close();
  await engines.close();
});

async function backAgain(): Promise<void> {
  await until('the connection to be back', () => rig.telephony.ready(), 10_000);
  const next = await phone.call(rig.uri());
  await next.heard('main-menu');
  await next.hangUp();
}

describe('the link to the embedded edge', () => {
  it('ends the calls of both sides when it is cut, whatever they were doing, and new ones work when it is back', async () => {
    const { lookUp } = rig.conversation;
    const talking = await phone.call(rig.uri());
    const onHold = await phone.call(rig.uri());
    await onHold.hold();
    await talking.heard('main-menu');
    const { promise: notFound, resolve: findNothing } = Promise.withResolvers<undefined>();
    let isSettingUp = false;
    rig.conversation.lookUp = () => {
      isSettingUp = true;
      return notFound;
    };
    const settingUp = await phone.dial(rig.uri());
    await until('the third call to be there', () => isSettingUp);
    rig.cable.cut();
    for (const call of [talking, onHold]) {
      expect(await call.hasEnded()).toMatchObject({
        kind: 'far-side-hung-up',
        reason: expect.stringContaining('application disconnected'),
      });
    }
    expect(await settingUp.hasEnded()).toMatchObject({ kind: 'refused', status: 503 });
    await until('both calls to end', () => rig.ended().length === 2);
    expect(rig.ended().map(({ cause }) => cause)).toEqual(['signalling-lost', 'signalling-lost']);
    findNothing(undefined);
    rig.conversation.lookUp = lookUp;
    rig.cable.restore();
    await backAgain();
  });

  it('is given up when what comes over it is no frame, without a word of what it was', async () => {
    const call = await phone.call(rig.uri());
    await call.heard('main-menu');
    rig.cable.garble('Signal=1985848#INFO sip:5000@192.0.2.1 SIP/2.0\r\n\r\nSignal=1985848');
    await until('the call to end', () => rig.ended().length === 1);
    expect(rig.ended()).toMatchObject([{ cause: 'signalling-lost' }]);
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(JSON.stringify(rig.log.lines)).not.toContain('1985848');
    await backAgain();
  });

  it('brings nothing of a keyed digit into the log, however broken the messages are', async () => {
    const call = await phone.call(rig.uri());
    await call.heard('main-menu');
    const frame = (source: string, message: string) =>
      `id|sip|${source}|9|udp|192.0.2.1|5060|10:00:00.000000|t-${Math.random()}|${call.callId}|\r\n${message}`;
    const relay = 'Content-Type: application/dtmf-relay\r\n\r\nSignal=1985848\r\nDuration=160\r\n';
    const messages = [
      `INFO sip:1985848@192.0.2.1 SIP/2.0\r\nSignal=1985848\r\n${relay}`,
      `INFO sip:5000@192.0.2.1 SIP/2.0\r\nCSeq: 1985848\r\nFrom: 1985848\r\nTo: <1985848\r\n${relay}`,
      `INFO 1985848\r\n${relay}`,
      `SIP/2.0 1985848 INFO\r\n${relay}`,
      `1985848`,
      '',
    ];
    const written: string[] = [];
    const { stdout, stderr } = process;
    const writers = [stdout, stderr].map((stream) => [stream, stream.write] as const);
    for (const [stream] of writers) {
      stream.write = (chunk: string | Uint8Array): boolean => {
        written.push(String(chunk));
        return true;
      };
    }
    try {
      for (const message of messages) {
        for (const source of ['network', 'application']) rig.cable.say(frame(source, message));
        rig.cable.say(`id|cdr:stop|network|10:00:00.000000|normal-release\r\n${message}`);
        rig.cable.say(`id|response|nobody asked|OK|${message}`);
      }
      rig.cable.say('id|a kind of frame with 1985848 that nobody knows');
      await until('the frames to be read', () =>
        rig.log.lines.some(({ message }) => message === 'drachtio-srf failed on a message'),
      );
      await call.heard('main-menu');
    } finally {
      for (const [stream, write] of writers) stream.write = write;
    }
    expect(written.filter((text) => text.includes('1985848'))).toEqual([]);
    const log = JSON.stringify(rig.log.lines);
    expect(log).not.toContain('1985848');
    // The library did print, and what it printed is there without a digit.
    expect(log).toContain('unable to parse CDR sip message: INFO ');
    await call.hangUp();
  });
});
