import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MediaRig, pattern, type RigCall, variablesOf } from '../../testing/media/media-rig.ts';

let rig: MediaRig;
let call: RigCall;

beforeEach(async () => {
  rig = await MediaRig.start({}, { 'ask.wav': pattern(8_000), 'bad.wav': pattern(800) });
  call = await rig.call();
});

afterEach(() => rig.close());

/** Presses keys, each told before the next one. */
async function press(keys: string): Promise<void> {
  for (const key of keys) {
    await call.peer.press(call.rtpPort, key);
    await call.esl.nextEvent('DTMF', (event) => event['DTMF-Digit'] === key);
  }
}

const started = (file: string) => call.esl.nextEvent('PLAYBACK_START', (event) => event['Playback-File-Path'] === file);
const stopped = (file: string) => call.esl.nextEvent('PLAYBACK_STOP', (event) => event['Playback-File-Path'] === file);

/** Starts it and gives its variables when it has completed. */
function ask(argument: string) {
  const uuid = call.esl.start('play_and_get_digits', argument);
  return call.esl
    .completed(uuid)
    .then((frame) => ({ ...variablesOf(frame), response: frame.event['Application-Response'] }));
}

describe('play_and_get_digits', () => {
  it('stops the prompt at the first key, and collects up to the terminator', async () => {
    const answer = ask('1 6 1 3000 # ask.wav bad.wav digits \\d+ 1500');
    await started('ask.wav');
    await rig.pass(100);
    await press('1');
    expect((await stopped('ask.wav')).event['Playback-Status']).toBe('break');
    await press('23#');
    expect(await answer).toMatchObject({
      digits: '123',
      read_result: 'success',
      read_terminator_used: '#',
      response: '_none_',
    });
  });

  it('collects as many as it may', async () => {
    const answer = ask('1 4 1 3000 # silence bad.wav digits \\d+');
    await press('9876');
    expect(await answer).toMatchObject({ digits: '9876' });
  });

  it('takes what there is after a pause', async () => {
    const answer = ask('2 9 1 3000 # silence bad.wav digits \\d+ 500');
    await press('12');
    await rig.pass(500);
    expect(await answer).toMatchObject({ digits: '12', read_result: 'timeout' });
  });

  it('waits for the first key as long as it may, tells of the failure, and tries again', async () => {
    const answer = ask('1 4 2 2000 # ask.wav bad.wav digits \\d+ 500');
    await started('ask.wav');
    await rig.pass(1_000);
    await stopped('ask.wav');
    await rig.pass(2_000);
    await started('bad.wav');
    await rig.pass(200);
    await started('ask.wav');
    await press('5');
    await rig.pass(500);
    expect(await answer).toMatchObject({ digits: '5' });
  });

  it('keeps keys that come during the complaint for the next try', async () => {
    const answer = ask('1 4 2 1000 # silence ask.wav digits \\d+ 500');
    await rig.pass(1_000);
    await started('ask.wav');
    await press('42#');
    await rig.pass(1_000);
    expect(await answer).toMatchObject({ digits: '42' });
  });

  it('puts what does not match aside', async () => {
    const answer = ask('1 4 1 1000 # silence bad.wav digits ^5 500');
    await press('123#');
    await started('bad.wav');
    await rig.pass(200);
    const variables = await answer;
    expect(variables).toMatchObject({ digits_invalid: '123' });
    expect(variables).not.toHaveProperty('digits');
  });

  it.each(['1 4 1 1000 # silence bad.wav digits ( 500', ''])('does not fail on bad arguments: %j', async (argument) => {
    const answer = ask(argument);
    if (argument !== '') {
      await press('1#');
      await started('bad.wav');
      await rig.pass(200);
    }
    expect(await answer).not.toHaveProperty('digits');
  });

  it('ends at a break while it collects, and when the call ends', async () => {
    const broken = ask('1 4 3 60000 # silence bad.wav digits \\d+');
    await call.esl.nextEvent('CHANNEL_EXECUTE', (event) => event.Application === 'play_and_get_digits');
    await call.esl.api(`uuid_break ${call.uuid}`);
    await broken;
    const answer = ask('1 4 3 60000 # ask.wav bad.wav digits \\d+');
    await started('ask.wav');
    await call.wire.bye();
    await answer;
    await call.esl.closed;
    await rig.clock.advance(1_500);
    expect(rig.core.stats()).toMatchObject({ channels: 0, boundPorts: 0, pacedStreams: 0 });
  });
});
