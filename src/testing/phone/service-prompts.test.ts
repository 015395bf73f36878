import { beforeAll, describe, expect, it } from 'vitest';
import { lose } from './disturbances.ts';
import { type Codec, decode, encode } from './g711.ts';
import { loadServicePrompts } from './phone.ts';
import type { PromptPack } from './prompt-pack.ts';
import { type HeardPrompt, PromptRecogniser } from './recogniser.ts';
import type { RtpPacket } from './rtp.ts';

let pack: PromptPack;

beforeAll(async () => {
  pack = await loadServicePrompts();
});

/** Plays prompts one after the other without a gap, `offset` samples into the first frame. */
function hear(ids: readonly string[], codec: Codec, offset: number, lost: number): readonly HeardPrompt[] {
  const sounds = ids.map((id) => pack.find(id)?.samples ?? new Int16Array(0));
  const whole = new Int16Array(sounds.reduce((length, sound) => length + sound.length, offset));
  let end = offset;
  for (const sound of sounds) {
    whole.set(sound, end);
    end += sound.length;
  }
  const recogniser = new PromptRecogniser(pack, () => undefined);
  const disturb = lose(lost, offset + 1);
  for (let from = 0; from < whole.length; from += 160) {
    const frame = new Int16Array(160);
    frame.set(whole.subarray(from, from + 160));
    const payload = encode(codec, frame);
    const packet: RtpPacket = {
      payloadType: 0,
      marker: false,
      ssrc: 1,
      sequence: from / 160,
      timestamp: from,
      payload,
    };
    for (const each of disturb(packet, from / 160)) recogniser.packet(each, decode(codec, each.payload), from / 8);
    recogniser.idle(from / 8);
  }
  recogniser.idle(Number.POSITIVE_INFINITY);
  return recogniser.prompts;
}

describe.each(['PCMU', 'PCMA'] as const)('the prompts of the service in %s', (codec) => {
  it('are each recognised as themselves, from beginning to end', () => {
    for (const { id } of pack.prompts) {
      const heard = hear([id], codec, 37, 0);
      expect(heard.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual([`${id} complete`]);
      expect(heard[0]).toMatchObject({ fromMs: 0, startedAt: 0 });
    }
  });

  it.each([0, 0.05])('are recognised in a row, with a share of %f of the packets lost', (lost) => {
    const ids = pack.prompts.filter((prompt) => prompt.samples.length > 4_000).map((prompt) => prompt.id);
    const heard = hear(ids, codec, 91, lost);
    expect(heard.map((prompt) => prompt.id)).toEqual(ids);
    expect(heard.map((prompt) => prompt.state)).toEqual(ids.map(() => 'complete'));
  });

  it('are recognised in a spoken extension', () => {
    const ids = ['mailbox-of', 'digit-5', 'digit-1', 'digit-2', 'digit-3', 'digit-4-final', 'enter-pin-known-caller'];
    expect(hear(ids, codec, 0, 0).map((prompt) => prompt.id)).toEqual(ids);
  });
});
