import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WireCall } from '../../testing/edge/wire-phone.ts';
import { header, MediaRig, pattern, variablesOf } from '../../testing/media/media-rig.ts';
import { RtpPeer } from '../../testing/media/rtp-peer.ts';
import { Peers } from './peers.ts';

let rig: MediaRig;

async function setUp(...options: Parameters<typeof MediaRig.start>): Promise<void> {
  rig = await MediaRig.start(...options);
}

/** An INVITE that is not answered by 200: gives the final answer. */
async function refused(body: string, headers = rig.inviteHeaders()): Promise<string> {
  const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
  wire.send('INVITE', { body, headers });
  const answer = await rig.phone.next(/^SIP\/2.0 [2-6]/);
  wire.to = header(answer, 'To');
  wire.send('ACK');
  return answer;
}

/** Nothing may be left when all calls are over and the ports have drained. */
async function expectIdle(): Promise<void> {
  await rig.clock.advance(1_500);
  expect(rig.core.stats()).toMatchObject({ channels: 0, dialogs: 0, boundPorts: 0, drainingPorts: 0, pacedStreams: 0 });
}

afterEach(() => rig.close());

describe('taking calls', () => {
  beforeEach(() => setUp({ maxSessions: 3 }));

  it('answers with the media it offers, connects to the application, and forgets the call when it ends', async () => {
    const { wire, esl, sdp, rtpPort, uuid } = await rig.call();
    expect(rtpPort % 2).toBe(0);
    expect(sdp).toContain('a=rtpmap:101 telephone-event/8000');
    expect(rig.core.stats()).toMatchObject({ channels: 1, dialogs: 1, boundPorts: 1 });
    await wire.bye();
    await esl.closed;
    expect(esl.log.slice(-9)).toEqual([
      'CHANNEL_HANGUP NORMAL_CLEARING',
      'CHANNEL_UNPARK NORMAL_CLEARING',
      'CHANNEL_EXECUTE_COMPLETE socket',
      'CHANNEL_STATE NORMAL_CLEARING',
      'CHANNEL_CALLSTATE NORMAL_CLEARING',
      'CHANNEL_STATE NORMAL_CLEARING',
      'CHANNEL_HANGUP_COMPLETE NORMAL_CLEARING',
      'CHANNEL_DESTROY NORMAL_CLEARING',
      'text/disconnect-notice',
    ]);
    const client = await rig.client();
    expect(await client.api(`uuid_exists ${uuid}`)).toBe('false');
    await expectIdle();
  });

  it('tells clients of the whole life of a call', async () => {
    const client = await rig.client();
    await client.command('event json ALL');
    const { wire } = await rig.call();
    await wire.bye();
    await client.nextEvent('CHANNEL_DESTROY');
    const names = client.log.filter((line) => line.startsWith('CHANNEL_'));
    expect(names.map((line) => line.split(' ')[0])).toEqual([
      'CHANNEL_CREATE',
      'CHANNEL_CALLSTATE',
      'CHANNEL_ANSWER',
      'CHANNEL_CALLSTATE',
      ...['answer', 'set', 'set', 'set', 'set'].flatMap(() => ['CHANNEL_EXECUTE', 'CHANNEL_EXECUTE_COMPLETE']),
      'CHANNEL_EXECUTE',
      'CHANNEL_PARK',
      'CHANNEL_HANGUP',
      'CHANNEL_UNPARK',
      'CHANNEL_EXECUTE_COMPLETE',
      'CHANNEL_STATE',
      'CHANNEL_CALLSTATE',
      'CHANNEL_STATE',
      'CHANNEL_HANGUP_COMPLETE',
      'CHANNEL_DESTROY',
    ]);
    await expectIdle();
  });

  it.each([
    [
      'hangup',
      (esl: { start: (app: string, arg?: string) => unknown }) => esl.start('hangup', 'USER_BUSY'),
      'USER_BUSY',
      17,
    ],
    [
      'hangup without a cause',
      (esl: { start: (app: string) => unknown }) => esl.start('hangup'),
      'NORMAL_CLEARING',
      16,
    ],
  ])('hangs up by %s', async (_, hangUp, cause, number) => {
    const { esl, wire } = await rig.call();
    hangUp(esl);
    expect(header(await wire.phone.next('BYE'), 'Reason')).toBe(`Q.850;cause=${number};text="${cause}"`);
    expect((await esl.nextEvent('CHANNEL_CALLSTATE')).event).toMatchObject({
      'Channel-Call-State': 'HANGUP',
      'Original-Channel-Call-State': 'ACTIVE',
      'Hangup-Cause': cause,
    });
    await esl.closed;
    await expectIdle();
  });

  it('hangs up by uuid_kill, by a message, and all calls by hupall', async () => {
    const client = await rig.client();
    const one = await rig.call();
    const two = await rig.call();
    const three = await rig.call();
    expect(await client.api(`uuid_kill ${one.uuid} CALL_REJECTED`)).toBe('+OK\n');
    expect(await rig.phone.next('BYE')).toContain('CALL_REJECTED');
    expect(await client.command(`sendmsg ${two.uuid}\ncall-command: hangup\nhangup-cause: 31`)).toBe('+OK');
    expect(await rig.phone.next('BYE')).toContain('NORMAL_UNSPECIFIED');
    expect(await client.api('hupall')).toBe('+OK hangup all channels with cause MANAGER_REQUEST\n');
    expect(await rig.phone.next('BYE')).toContain('MANAGER_REQUEST');
    await Promise.all([one, two, three].map(({ esl }) => esl.closed));
    await expectIdle();
  });

  it('hangs up when the application goes away', async () => {
    const { esl } = await rig.call();
    esl.start('playback', 'silence_stream://-1');
    await esl.nextEvent('PLAYBACK_START');
    esl.destroy();
    expect(await rig.phone.next('BYE')).toContain('NORMAL_CLEARING');
    await expectIdle();
  });

  it('answers and hangs up when the application cannot be connected to', async () => {
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    const peer = await rig.peer();
    const nobody = 'User-Agent: drachtio-fsmrf:x\nX-esl-outbound: 127.0.0.1:1\n';
    wire.send('INVITE', { body: peer.offer(), headers: nobody });
    await wire.answered();
    await rig.phone.next('BYE');
    await expectIdle();
  });

  it('answers 503 above the limit of calls, and takes calls again below it', async () => {
    const calls = [await rig.call(), await rig.call(), await rig.call()];
    const peer = await rig.peer();
    const answer = await refused(peer.offer());
    expect(answer).toMatch(/^SIP\/2.0 503 Maximum Calls In Progress/);
    expect(header(answer, 'Retry-After')).toBe('5');
    await calls[0]?.wire.bye();
    await (await rig.call()).wire.bye();
  });

  it.each([
    ['404', { agent: 'something else' }],
    ['404', { outbound: '' }],
    ['488', { lines: [], payloads: '18' }],
    ['488', { lines: ['c=IN IP4 phone.example.com'] }],
    ['400 Bad Session Description', { sdp: 'm=nonsense' }],
  ])(
    'refuses with %s: %j',
    async (status, {
      agent,
      outbound,
      lines,
      payloads,
      sdp,
    }: { agent?: string; outbound?: string; lines?: string[]; payloads?: string; sdp?: string }) => {
      const peer = await rig.peer();
      const headers =
        agent === undefined && outbound === undefined
          ? rig.inviteHeaders()
          : `User-Agent: ${agent ?? 'drachtio-fsmrf:x'}\n${outbound === undefined ? 'X-esl-outbound: 127.0.0.1:1\n' : ''}`;
      const answer = await refused(sdp ?? peer.offer(lines, payloads), headers);
      expect(answer.startsWith(`SIP/2.0 ${status}`)).toBe(true);
      expect(header(answer, 'To')).toContain('tag=');
      await expectIdle();
    },
  );

  it('answers OPTIONS, and 481 or 501 to what belongs to no call', async () => {
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    wire.send('OPTIONS');
    expect(header(await rig.phone.next('SIP/2.0 200'), 'Allow')).toContain('INVITE');
    wire.send('BYE');
    await rig.phone.next('SIP/2.0 481');
    wire.send('SUBSCRIBE');
    await rig.phone.next('SIP/2.0 501');
    wire.to = `${wire.to};tag=unknown`;
    wire.send('INVITE');
    await rig.phone.next('SIP/2.0 481');
  });
});

describe('inside a call', () => {
  beforeEach(() => setUp({}, { 'long.wav': pattern(80_000) }));

  it('answers OPTIONS and INFO, and refuses what it does not do and what is out of order', async () => {
    const { wire } = await rig.call();
    for (const [method, status] of [
      ['OPTIONS', 200],
      ['INFO', 200],
      ['REFER', 501],
    ] as const) {
      wire.sequence++;
      wire.send(method);
      expect(await rig.phone.next(new RegExp(`CSeq: ${wire.sequence} ${method}`))).toMatch(
        new RegExp(`^SIP/2.0 ${status}`),
      );
    }
    wire.send('OPTIONS', { sequence: 1 });
    await rig.phone.next('SIP/2.0 500');
    await wire.bye();
  });

  it('moves media to another address, codec and packet length by a re-INVITE, and says so in a newer description', async () => {
    const { wire, esl, sdp, uuid, rtpPort } = await rig.call();
    esl.start('playback', 'long.wav');
    await esl.nextEvent('PLAYBACK_START');
    const other = await rig.peer();
    wire.sequence++;
    wire.send('INVITE', { body: other.offer(['a=ptime:40'], '8 101') });
    const answer = await wire.answered();
    expect(answer).toContain(`m=audio ${rtpPort} RTP/AVP 8 101`);
    const version = (text: string) => Number(/^o=\S+ \d+ (\d+)/m.exec(text)?.[1]);
    expect(version(answer)).toBe(version(sdp) + 1);
    await rig.pass(200);
    await other.has(3);
    expect(other.heard.every(({ payloadType, payload }) => payloadType === 8 && payload.length === 320)).toBe(true);
    const dump = await esl.api(`uuid_dump ${uuid}`);
    expect(dump).toContain(`variable_remote_media_port: ${other.port}\n`);
    expect(dump).toContain('variable_read_codec: PCMA\n');
    wire.sequence++;
    wire.send('INVITE', { body: other.offer(['a=ptime:40'], '8 101') });
    expect(version(await wire.answered())).toBe(version(sdp) + 1);
    await wire.bye();
  });

  it('refuses a re-INVITE that cannot be served and goes on as before', async () => {
    const { wire, esl, peer } = await rig.call();
    wire.sequence++;
    wire.send('INVITE', { body: peer.offer([], '18') });
    await rig.phone.next('SIP/2.0 488');
    wire.send('ACK');
    wire.sequence++;
    wire.send('INVITE', { body: 'v=0\nnonsense' });
    await rig.phone.next('SIP/2.0 400');
    wire.send('ACK');
    const heard = peer.heard.length;
    await rig.pass(100);
    await peer.has(heard + 3);
    expect((await esl.execute('set', 'a=b')).event['Channel-Call-State']).toBe('ACTIVE');
    await wire.bye();
  });

  it('makes the offer when the INVITE has none, and takes the answer from the ACK', async () => {
    const peer = await rig.peer();
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    wire.send('INVITE', { headers: rig.inviteHeaders() });
    const answer = await rig.phone.next('SIP/2.0 200');
    expect(answer).toMatch(/^m=audio \d+ RTP\/AVP 0 8 101\r$/m);
    wire.learn(answer);
    expect(rig.core.stats().eslConnections).toBe(0);
    wire.send('ACK', { body: peer.offer([], '8 101') });
    const esl = await rig.application.next();
    esl.write('connect\n\n');
    expect((await esl.next('command/reply')).headers.get('Channel-Read-Codec-Name')).toBe('PCMA');
    await rig.pass(60);
    await peer.has(1);
    await wire.bye();
  });

  it('does not send to itself when its own offer comes back as the answer, as drachtio-srf does it', async () => {
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    wire.send('INVITE', { headers: rig.inviteHeaders() });
    const answer = await rig.phone.next('SIP/2.0 200');
    wire.learn(answer);
    wire.send('ACK', {
      body: answer.slice(answer.indexOf('\r\n\r\n') + 4).replace('t=0 0\r\n', 't=0 0\r\na=recvonly\r\n'),
    });
    await rig.application.next();
    await rig.pass(200);
    expect(rig.core.stats().rtp).toMatchObject({ sent: 0, received: 0 });
    const peer = await rig.peer();
    wire.sequence++;
    wire.send('INVITE', { body: peer.offer() });
    await wire.answered();
    await rig.pass(100);
    await peer.has(3);
    await wire.bye();
  });

  it('hangs up when the ACK brings no usable answer', async () => {
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    wire.send('INVITE', { headers: rig.inviteHeaders() });
    wire.learn(await rig.phone.next('SIP/2.0 200'));
    wire.send('ACK');
    expect(await rig.phone.next('BYE')).toContain('INCOMPATIBLE_DESTINATION');
    await expectIdle();
  });

  it('repeats its answer until it is acknowledged, and hangs up when it never is', async () => {
    const peer = await rig.peer();
    const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
    wire.send('INVITE', { body: peer.offer(), headers: rig.inviteHeaders() });
    wire.learn(await rig.phone.next('SIP/2.0 200'));
    (await rig.application.next()).write('connect\n\n');
    await rig.clock.advance(500);
    await rig.phone.next('SIP/2.0 200');
    await rig.clock.advance(1_000);
    await rig.phone.next('SIP/2.0 200');
    await rig.clock.advance(30_500);
    expect(await rig.phone.next('BYE')).toContain('RECOVERY_ON_TIMER_EXPIRE');
    await expectIdle();
  });

  it('ends a call whose media stays away, later when it is on hold', async () => {
    const { wire, peer, rtpPort, esl } = await rig.call();
    await rig.pass(50_000, 1_000);
    await peer.speak(rtpPort);
    await expect.poll(() => rig.core.stats().rtp.received).toBe(1);
    await rig.pass(59_000, 1_000);
    expect(rig.core.stats().channels).toBe(1);
    wire.sequence++;
    wire.send('INVITE', { body: peer.offer(['a=inactive']) });
    await wire.answered();
    await rig.pass(120_000, 1_000);
    expect(rig.core.stats().channels).toBe(1);
    wire.sequence++;
    wire.send('INVITE', { body: peer.offer() });
    await wire.answered();
    await rig.pass(61_000, 1_000);
    expect(await rig.phone.next('BYE')).toContain('MEDIA_TIMEOUT');
    await esl.closed;
    await expectIdle();
  });
});

describe('keys', () => {
  beforeEach(() => setUp());

  it('are told once each, with what FreeSWITCH tells', async () => {
    const { esl, peer, rtpPort, wire } = await rig.call();
    for (const key of '1590*#AD') await peer.press(rtpPort, key);
    const heard: string[] = [];
    for (const _ of '1590*#AD') {
      const { event } = await esl.nextEvent('DTMF');
      heard.push(event['DTMF-Digit'] ?? '');
      expect(event).toMatchObject({ 'DTMF-Duration': '400', 'DTMF-Source': 'RTP' });
      expect(Object.keys(event).filter((name) => name.startsWith('variable_'))).toEqual([]);
    }
    expect(heard.join('')).toBe('1590*#AD');
    expect(rig.core.stats().rtp.keys).toBe(8);
    await wire.bye();
  });

  it('are told at the first packet of a press', async () => {
    const { esl, peer, rtpPort, wire } = await rig.call();
    await peer.send(rtpPort, 101, Uint8Array.of(5, 10, 0, 160), true);
    expect((await esl.nextEvent('DTMF')).event['DTMF-Digit']).toBe('5');
    await wire.bye();
  });

  it('are never logged', async () => {
    const { esl, peer, rtpPort, wire } = await rig.call();
    for (const key of '739164') await peer.press(rtpPort, key);
    for (const _ of '739164') await esl.nextEvent('DTMF');
    await wire.bye();
    expect(JSON.stringify(rig.log.lines)).not.toMatch(/[739164]{3}|DTMF/);
  });

  it('are not taken from strangers, nor from elsewhere once the call is latched', async () => {
    const { esl, peer, rtpPort, wire } = await rig.call();
    const stranger = await RtpPeer.start('127.0.0.9');
    await stranger.press(rtpPort, '6');
    await peer.press(rtpPort, '1');
    await esl.nextEvent('DTMF');
    const second = await rig.peer();
    await second.press(rtpPort, '7');
    await peer.press(rtpPort, '2');
    await esl.nextEvent('DTMF');
    await stranger.close();
    expect(esl.log.filter((line) => line === 'DTMF')).toHaveLength(2);
    expect(rig.core.stats().rtp.dropped.foreign).toBe(12);
    await wire.bye();
  });

  it('are taken from where the signalling came from, when the application says it', async () => {
    const phone = await RtpPeer.start('127.0.0.9');
    const { esl, rtpPort, wire } = await rig.call({
      peer: await rig.peer(),
      sdp: (await rig.peer()).offer(['c=IN IP4 192.168.77.7']),
      headers: 'X-Signalling-Source: 127.0.0.9\n',
    });
    await phone.press(rtpPort, '4');
    expect((await esl.nextEvent('DTMF')).event['DTMF-Digit']).toBe('4');
    await rig.pass(100);
    await phone.has(3);
    await phone.close();
    await wire.bye();
  });
});

describe('addresses', () => {
  it('tells callers outside the advertised address, and others its own', async () => {
    await setUp({ rtp: { host: '127.0.0.1', portMin: 30_000, portMax: 39_999, advertisedAddress: '203.0.113.5' } });
    const inside = await rig.call();
    expect(inside.sdp).toContain('c=IN IP4 127.0.0.1');
    const outside = await rig.call({ headers: 'X-Signalling-Source: 198.51.100.20\n' });
    expect(outside.sdp).toContain('c=IN IP4 203.0.113.5');
    expect(variablesOf(await outside.esl.execute('set', 'a=b')).local_media_ip).toBe('203.0.113.5');
    await inside.wire.bye();
    await outside.wire.bye();
  });

  it('refuses peers that are not allowed', async () => {
    await setUp();
    const peers = new Peers(['192.0.2.0/24', '2001:db8::1']);
    const allowed = ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1', '192.0.2.77', '2001:db8::1'];
    const refused = ['192.0.3.1', '10.0.0.1', '2001:db8::2', '::ffff:10.0.0.1', 'nonsense', ''];
    expect(allowed.filter((address) => !peers.allows(address))).toEqual([]);
    expect(refused.filter((address) => peers.allows(address))).toEqual([]);
    for (const bad of ['nonsense', '1.2.3.4/33', '1.2.3.4/x', '']) expect(() => new Peers([bad])).toThrow(RangeError);
  });
});
