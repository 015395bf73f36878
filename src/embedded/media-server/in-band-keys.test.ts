import { afterEach, beforeEach, expect, it } from 'vitest';
import { MediaRig, type RigCall } from '../../testing/media/media-rig.ts';
import { encode } from '../../testing/phone/g711.ts';
import { keyTones } from '../../testing/phone/key-tones.ts';

let rig: MediaRig;
let call: RigCall;

beforeEach(async () => {
  rig = await MediaRig.start();
  call = await rig.call();
});

afterEach(() => rig.close());

/** Sends keys' tones for so many milliseconds, 80 when not told otherwise, and as much quiet after each. */
async function sound(keys: string, milliseconds = 80): Promise<void> {
  const { peer, rtpPort } = call;
  const quiet = new Int16Array(8 * milliseconds);
  const samples = Int16Array.from([...keys].flatMap((key) => [...keyTones(key, milliseconds), ...quiet]));
  const codes = encode('PCMU', samples);
  for (let at = 0; at < codes.length; at += 160) {
    await peer.send(rtpPort, 0, codes.subarray(at, at + 160));
    peer.timestamp += 160;
  }
}

it('tells keys in the audio between start_dtmf and stop_dtmf, and where they came from', async () => {
  const { esl, peer, rtpPort } = call;
  await sound('1');
  await esl.execute('start_dtmf');
  await sound('7');
  const { event } = await esl.nextEvent('DTMF');
  expect(event).toMatchObject({ 'DTMF-Digit': '7', 'DTMF-Source': 'INBAND_AUDIO' });
  expect(Number(event['DTMF-Duration'])).toBeGreaterThanOrEqual(400);
  await peer.press(rtpPort, '3');
  expect((await esl.nextEvent('DTMF')).event).toMatchObject({ 'DTMF-Digit': '3', 'DTMF-Source': 'RTP' });
  await esl.execute('stop_dtmf');
  await sound('2');
  await peer.press(rtpPort, '4');
  expect((await esl.nextEvent('DTMF')).event).toMatchObject({ 'DTMF-Digit': '4', 'DTMF-Source': 'RTP' });
  expect(JSON.stringify(rig.log.lines)).not.toContain('DTMF');
});

it('tells each of many keys that come as fast as they may', async () => {
  const { esl } = call;
  await esl.execute('start_dtmf');
  const keys = '1122334455667788990**##A';
  await sound(keys, 40);
  let told = '';
  for (const _ of keys) told += (await esl.nextEvent('DTMF')).event['DTMF-Digit'];
  expect(told).toBe(keys);
});

it('ends a prompt by a key in the audio, as by any other', async () => {
  const { esl } = call;
  await esl.execute('start_dtmf');
  await esl.execute('set', 'playback_terminators=#');
  const playing = esl.start('playback', 'silence_stream://-1');
  await esl.nextEvent('PLAYBACK_START');
  await sound('#');
  expect((await esl.completed(playing)).event).toMatchObject({ variable_playback_terminator_used: '#' });
});
