import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireCall } from '../../testing/edge/wire-phone.ts';
import { MediaRig, type RigCall, variablesOf } from '../../testing/media/media-rig.ts';
import { RtcpPeer, reportOf } from '../../testing/media/rtcp-peer.ts';
import { encode } from '../../testing/phone/g711.ts';
import { keyTones } from '../../testing/phone/key-tones.ts';

let rig: MediaRig;

beforeEach(async () => {
  rig = await MediaRig.start();
});

afterEach(() => rig.close());

const keyOf = async ({ esl }: RigCall): Promise<string | undefined> =>
  (await esl.nextEvent('DTMF')).event['DTMF-Digit'];
const received = (count: number) => expect.poll(() => rig.core.stats().rtp.received).toBe(count);

/** A packet whose every field is the test's own. */
function packet(first: number, second: number, sequence: number, rest: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12);
  bytes[0] = first;
  bytes[1] = second;
  bytes.writeUInt16BE(sequence, 2);
  bytes.writeUInt32BE(160 * sequence, 4);
  bytes.writeUInt32BE(0x1234, 8);
  return Buffer.concat([bytes, rest]);
}

describe('a phone', () => {
  it('is heard before it has acknowledged the answer', async () => {
    const peer = await rig.peer();
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    wire.send('INVITE', { body: peer.offer(), headers: rig.inviteHeaders() });
    const answer = await rig.phone.next(/^SIP\/2.0 2/);
    const rtpPort = Number(/^m=audio (\d+)/m.exec(answer)?.[1]);
    await peer.speak(rtpPort);
    await peer.press(rtpPort, '8');
    await received(7);
    expect(rig.core.stats().rtp.keys).toBe(1);
    // What it is sent begins then, too.
    await rig.pass(100);
    await peer.has(3);
  });

  it('may send comfort noise under its static number or another, and no audio for minutes, if it sends reports', async () => {
    const peer = await rig.peer();
    const offer = peer.offer(['a=rtpmap:97 CN/8000'], '0 97 101');
    const call = await rig.call({ peer, sdp: offer });
    const control = await RtcpPeer.start(0);
    await peer.send(call.rtpPort, 13, Uint8Array.of(60));
    await peer.send(call.rtpPort, 97, Uint8Array.of(60));
    await received(2);
    for (let report = 0; report < 6; report++) {
      await rig.pass(40_000, 1_000);
      await control.sendBytes(call.rtpPort + 1, reportOf({ ssrc: peer.ssrc }));
      await expect.poll(() => rig.core.stats().rtp.rtcp.received).toBe(report + 1);
    }
    await peer.press(call.rtpPort, '5');
    expect(await keyOf(call)).toBe('5');
    await control.close();
    await rig.pass(61_000, 1_000);
    expect(await rig.phone.next('BYE')).toContain('MEDIA_TIMEOUT');
  });

  it('may change its SSRC and its numbers in the middle', async () => {
    const call = await rig.call();
    const { peer, rtpPort } = call;
    await peer.press(rtpPort, '1');
    peer.ssrc = 0x9999;
    peer.sequence = 40_000;
    peer.timestamp = 7;
    await peer.press(rtpPort, '2');
    peer.sequence = 3;
    await peer.press(rtpPort, '2');
    await received(18);
    expect([await keyOf(call), await keyOf(call), await keyOf(call)]).toEqual(['1', '2', '2']);
  });

  it('may go from one law to the other and from one length of packets to another', async () => {
    const call = await rig.call();
    const { peer, rtpPort, esl } = call;
    await esl.execute('start_dtmf');
    const frames = [80, 160, 240, 320, 480];
    let sent = 0;
    for (const [index, length] of frames.entries()) {
      const [law, number] = index % 2 === 0 ? (['PCMA', 8] as const) : (['PCMU', 0] as const);
      const samples = new Int16Array(3_840);
      samples.set(keyTones(`${index}`, 90), 800);
      const codes = encode(law, samples);
      for (let at = 0; at < codes.length; at += length) {
        await peer.send(rtpPort, number, codes.subarray(at, at + length));
        peer.timestamp += length;
        sent += 1;
      }
      await received(sent);
      expect(await keyOf(call)).toBe(`${index}`);
    }
    expect(rig.core.stats().rtp.dropped.payload).toBe(0);
  });

  it('may hold and resume, and is told nothing in between', async () => {
    const call = await rig.call();
    const { peer, wire, rtpPort, esl } = call;
    await rig.pass(100);
    wire.sequence++;
    wire.send('INVITE', { body: peer.offer(['a=sendonly']) });
    expect(await wire.answered()).toContain('a=recvonly');
    await esl.nextEvent('CHANNEL_HOLD');
    const { sent } = rig.core.stats().rtp;
    await peer.press(rtpPort, '3');
    expect(await keyOf(call)).toBe('3');
    await rig.pass(1_000);
    expect(rig.core.stats().rtp.sent).toBe(sent);
    wire.sequence++;
    wire.send('INVITE', { body: peer.offer() });
    expect(await wire.answered()).toContain('a=sendrecv');
    await rig.pass(100);
    await peer.has(sent + 3);
    await peer.press(rtpPort, '4');
    expect(await keyOf(call)).toBe('4');
  });

  it('may give telephone-event another number than it was offered', async () => {
    const peer = await rig.peer();
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    wire.send('INVITE', { headers: rig.inviteHeaders() });
    const answer = await rig.phone.next(/^SIP\/2.0 2/);
    const rtpPort = Number(/^m=audio (\d+)/m.exec(answer)?.[1]);
    expect(answer).toContain('a=rtpmap:101 telephone-event');
    wire.to = /^To: (.*)\r$/m.exec(answer)?.[1] ?? '';
    wire.send('ACK', {
      body: peer.offer(['a=rtpmap:96 telephone-event/8000'], '0 96').replace(/^a=rtpmap:101.*\n/m, ''),
    });
    const esl = await rig.application.next();
    esl.write('connect\n\n');
    await esl.next('command/reply');
    await peer.press(rtpPort, '6', 96);
    await peer.press(rtpPort, '7', 101);
    await received(12);
    expect(rig.core.stats().rtp.keys).toBe(2);
  });
});

describe('what is no RTP of the phone', () => {
  const event = Uint8Array.of(1, 10, 0, 160);
  const garbage: readonly (readonly [name: string, bytes: Buffer, reason: string])[] = [
    ['an empty datagram', Buffer.alloc(0), 'short'],
    ['a header that is cut off', packet(0x80, 0, 1, new Uint8Array(0)).subarray(0, 11), 'short'],
    ['fifteen sources that are not there', packet(0x8f, 0, 1, new Uint8Array(20)), 'short'],
    ['an extension that is not there', packet(0x90, 0, 1, new Uint8Array(3)), 'extension'],
    ['an extension longer than the packet', packet(0x90, 0, 1, Uint8Array.of(0xbe, 0xde, 0xff, 0xff)), 'extension'],
    ['padding beyond the beginning', packet(0xa0, 0, 1, Uint8Array.of(1, 2, 255)), 'padding'],
    ['padding of nothing', packet(0xa0, 0, 1, Uint8Array.of(1, 2, 0)), 'padding'],
    ['version 1', packet(0x40, 0, 1, new Uint8Array(160)), 'version'],
    ['version 3', packet(0xc0, 0, 1, new Uint8Array(160)), 'version'],
    ['STUN', Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), Buffer.alloc(12)]), 'version'],
    ['DTLS', Buffer.concat([Buffer.from([22, 0xfe, 0xfd]), Buffer.alloc(40)]), 'version'],
    ['ZRTP', Buffer.concat([Buffer.from([0x10, 0, 0, 1]), Buffer.from('ZRTP'), Buffer.alloc(20)]), 'version'],
    ['RTCP that was not agreed to come here', reportOf({ ssrc: 1 }), 'rtcp'],
    ['a codec that was not offered', packet(0x80, 18, 1, new Uint8Array(20)), 'payload'],
    ['half a telephone event', packet(0x80, 101, 1, event.subarray(0, 3)), 'malformed'],
    ['an event that is no key', packet(0x80, 101, 1, Uint8Array.of(16, 10, 0, 160)), 'ignored'],
  ];

  it('is dropped and counted, and the call goes on', async () => {
    const call = await rig.call();
    await call.esl.execute('start_dtmf');
    const expected: Record<string, number> = {};
    for (const [name, bytes, reason] of garbage) {
      expected[reason] = (expected[reason] ?? 0) + 1;
      await call.peer.sendBytes(call.rtpPort, bytes);
      await expect.poll(() => rig.core.stats().rtp.dropped, { message: name }).toMatchObject(expected);
    }
    await call.peer.press(call.rtpPort, '9');
    expect(await keyOf(call)).toBe('9');
    await rig.pass(100);
    await call.peer.has(3);
  });

  it('is not confused with packets that have sources, an extension and padding as they may', async () => {
    const call = await rig.call();
    const sources = new Uint8Array(60);
    const extension = Uint8Array.of(0xbe, 0xde, 0, 1, 1, 2, 3, 4);
    const padding = Uint8Array.of(0, 0, 0, 4);
    await call.peer.sendBytes(
      call.rtpPort,
      packet(0xbf, 0x80 | 101, 500, Buffer.concat([sources, extension, event, padding])),
    );
    expect(await keyOf(call)).toBe('1');
  });

  it('does no harm as random bytes, on either port', async () => {
    const call = await rig.call();
    const control = await RtcpPeer.start(0);
    await call.esl.execute('start_dtmf');
    await call.peer.speak(call.rtpPort);
    for (let round = 0; round < 300; round++) {
      const bytes = randomBytes(round % 200);
      // Half of them look like RTP or RTCP at first sight.
      if (round % 2 === 0 && bytes.length > 2) bytes.set([0x80 | (round & 0x3f), round % 4 === 0 ? 200 : round & 0x7f]);
      await (round % 3 === 0 ? control : call.peer).sendBytes(call.rtpPort + (round % 3 === 0 ? 1 : 0), bytes);
    }
    call.peer.ssrc = 0x7777;
    await call.peer.press(call.rtpPort, '0');
    await expect.poll(async () => variablesOf(await call.esl.execute('set', 'a=b')).a).toBe('b');
    await rig.pass(100);
    await call.peer.has(3);
    expect(call.esl.log.filter((line) => line === 'DTMF').length).toBeGreaterThan(0);
    await control.close();
  });
});
