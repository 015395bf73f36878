import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Answerer } from './answerer.ts';
import type { CallOptions } from './call-options.ts';
import { lose, repeat, swapWhere } from './disturbances.ts';
import { Phone, type PhoneOptions } from './phone.ts';
import { PromptPack } from './prompt-pack.ts';
import { readSdp } from './sdp.ts';
import { cseq, header, headers, parameter } from './sip-message.ts';
import { babble } from './synthetic-speech.ts';
import { readWav } from './wav.ts';

const PACK = new PromptPack([
  { id: 'welcome', caption: 'Welcome.', samples: babble(1, 600) },
  { id: 'enter-pin', caption: 'Your PIN, please.', samples: babble(2, 1_500) },
]);
const WELCOME = PACK.find('welcome')?.samples ?? new Int16Array(0);
const ENTER_PIN = PACK.find('enter-pin')?.samples ?? new Int16Array(0);

let far: Answerer;
let phone: Phone;

async function newPhone(options: PhoneOptions = {}): Promise<Phone> {
  await phone.close();
  phone = await Phone.create({ prompts: PACK, t1: 40, ...options });
  return phone;
}

function openSockets(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'UDPWrap').length;
}

beforeEach(async () => {
  far = await Answerer.open();
  phone = await Phone.create({ prompts: PACK });
});

afterEach(async () => {
  await phone.close();
  await far.close();
  // A handle is gone one or two turns of the event loop after it was closed.
  for (let turn = 0; turn < 10 && openSockets() > 0; turn++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  expect(openSockets()).toBe(0);
});

describe('a call', () => {
  it('is answered, hears a prompt, and is hung up', async () => {
    const progress: number[] = [];
    const call = await phone.dial(far.uri, { number: '51234' }, { progress: (status) => progress.push(status) });
    const invite = await far.take();
    expect(progress).toEqual([100, 180, 200]);
    expect(header(invite, 'from')).toMatch(/^<sip:51234@127\.0\.0\.1>;tag=/);

    const playing = far.play(invite, WELCOME);
    expect(await call.heardWhole('welcome')).toMatchObject({ id: 'welcome', state: 'complete' });
    await playing;

    expect(await call.hangUp()).toEqual({ kind: 'hung-up' });
    await far.request('BYE');
    const { timings } = call;
    expect(timings.inviteToAnswerMs).toBeGreaterThan(0);
    expect(timings.inviteToFirstPacketMs).toBeGreaterThan(timings.inviteToAnswerMs ?? 0);
    expect(timings.packetSpacing?.count).toBe(29);
    expect(timings.packetSpacing?.medianMs).toBeGreaterThan(10);
    expect(timings.packetSpacing?.medianMs).toBeLessThan(30);
  });

  it('is ended by the far side, and says with which reason', async () => {
    const call = await phone.dial(far.uri);
    const invite = await far.take();
    const bye = far.ask(invite, 'BYE', ['Reason: Q.850;cause=16']);
    expect(await call.ended).toEqual({ kind: 'far-side-hung-up', reason: 'Q.850;cause=16' });
    far.sendText(bye);
    expect(await far.response('BYE', 2)).toMatchObject({ status: 200 });
  });

  it('is refused, and the refusal is acknowledged in its transaction, again when it is repeated', async () => {
    const call = await phone.dial(far.uri);
    const invite = await far.request('INVITE');
    far.respond(invite, 486);
    const ack = await far.request('ACK');
    expect(await call.ended).toEqual({ kind: 'refused', status: 486, reason: 'Whatever' });
    expect(header(ack, 'via')).toBe(header(invite, 'via'));
    expect(parameter(header(ack, 'to') ?? '', 'tag')).toBe('far-side-tag');
    far.respond(invite, 486);
    expect(await far.request('ACK', 2)).toEqual(ack);
    await expect(call.answered()).rejects.toThrow(/the call is over/);
  });

  it('sends the headers, codecs and event number it is told', async () => {
    await phone.dial(far.uri, {
      headers: [{ name: 'P-Asserted-Identity', value: '<sip:51234@pbx.example>' }],
      codecs: ['PCMA', 'G729', 'PCMU'],
      eventPayloadType: 127,
      ptime: 30,
    });
    const invite = await far.request('INVITE');
    expect(header(invite, 'p-asserted-identity')).toBe('<sip:51234@pbx.example>');
    expect(invite.body).toMatch(/^m=audio \d+ RTP\/AVP 8 18 0 127\r$/m);
    expect(readSdp(invite.body)).toMatchObject({ eventPayloadType: 127, ptime: 30, direction: 'sendrecv' });
    far.respond(invite, 488);
    await far.request('ACK');
  });
});

describe('lost messages', () => {
  it('repeats the INVITE after T1, 2·T1, 4·T1 … until anything comes', async () => {
    await newPhone();
    const call = await phone.dial(far.uri);
    const first = performance.now();
    const invite = await far.request('INVITE', 4);
    expect(performance.now() - first).toBeGreaterThan(7 * 40 - 20);
    far.respond(invite, 486);
    await call.ended;
    expect(new Set(far.requests.filter(({ method }) => method === 'INVITE').map((m) => JSON.stringify(m))).size).toBe(
      1,
    );
  });

  it('gives up after 64·T1 without any response', async () => {
    await newPhone({ t1: 20 });
    const call = await phone.dial(far.uri);
    expect(await call.ended).toEqual({ kind: 'no-response' });
    // The seventh goes out one T1 before the end: a machine that is late by that much gives up first.
    expect([6, 7]).toContain(far.requests.length);
  });

  it('acknowledges an answer that is repeated with the same ACK', async () => {
    await phone.dial(far.uri);
    const invite = await far.request('INVITE');
    far.answer(invite);
    const ack = await far.request('ACK');
    far.answer(invite);
    expect(await far.request('ACK', 2)).toEqual(ack);
    expect(parameter(header(ack, 'via') ?? '', 'branch')).not.toBe(parameter(header(invite, 'via') ?? '', 'branch'));
  });

  it('does not hear as many answers as it is told to lose', async () => {
    const call = await phone.dial(far.uri, { loseAnswers: 2 });
    const invite = await far.request('INVITE');
    for (const _ of [1, 2, 3]) far.answer(invite);
    await call.answered();
    await far.request('ACK');
    expect(far.requests.map(({ method }) => method)).toEqual(['INVITE', 'ACK']);
  });

  it('never acknowledges when told so, and still takes the BYE', async () => {
    const call = await phone.dial(far.uri, { acknowledge: false });
    const invite = await far.request('INVITE');
    far.answer(invite);
    far.answer(invite);
    await call.answered();
    far.ask(invite, 'BYE');
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(far.requests.map(({ method }) => method)).toEqual(['INVITE']);
  });

  it('repeats a BYE until it is answered', async () => {
    await newPhone();
    const call = await phone.dial(far.uri);
    await far.take();
    far.answersBye = false;
    const hangingUp = call.hangUp();
    far.respond(await far.request('BYE', 3), 200);
    expect(await hangingUp).toEqual({ kind: 'hung-up' });
  });
});

describe('CANCEL', () => {
  it('waits for a provisional response and shares the branch of the INVITE', async () => {
    const call = await phone.dial(far.uri);
    const invite = await far.request('INVITE');
    const cancelling = call.cancel();
    far.respond(invite, 100);
    const cancel = await far.request('CANCEL');
    expect(header(cancel, 'via')).toBe(header(invite, 'via'));
    expect(header(cancel, 'to')).toBe(header(invite, 'to'));
    expect(cseq(cancel)).toEqual({ number: cseq(invite).number, method: 'CANCEL' });
    far.respond(cancel, 200);
    far.respond(invite, 487);
    expect(await cancelling).toEqual({ kind: 'cancelled', answered: false });
    await far.request('ACK');
  });

  it('ends the call by BYE when the answer was faster', async () => {
    const call = await phone.dial(far.uri);
    const invite = await far.request('INVITE');
    far.respond(invite, 100);
    const cancelling = call.cancel();
    const cancel = await far.request('CANCEL');
    far.answer(invite);
    far.respond(cancel, 200);
    expect(await cancelling).toEqual({ kind: 'cancelled', answered: true });
    expect(far.requests.map(({ method }) => method)).toEqual(['INVITE', 'CANCEL', 'ACK', 'BYE']);
  });
});

describe('in the dialog', () => {
  it('follows the route set and the contact', async () => {
    const call = await phone.dial(far.uri);
    const invite = await far.request('INVITE');
    const routes = [`Record-Route: <sip:127.0.0.1:${far.port};lr;x=1>`, 'Record-Route: <sip:192.0.2.7;lr>'];
    far.answer(invite, {}, [...routes].reverse());
    const ack = await far.request('ACK');
    expect(headers(ack, 'route')).toEqual([`<sip:127.0.0.1:${far.port};lr;x=1>`, '<sip:192.0.2.7;lr>']);
    expect(ack.uri).toBe(`sip:far@127.0.0.1:${far.port}`);
    await call.hangUp();
    const bye = await far.request('BYE');
    expect(headers(bye, 'route')).toEqual(headers(ack, 'route'));
    expect(cseq(bye).number).toBe(cseq(invite).number + 1);
  });

  it('answers OPTIONS and INFO, refuses the unknown, and repeats its response to a repeated request', async () => {
    await phone.dial(far.uri);
    const invite = await far.take();
    const options = far.ask(invite, 'OPTIONS');
    expect(await far.response('OPTIONS')).toMatchObject({ status: 200 });
    far.sendText(options);
    expect(await far.response('OPTIONS', 2)).toEqual(await far.response('OPTIONS', 1));
    expect(header(await far.response('OPTIONS'), 'via')).toMatch(/;rport=\d+;received=127\.0\.0\.1$/);
    far.ask(invite, 'INFO');
    expect(await far.response('INFO')).toMatchObject({ status: 200 });
    far.ask(invite, 'PUBLISH');
    expect(await far.response('PUBLISH')).toMatchObject({ status: 501 });
    far.ask(invite, 'OPTIONS', [], '', 1);
    expect(await far.response('OPTIONS', 3)).toMatchObject({ status: 481 });
  });

  it('follows the far side on hold and back, repeating its answer until the ACK', async () => {
    await newPhone();
    const call = await phone.dial(far.uri);
    const invite = await far.take();
    far.ask(invite, 'INVITE', ['c: application/sdp'], far.sdp({ direction: 'sendonly' }), 20);
    const answer = await far.response('INVITE', 3);
    expect(readSdp(answer.body)).toMatchObject({ direction: 'recvonly' });
    far.ask(invite, 'ACK', [], '', 20);
    const before = far.packets.length;
    await call.quiet(100);
    const repeated = far.responses('INVITE').length;
    expect(far.packets.length - before).toBeLessThanOrEqual(2);
    far.ask(invite, 'INVITE', ['c: application/sdp'], far.sdp(), 21);
    far.ask(invite, 'ACK', [], '', 21);
    expect(readSdp((await far.response('INVITE', repeated + 1)).body)).toMatchObject({ direction: 'sendrecv' });
    await far.heard('audio again', (packets) => packets[before + 5]);
  });

  it('holds, resumes and moves its media by re-INVITE', async () => {
    const call = await phone.dial(far.uri);
    await far.take();
    const asked = async (number: number, doing: Promise<void>) => {
      const request = await far.request('INVITE', number);
      far.answer(request);
      await doing;
      await far.request('ACK', number);
      return readSdp(request.body);
    };
    const before = readSdp((await far.request('INVITE')).body);
    expect(await asked(2, call.hold())).toMatchObject({ direction: 'sendonly', host: '127.0.0.1' });
    expect(await asked(3, call.hold('inactive'))).toMatchObject({ direction: 'inactive' });
    expect(await asked(4, call.hold('zero-address'))).toMatchObject({ direction: 'sendonly', host: '0.0.0.0' });
    expect(await asked(5, call.resume())).toMatchObject({ direction: 'sendrecv', port: before?.port });
    const moved = await asked(6, call.moveMedia());
    expect(moved).toMatchObject({ direction: 'sendrecv' });
    expect(moved?.port).not.toBe(before?.port);
    await far.heard('audio from the new port', (packets) => packets.find((packet) => packet.port === moved?.port));
  });

  it('hears after its media has moved', async () => {
    const call = await phone.dial(far.uri);
    await far.take();
    const moving = call.moveMedia();
    const reinvite = await far.request('INVITE', 2);
    far.answer(reinvite);
    await moving;
    void far.play(reinvite, WELCOME);
    await call.heardWhole('welcome');
  });
});

describe('keys', () => {
  /** Presses keys and returns the event packets that came of it, once as many as there should be have come. */
  async function pressed(keys: string, count: number, options: CallOptions = {}, event = 101) {
    const call = await phone.dial(far.uri, options);
    await far.take({ eventPayloadType: event });
    await call.press(keys);
    const events = () => far.packets.filter((packet) => packet.payloadType === event);
    await far.heard(`${count} event packets`, () => (events().length >= count ? true : undefined));
    return events();
  }

  it('sends each as one event: a marker first, rising durations, one timestamp, the last packet three times', async () => {
    const packets = await pressed('5#', 12, { keys: { toneMs: 80, gapMs: 60, updateMs: 20 } });
    const five = packets.filter((packet) => packet.payload[0] === 5);
    const pound = packets.filter((packet) => packet.payload[0] === 11);
    for (const key of [five, pound]) {
      expect(key.map((packet) => packet.marker)).toEqual([true, false, false, false, false, false]);
      expect(new Set(key.map((packet) => packet.timestamp)).size).toBe(1);
      expect(key.map((packet) => (packet.payload[1] ?? 0) >> 7)).toEqual([0, 0, 0, 1, 1, 1]);
      expect(key.map((packet) => ((packet.payload[2] ?? 0) << 8) | (packet.payload[3] ?? 0))).toEqual([
        160, 320, 480, 640, 640, 640,
      ]);
    }
    const between = ((pound[0]?.timestamp ?? 0) - (five[0]?.timestamp ?? 0)) | 0;
    expect(between).toBeGreaterThanOrEqual(8 * 130);
    const sequences = far.packets.map((packet) => packet.sequence);
    expect(sequences).toEqual(sequences.map((_, i) => ((sequences[0] ?? 0) + i) & 0xffff));
    expect(new Set(far.packets.map((packet) => packet.ssrc)).size).toBe(1);
  });

  it.each([96, 101, 127])('sends them as payload type %i, the number the answer names', async (event) => {
    const packets = await pressed('1', 6, { eventPayloadType: event }, event);
    expect(packets).toHaveLength(6);
  });

  it.each([10, 20, 30, 40, 60])(
    'sends silence every %i ms between them, and none while a key is down',
    async (ptime) => {
      const call = await phone.dial(far.uri, { ptime, keys: { toneMs: 200 } });
      await far.take();
      await far.heard('silence', (packets) => packets[3]);
      await call.press('1');
      await far.heard('silence after the key', (packets) => {
        const lastOfKey = packets.findLastIndex(({ payloadType }) => payloadType !== 0);
        return packets.slice(lastOfKey).find(({ payloadType }) => payloadType === 0);
      });
      const audio = far.packets.filter((packet) => packet.payloadType === 0);
      expect(audio[0]?.payload).toEqual(new Uint8Array(ptime * 8).fill(0xff));
      const steps = audio.slice(1).map((packet, i) => (packet.timestamp - (audio[i]?.timestamp ?? 0)) | 0);
      expect(steps.every((step) => step > 0 && step % (ptime * 8) === 0)).toBe(true);
      expect(Math.max(...steps)).toBeGreaterThanOrEqual(200 * 8 - ptime * 16);
    },
  );

  it('sends no silence when told not to', async () => {
    const packets = await pressed('12', 12, { comfort: false });
    expect(packets).toHaveLength(far.packets.length);
  });

  it('sends packets twice when told so', async () => {
    expect(await pressed('1', 12, { comfort: false, disturb: repeat(2) })).toHaveLength(12);
  });

  it('swaps packets when told so', async () => {
    const packets = await pressed('2', 6, { comfort: false, disturb: swapWhere((_, i) => i === 0) });
    expect(packets.map((packet) => packet.marker)).toEqual([false, true, false, false, false, false]);
  });

  it('loses packets when told so', async () => {
    expect(await pressed('3', 0, { disturb: lose(1) })).toEqual([]);
    expect(far.packets).toEqual([]);
  });

  it('sends them by INFO', async () => {
    const call = await phone.dial(far.uri);
    await far.take();
    const pressing = call.press('*7', { by: 'info', toneMs: 160 });
    const star = await far.request('INFO', 1);
    expect(header(star, 'content-type')).toBe('application/dtmf-relay');
    expect(star.body).toBe('Signal=*\r\nDuration=160\r\n');
    far.respond(star, 200);
    const seven = await far.request('INFO', 2);
    expect(seven.body).toBe('Signal=7\r\nDuration=160\r\n');
    far.respond(seven, 200);
    await pressing;
    expect(call.timings.keys.map(({ key }) => key)).toEqual(['*', '7']);
  });

  it('says so when the far side takes no events, and when a character is no key', async () => {
    const call = await phone.dial(far.uri);
    await far.take({ eventPayloadType: 'none' });
    await expect(call.press('1')).rejects.toThrow('takes no telephone-event');
    await expect(call.press('x')).rejects.toThrow('"x" is not a key');
  });

  it('measures from the key to silence and from the pound key to the next prompt', async () => {
    const call = await phone.dial(far.uri, { keys: { toneMs: 40, gapMs: 40 } });
    const invite = await far.take();
    let keyCame = false;
    const playing = far.play(invite, ENTER_PIN, 'PCMU', () => keyCame);
    await call.heard('enter-pin');
    const pressing = call.press('#');
    await far.heard('the key', (packets) => packets.find((packet) => packet.payloadType === 101));
    keyCame = true;
    await playing;
    await pressing;
    await call.quiet(150);
    await far.play(invite, WELCOME);
    await call.heardWhole('welcome');
    const [cut] = call.prompts;
    expect(cut).toMatchObject({ id: 'enter-pin', state: 'cut' });
    expect(call.timings.keyToSilenceMs).toHaveLength(1);
    expect(call.timings.keyToSilenceMs[0]).toBeLessThan(60);
    expect(call.timings.poundToPromptMs).toHaveLength(1);
    expect(call.timings.poundToPromptMs[0]).toBeGreaterThan(140);
    expect(call.timings.poundToPromptMs[0]).toBeLessThan(400);
  });
});

describe('waits', () => {
  it('say what was heard and which messages went when the time is over', async () => {
    const call = await phone.dial(far.uri);
    const invite = await far.take();
    const waiting = call.heard('enter-pin', { within: 1_000 });
    const playing = far.play(invite, WELCOME);
    await expect(waiting).rejects.toThrow(
      /Waited \d+ ms for "enter-pin": the time is over[\s\S]*───▶ INVITE \(SDP\)[\s\S]*◀─── 200 Whatever to INVITE \(SDP\)[\s\S]*welcome \(whole\): “Welcome\.”/,
    );
    await playing;
  });

  it('fail at once when the call ends, or the pack has no such prompt', async () => {
    const call = await phone.dial(far.uri);
    const invite = await far.take();
    await expect(call.heard('no-such-prompt')).rejects.toThrow('has no prompt "no-such-prompt"');
    const waiting = call.heard('welcome');
    far.ask(invite, 'BYE');
    await expect(waiting).rejects.toThrow(/the call is over/);
    await expect(call.heard('welcome')).rejects.toThrow(/the call is over/);
    await call.press('1');
  });

  it('find each hearing of a prompt once, in order', async () => {
    const call = await phone.dial(far.uri);
    const invite = await far.take();
    const playing = far.play(invite, WELCOME).then(() => far.play(invite, WELCOME));
    const first = await call.heard('welcome');
    const second = await call.heard('welcome');
    expect(second.startedAt).toBeGreaterThan(first.startedAt + 500);
    await playing;
  });
});

describe('closing and saving', () => {
  it('saves both ways of a call', async () => {
    const call = await phone.dial(far.uri, { record: true, codecs: ['PCMA'] });
    const invite = await far.take({ codec: 'PCMA' });
    void call.say(babble(9, 300));
    await far.play(invite, WELCOME, 'PCMA');
    await call.heardWhole('welcome');
    const { rate, channels } = readWav(call.wav());
    expect(rate).toBe(8_000);
    const [own, heard] = channels.map((samples) => Math.max(...samples));
    expect(own).toBeGreaterThan(1_000);
    expect(heard).toBeGreaterThan(1_000);
    expect(channels[1]?.length).toBeGreaterThan(WELCOME.length);
  });

  it('leaves no timer that would keep a process alive', async () => {
    const script = `
      import { Phone } from ${JSON.stringify(new URL('./phone.ts', import.meta.url).href)};
      const phone = await Phone.create({ prompts: 'none' });
      const refused = await phone.dial('${far.uri}');
      await refused.ended;
      const answered = await phone.call('${far.uri}');
      await answered.press('1');
      const held = answered.hold();
      await phone.close();
      await held.catch(() => undefined);
      process.stdout.write('closed');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'pipe' });
    const closed = once(child.stdout, 'data');
    far.respond(await far.request('INVITE'), 486);
    far.answer(await far.request('INVITE', 2));
    await closed;
    const closedAt = performance.now();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(performance.now() - closedAt).toBeLessThan(2_000);
  });

  it('hangs up what is left when it is closed', async () => {
    const call = await phone.dial(far.uri);
    await far.take();
    await phone.close();
    await far.request('BYE');
    expect(await call.ended).toEqual({ kind: 'hung-up' });
  });

  it('does not wait longer than two seconds for a far side that is gone', async () => {
    const call = await phone.dial(far.uri);
    await far.take();
    far.answersBye = false;
    const startedAt = performance.now();
    await phone.close();
    expect(performance.now() - startedAt).toBeLessThan(2_500);
    expect(await call.ended).toEqual({ kind: 'phone-closed' });
  });
});
