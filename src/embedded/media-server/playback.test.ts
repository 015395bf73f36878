import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaRig, pattern, type RigCall, variablesOf, wavOf } from '../../testing/media/media-rig.ts';
import { encodeG711, silenceCode } from '../rtp/g711.ts';

const files = { 'one.wav': pattern(1_600), 'two.wav': pattern(1_000, 7), 'long.wav': pattern(80_000, 3) };

let rig: MediaRig;
let call: RigCall;

/** What the peer has heard since a packet, as one piece of audio. */
const heardSince = (packet: number) => Buffer.concat(call.peer.heard.slice(packet).map(({ payload }) => payload));
const codesOf = (name: keyof typeof files) => Buffer.from(encodeG711('PCMU', files[name]));
const silence = (samples: number) => Buffer.alloc(samples, silenceCode.PCMU);

/** Lets time pass from when an application runs until it has completed. */
async function passUntil(uuid: string) {
  await call.esl.nextEvent('CHANNEL_EXECUTE', (event) => event['Application-UUID'] === uuid);
  let waiting = true;
  const completed = call.esl.completed(uuid).finally(() => {
    waiting = false;
  });
  // Files may have to be looked at meanwhile: how long that takes is not for this clock to say.
  while (waiting) await rig.clock.advance(20);
  return completed;
}

describe('playback', () => {
  beforeEach(async () => {
    rig = await MediaRig.start({}, files);
    call = await rig.call();
    // Only what is played is to be heard here.
    await call.esl.execute('unset', 'send_silence_when_idle');
    await rig.pass(40);
  });

  afterEach(() => rig.close());

  it('sends a file in packets of the agreed length, exactly, and tells of it as FreeSWITCH does', async () => {
    const before = call.peer.heard.length;
    const uuid = call.esl.start('playback', 'one.wav');
    const started = await call.esl.nextEvent('PLAYBACK_START');
    expect(started.event).toMatchObject({ 'Playback-File-Path': 'one.wav', 'Unique-ID': call.uuid });
    expect(started.event['Playback-File-Type']).toBeUndefined();
    const completed = await passUntil(uuid);
    const stopped = await call.esl.nextEvent('PLAYBACK_STOP');
    expect(stopped.event).toMatchObject({ 'Playback-File-Path': 'one.wav', 'Playback-Status': 'done' });
    expect(completed.event).toMatchObject({
      Application: 'playback',
      'Application-Data': 'one.wav',
      'Application-Response': 'FILE PLAYED',
      'Application-UUID': uuid,
    });
    expect(variablesOf(completed)).toMatchObject({
      playback_seconds: '0',
      playback_ms: '200',
      playback_samples: '1600',
      playback_last_offset_pos: '1600',
    });
    await call.peer.has(before + 10);
    expect(heardSince(before)).toEqual(codesOf('one.wav'));
    await rig.pass(100);
    expect(call.peer.heard.length).toBe(before + 10);
  });

  it('numbers and stamps packets without a break, and marks the first one after a pause', async () => {
    const before = call.peer.heard.length;
    await passUntil(call.esl.start('playback', 'one.wav'));
    await rig.pass(500);
    await passUntil(call.esl.start('playback', 'one.wav'));
    await call.peer.has(before + 20);
    const heard = call.peer.heard.slice(before);
    const first = heard[0];
    expect(new Set(heard.map(({ ssrc }) => ssrc)).size).toBe(1);
    expect(heard.map(({ sequence }) => (sequence - (first?.sequence ?? 0)) & 0xffff)).toEqual(heard.map((_, at) => at));
    const stamps = heard.map(({ timestamp }) => (timestamp - (first?.timestamp ?? 0)) >>> 0);
    expect(stamps.slice(0, 10)).toEqual(heard.slice(0, 10).map((_, at) => 160 * at));
    // Half a second and a little more went by: the timestamp tells how much.
    expect(stamps[10] as number).toBeGreaterThanOrEqual(160 * 10 + 8 * 470);
    expect((stamps[10] as number) - 160 * 10).toBeLessThanOrEqual(8 * 600);
    expect(heard.map(({ marker }) => marker)).toEqual(heard.map((_, at) => at === 0 || at === 10));
  });

  it('is silent at once after uuid_break, and says so', async () => {
    const uuid = call.esl.start('playback', 'long.wav');
    await call.esl.nextEvent('PLAYBACK_START');
    await rig.pass(200);
    const before = rig.core.stats().rtp.sent;
    expect(await call.esl.api(`uuid_break ${call.uuid}`)).toBe('+OK\n');
    const completed = await call.esl.completed(uuid);
    const stopped = await call.esl.nextEvent('PLAYBACK_STOP');
    expect(stopped.event['Playback-Status']).toBe('break');
    expect(completed.event['Application-Response']).toBe('FILE PLAYED');
    expect(Number(variablesOf(completed).playback_samples) % 160).toBe(0);
    await rig.pass(100);
    expect(rig.core.stats().rtp.sent).toBe(before);
  });

  it('fills the last packet up with silence', async () => {
    const before = call.peer.heard.length;
    await passUntil(call.esl.start('playback', 'two.wav'));
    await call.peer.has(before + 7);
    expect(heardSince(before)).toEqual(Buffer.concat([codesOf('two.wav'), silence(120)]));
  });

  it('plays a list with the pause between files that playback_sleep_val asks for', async () => {
    await call.esl.execute('set', 'playback_delimiter=!');
    const before = call.peer.heard.length;
    await passUntil(call.esl.start('playback', 'one.wav!two.wav'));
    await call.peer.has(before + 29);
    expect(heardSince(before)).toEqual(
      Buffer.concat([codesOf('one.wav'), silence(2_000), codesOf('two.wav'), silence(29 * 160 - 4_600)]),
    );
    await call.esl.execute('multiset', '^^^playback_delimiter=,^playback_sleep_val=0');
    const again = call.peer.heard.length;
    await passUntil(call.esl.start('playback', 'two.wav,one.wav'));
    await call.peer.has(again + 17);
    expect(heardSince(again)).toEqual(Buffer.concat([codesOf('two.wav'), codesOf('one.wav'), silence(120)]));
  });

  it('lets a break end one file of a list only, and the pause between files the whole list', async () => {
    await call.esl.execute('set', 'playback_delimiter=!');
    const uuid = call.esl.start('playback', 'long.wav!two.wav');
    await call.esl.nextEvent('PLAYBACK_START');
    await rig.pass(100);
    await call.esl.api(`uuid_break ${call.uuid}`);
    expect((await call.esl.nextEvent('PLAYBACK_STOP')).event['Playback-Status']).toBe('break');
    await rig.pass(300);
    expect((await call.esl.nextEvent('PLAYBACK_START')).event['Playback-File-Path']).toBe('two.wav');
    expect((await passUntil(uuid)).event['Application-Response']).toBe('FILE PLAYED');
    const other = call.esl.start('playback', 'two.wav!long.wav');
    await call.esl.nextEvent('PLAYBACK_START');
    await rig.pass(200);
    await call.esl.api(`uuid_break ${call.uuid}`);
    await call.esl.completed(other);
    expect(call.esl.log.at(-1)).not.toBe('PLAYBACK_START');
  });

  it('plays a file string without gaps as one file that one break ends', async () => {
    const before = call.peer.heard.length;
    const uuid = call.esl.start('playback', 'file_string://two.wav!one.wav!nothere.wav');
    expect((await call.esl.nextEvent('PLAYBACK_START')).event['Playback-File-Path']).toBe(
      'file_string://two.wav!one.wav!nothere.wav',
    );
    await passUntil(uuid);
    await call.peer.has(before + 17);
    expect(heardSince(before)).toEqual(Buffer.concat([codesOf('two.wav'), codesOf('one.wav'), silence(120)]));
    const other = call.esl.start('playback', 'file_string://two.wav!long.wav');
    await call.esl.nextEvent('PLAYBACK_START');
    await call.esl.api(`uuid_break ${call.uuid}`);
    await call.esl.completed(other);
  });

  it.each([
    'nothere.wav',
    '/etc/passwd',
    '../secret.wav',
    'link.wav',
    'text.wav',
    'nosuch_stream://1',
    'file_string://nothere.wav',
    'silence_stream://0',
    'one\0.wav',
  ])('answers %j as a file that is not there', async (name) => {
    await writeFile(join(rig.folder, '..', 'secret.wav'), wavOf(files['one.wav']));
    await symlink('/etc/hostname', join(rig.folder, 'link.wav'));
    await writeFile(join(rig.folder, 'text.wav'), 'no audio at all');
    const completed = await call.esl.execute('playback', name);
    expect(completed.event['Application-Response']).toBe('FILE NOT FOUND');
    expect(call.esl.log).not.toContain('PLAYBACK_START');
  });

  it('passes over a missing file of a list, and counts it when it is the last', async () => {
    await call.esl.execute('multiset', 'playback_delimiter=! playback_sleep_val=0');
    expect((await passUntil(call.esl.start('playback', 'x.wav!one.wav'))).event['Application-Response']).toBe(
      'FILE PLAYED',
    );
    expect((await passUntil(call.esl.start('playback', 'one.wav!x.wav'))).event['Application-Response']).toBe(
      'FILE NOT FOUND',
    );
  });

  it('notices when a file has changed', async () => {
    await passUntil(call.esl.start('playback', 'one.wav'));
    await writeFile(join(rig.folder, 'one.wav'), wavOf(files['two.wav']));
    await rig.pass(2_500, 500);
    const before = call.peer.heard.length;
    await passUntil(call.esl.start('playback', 'one.wav'));
    await call.peer.has(before + 7);
    expect(heardSince(before).subarray(0, 1_000)).toEqual(codesOf('two.wav'));
  });

  it('starts where it is told to, in samples', async () => {
    const before = call.peer.heard.length;
    const completed = await passUntil(call.esl.start('playback', 'one.wav@@800'));
    await call.peer.has(before + 5);
    expect(heardSince(before)).toEqual(codesOf('one.wav').subarray(800));
    expect(variablesOf(completed)).toMatchObject({ playback_last_offset_pos: '1600', playback_samples: '800' });
  });

  it('gives up after playback_timeout_sec, as a fault or not', async () => {
    await call.esl.execute('set', 'playback_timeout_sec=2');
    const completed = await passUntil(call.esl.start('playback', 'long.wav'));
    expect(completed.event['Application-Response']).toBe('PLAYBACK ERROR');
    expect(variablesOf(completed).playback_ms).toBe('2000');
    await call.esl.execute('set', 'playback_timeout_as_success=true');
    const again = await passUntil(call.esl.start('playback', 'long.wav'));
    expect(again.event['Application-Response']).toBe('FILE PLAYED');
  });

  it('plays silence and tones of a length', async () => {
    let before = call.peer.heard.length;
    await passUntil(call.esl.start('playback', 'silence_stream://60'));
    await call.peer.has(before + 3);
    expect(heardSince(before)).toEqual(silence(480));
    before = call.peer.heard.length;
    await passUntil(call.esl.start('playback', 'silence_stream://60,1400'));
    await call.peer.has(before + 3);
    expect(new Set(heardSince(before)).size).toBeGreaterThan(4);
    before = call.peer.heard.length;
    const uuid = call.esl.start('playback', 'tone_stream://%(40,20,440);loops=3');
    expect(
      (await call.esl.nextEvent('PLAYBACK_START', (event) => event['Playback-File-Type'] === 'tone_stream')).event,
    ).toMatchObject({
      'Playback-File-Path': 'tone_stream://%(40,20,440);loops=3',
    });
    await passUntil(uuid);
    await call.peer.has(before + 9);
    const heard = heardSince(before);
    expect(heard.length).toBe(3 * 480);
    expect(heard.subarray(480, 960)).toEqual(heard.subarray(0, 480));
    expect(heard.subarray(320, 480)).toEqual(silence(160));
    expect(heard.subarray(0, 320)).not.toEqual(silence(320));
  });

  it('plays silence without end until it is told to stop', async () => {
    const uuid = call.esl.start('playback', 'silence_stream://-1');
    await call.esl.nextEvent('PLAYBACK_START');
    await rig.pass(3_000);
    await call.esl.api(`uuid_break ${call.uuid}`);
    await call.esl.completed(uuid);
  });

  it.each([
    [undefined, '*', '*'],
    ['none', '*', undefined],
    ['any', '5', '5'],
    ['any', 'A', undefined],
    ['#2', '2', '2'],
    ['#2', '*', undefined],
  ])('with terminators %s, %s ends it: %s', async (terminators, key, used) => {
    if (terminators === undefined) await call.esl.execute('unset', 'playback_terminators');
    else await call.esl.execute('set', `playback_terminators=${terminators}`);
    const uuid = call.esl.start('playback', 'long.wav');
    await call.esl.nextEvent('PLAYBACK_START');
    await rig.pass(100);
    await call.peer.press(call.rtpPort, key);
    await call.esl.nextEvent('DTMF');
    if (used === undefined) await call.esl.api(`uuid_break ${call.uuid}`);
    const completed = await call.esl.completed(uuid);
    expect((await call.esl.nextEvent('PLAYBACK_STOP')).event['Playback-Status']).toBe('break');
    expect(variablesOf(completed).playback_terminator_used).toBe(used);
    expect(completed.event['Application-Response']).toBe('FILE PLAYED');
  });

  it('plays what was asked for later first, and then goes on with the other', async () => {
    const before = call.peer.heard.length;
    const outer = call.esl.start('playback', 'one.wav', 'outer');
    const inner = call.esl.start('playback', 'two.wav', 'inner');
    await passUntil(outer);
    await call.esl.completed(inner);
    const events = call.esl.log.filter((line) => /PLAYBACK|COMPLETE playback/.test(line));
    expect(events).toEqual([
      'PLAYBACK_START',
      'PLAYBACK_START',
      'PLAYBACK_STOP done',
      'CHANNEL_EXECUTE_COMPLETE playback',
      'PLAYBACK_STOP done',
      'CHANNEL_EXECUTE_COMPLETE playback',
    ]);
    await call.peer.has(before + 17);
    const heard = heardSince(before);
    expect(heard.includes(codesOf('two.wav'))).toBe(true);
    expect(heard.length).toBe(17 * 160);
  });

  it('lets a break end all that runs inside one another', async () => {
    const outer = call.esl.start('playback', 'long.wav', 'outer');
    const inner = call.esl.start('sleep', '60000', 'inner');
    await call.esl.nextEvent('CHANNEL_EXECUTE', (event) => event.Application === 'sleep');
    await call.esl.api(`uuid_break ${call.uuid}`);
    await call.esl.completed(inner);
    await call.esl.completed(outer);
  });

  it('ends with the call, and says that it was not played', async () => {
    const uuid = call.esl.start('playback', 'long.wav');
    await call.esl.nextEvent('PLAYBACK_START');
    await call.wire.bye();
    const completed = await call.esl.completed(uuid);
    expect(completed.event).toMatchObject({ 'Application-Response': 'PLAYBACK ERROR', 'Answer-State': 'hangup' });
    await call.esl.closed;
  });

  it('stops sending on hold, while time goes on, and sends again when it is over', async () => {
    const uuid = call.esl.start('playback', 'long.wav');
    await call.esl.nextEvent('PLAYBACK_START');
    await rig.pass(100);
    call.wire.sequence++;
    call.wire.send('INVITE', { body: call.peer.offer(['a=sendonly']) });
    expect(await call.wire.answered()).toContain('a=recvonly');
    expect((await call.esl.nextEvent('CHANNEL_CALLSTATE')).event['Channel-Call-State']).toBe('HELD');
    const held = rig.core.stats().rtp.sent;
    await rig.pass(1_000);
    expect(rig.core.stats().rtp.sent).toBe(held);
    call.wire.sequence++;
    call.wire.send('INVITE', { body: call.peer.offer() });
    expect(await call.wire.answered()).toContain('a=sendrecv');
    await call.esl.nextEvent('CHANNEL_CALLSTATE', (event) => event['Channel-Call-State'] === 'ACTIVE');
    await rig.pass(100);
    await call.peer.has(held + 4);
    const resumed = call.peer.heard[held];
    const last = call.peer.heard[held - 1];
    expect(resumed?.marker).toBe(true);
    expect(((resumed?.timestamp ?? 0) - (last?.timestamp ?? 0)) >>> 0).toBeGreaterThanOrEqual(8_000);
    expect(resumed?.payload).not.toEqual(silence(160));
    await call.esl.api(`uuid_break ${call.uuid}`);
    expect(Number(variablesOf(await call.esl.completed(uuid)).playback_ms)).toBeGreaterThanOrEqual(1_100);
  });
});

describe('a call to which nothing is played', () => {
  afterEach(() => rig.close());

  it('is sent silence, as the dialplan asks, and a file follows it without a gap', async () => {
    rig = await MediaRig.start({}, files);
    call = await rig.call();
    await rig.pass(200);
    await passUntil(call.esl.start('playback', 'one.wav'));
    await rig.pass(100);
    const { sent } = rig.core.stats().rtp;
    await call.peer.has(sent);
    const { heard } = call.peer;
    expect(heard[0]?.payload).toEqual(silence(160));
    expect(heard.at(-1)?.payload).toEqual(silence(160));
    expect(heardSince(0).includes(codesOf('one.wav'))).toBe(true);
    expect(heard.filter(({ marker }) => marker)).toHaveLength(1);
    const stamps = heard.map(({ timestamp }) => (timestamp - (heard[0]?.timestamp ?? 0)) >>> 0);
    expect(stamps).toEqual(heard.map((_, at) => 160 * at));
  });
});
