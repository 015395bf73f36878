import { describe, expect, it } from 'vitest';
import { type Codec, decode, encode } from './g711.ts';
import { type Prompt, PromptPack } from './prompt-pack.ts';
import { type HeardPrompt, PromptRecogniser } from './recogniser.ts';
import { babble, random } from './synthetic-speech.ts';

const PROMPTS: readonly Prompt[] = [
  { id: 'welcome', caption: 'Welcome.', samples: babble(1, 1500) },
  { id: 'enter-extension', caption: 'Your extension, please.', samples: join(babble(7, 500), babble(2, 900)) },
  { id: 'enter-pin', caption: 'Your PIN, please.', samples: join(babble(7, 500), babble(3, 1200)) },
  { id: 'five', caption: 'five', samples: babble(4, 320) },
  { id: 'one', caption: 'one', samples: babble(5, 260) },
  { id: 'pausing', caption: 'A … pause.', samples: join(babble(8, 400), new Int16Array(6_400), babble(9, 400)) },
];
const PACK = new PromptPack(PROMPTS);

function join(...parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function samplesOf(id: string): Int16Array {
  const prompt = PACK.find(id);
  if (prompt === undefined) throw new Error(`no prompt ${id}`);
  return prompt.samples;
}

interface Sending {
  readonly codec?: Codec;
  readonly frame?: number;
  /** What becomes of the packets on their way. */
  readonly network?: <P>(packets: readonly P[]) => readonly P[];
  /** Goes through the other coding first, as a transcoding media server does. */
  readonly by?: Codec;
  readonly quietAfterMs?: number;
}

/** Sends sound through G.711 and RTP to a recogniser, 8 samples a millisecond, and tells what it heard. */
function hear(sound: Int16Array, sending: Sending = {}): { heard: readonly HeardPrompt[]; changes: string[] } {
  const { codec = 'PCMU', frame = 160, network = (packets) => packets } = sending;
  const changes: string[] = [];
  const recogniser = new PromptRecogniser(PACK, (prompt, change) => changes.push(`${prompt.id} ${change}`));
  const source = sending.by === undefined ? sound : decode(sending.by, encode(sending.by, sound));
  const packets = [];
  for (let from = 0; from < source.length; from += frame) {
    const payload = new Int16Array(frame);
    payload.set(source.subarray(from, from + frame));
    packets.push({ sequence: (65_500 + from / frame) & 0xffff, timestamp: (2 ** 32 - 3_000 + from) >>> 0, payload });
  }
  let at = 0;
  for (const { payload, ...packet } of network(packets)) {
    at = ((packet.timestamp - (2 ** 32 - 3_000)) >>> 0) / 8;
    recogniser.idle(at);
    recogniser.packet({ ...packet, ssrc: 1 }, decode(codec, encode(codec, payload)), at);
  }
  recogniser.idle(at + (sending.quietAfterMs ?? 1_000));
  return { heard: recogniser.prompts, changes };
}

describe.each(['PCMU', 'PCMA'] as const)('a prompt through %s', (codec) => {
  it.each(PROMPTS.map((prompt) => prompt.id))('recognises %s from beginning to end', (id) => {
    const { heard, changes } = hear(samplesOf(id), { codec });
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ id, state: 'complete', startedAt: 0, fromMs: 0, alsoPossible: [] });
    expect(heard[0]?.heardMs).toBe(heard[0]?.lengthMs);
    expect(changes).toEqual([`${id} started`, `${id} ended`]);
  });

  it('recognises prompts one after the other without a gap, at any framing', () => {
    const sound = join(
      new Int16Array(333),
      samplesOf('welcome'),
      samplesOf('five'),
      samplesOf('one'),
      samplesOf('one'),
    );
    for (const frame of [80, 160, 240, 320, 480]) {
      const { heard } = hear(sound, { codec, frame });
      expect(heard.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual([
        'welcome complete',
        'five complete',
        'one complete',
        'one complete',
      ]);
    }
  });

  it('recognises what was transcoded from the other coding', () => {
    const by = codec === 'PCMU' ? 'PCMA' : 'PCMU';
    const { heard } = hear(join(samplesOf('enter-pin'), samplesOf('five')), { codec, by });
    expect(heard.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual(['enter-pin complete', 'five complete']);
  });
});

describe('times and lengths', () => {
  it('says when a prompt started, how much of it was heard and that it was cut, by another prompt', () => {
    const sound = join(new Int16Array(1_600), samplesOf('welcome').subarray(0, 6_400), samplesOf('enter-pin'));
    const { heard } = hear(sound);
    expect(heard.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual(['welcome cut', 'enter-pin complete']);
    expect(heard[0]?.startedAt).toBe(200);
    expect(heard[0]?.heardMs).toBeGreaterThanOrEqual(770);
    expect(heard[0]?.heardMs).toBeLessThanOrEqual(800);
    expect(heard[0]?.endedAt).toBeGreaterThanOrEqual(960);
    expect(heard[0]?.endedAt).toBeLessThanOrEqual(980);
    expect(heard[1]?.startedAt).toBe(1_000);
  });

  it('says that a prompt was cut when the packets stop, and when silence follows instead', () => {
    const cut = samplesOf('welcome').subarray(0, 4_800);
    for (const sound of [cut, join(cut, new Int16Array(8_000))]) {
      const { heard } = hear(sound);
      expect(heard.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual(['welcome cut']);
      expect(heard[0]?.heardMs).toBeGreaterThanOrEqual(550);
      expect(heard[0]?.heardMs).toBeLessThanOrEqual(600);
    }
  });

  it('says where in a prompt the hearing began', () => {
    const { heard } = hear(samplesOf('welcome').subarray(4_000));
    expect(heard).toHaveLength(1);
    expect(heard[0]).toMatchObject({ id: 'welcome', state: 'complete' });
    expect(heard[0]?.fromMs).toBeGreaterThanOrEqual(500);
    expect(heard[0]?.fromMs).toBeLessThan(600);
  });

  it('waits for prompts that begin alike to differ, and names both when they never do', () => {
    expect(hear(samplesOf('enter-pin')).changes[0]).toBe('enter-pin started');
    const { heard } = hear(samplesOf('enter-pin').subarray(0, 3_200));
    expect(heard).toHaveLength(1);
    expect([heard[0]?.id, ...(heard[0]?.alsoPossible ?? [])].sort()).toEqual(['enter-extension', 'enter-pin']);
  });

  it('counts one hearing when the packets pause inside a prompt and go on', () => {
    const sound = samplesOf('welcome');
    const recogniser = new PromptRecogniser(PACK, () => undefined);
    for (let from = 0; from < sound.length; from += 160) {
      const at = from / 8 + (from > 4_000 ? 700 : 0);
      recogniser.idle(at);
      const payload = new Int16Array(160);
      payload.set(sound.subarray(from, from + 160));
      recogniser.packet(
        { sequence: from / 160, timestamp: from, ssrc: 5 },
        decode('PCMU', encode('PCMU', payload)),
        at,
      );
    }
    recogniser.idle(Number.POSITIVE_INFINITY);
    expect(recogniser.prompts.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual(['welcome complete']);
    expect(recogniser.prompts[0]).toMatchObject({ startedAt: 0, fromMs: 0 });
  });

  it.each([-160, 160, 480])('counts one hearing when the sender displaces the sound by %i samples', (shift) => {
    const sound = samplesOf('enter-pin');
    const recogniser = new PromptRecogniser(PACK, () => undefined);
    for (let from = 0; from < sound.length; from += 160) {
      const timestamp = from >= 6_400 ? from + shift : from;
      if (shift < 0 && from === 6_400 + shift) continue;
      const samples = decode('PCMU', encode('PCMU', sound.slice(from, from + 160)));
      recogniser.packet({ sequence: from / 160, timestamp, ssrc: 5 }, samples, timestamp / 8);
    }
    recogniser.idle(Number.POSITIVE_INFINITY);
    expect(recogniser.prompts.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual(['enter-pin complete']);
    expect(recogniser.prompts[0]).toMatchObject({ startedAt: 0, fromMs: 0 });
  });

  it('hears a prompt twice that was cut early and then begins anew', () => {
    const { heard } = hear(join(samplesOf('welcome').subarray(0, 1_200), samplesOf('welcome')));
    expect(heard.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual(['welcome cut', 'welcome complete']);
  });

  it('hears a prompt again when it is repeated after a gap that the timestamps do not show', () => {
    const sound = samplesOf('one');
    const recogniser = new PromptRecogniser(PACK, () => undefined);
    let sequence = 0;
    for (const start of [0, 5_000, 9_000]) {
      for (let from = 0; from < sound.length; from += 160) {
        const payload = new Int16Array(160);
        payload.set(sound.subarray(from, from + 160));
        const at = start + from / 8;
        recogniser.idle(at);
        recogniser.packet(
          { sequence, timestamp: sequence * 160, ssrc: 5 },
          decode('PCMU', encode('PCMU', payload)),
          at,
        );
        sequence++;
      }
    }
    recogniser.idle(Number.POSITIVE_INFINITY);
    expect(recogniser.prompts.map((prompt) => prompt.startedAt)).toEqual([0, 5_000, 9_000]);
  });
});

describe('on a bad network', () => {
  const sound = join(samplesOf('welcome'), samplesOf('enter-extension'), samplesOf('five'), samplesOf('enter-pin'));
  const order = ['welcome', 'enter-extension', 'five', 'enter-pin'];

  it.each([1, 2, 3, 4, 5, 6])('recognises everything with one packet in twenty lost (seed %i)', (seed) => {
    const chance = random(seed);
    const { heard } = hear(sound, { network: (packets) => packets.filter(() => chance() >= 0.05) });
    expect(heard.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual(order.map((id) => `${id} complete`));
  });

  it.each([1, 2, 3])('recognises everything with packets repeated and in the wrong order (seed %i)', (seed) => {
    const chance = random(seed);
    const { heard } = hear(sound, {
      network: (packets) => {
        const shuffled = packets.flatMap((packet) => (chance() < 0.1 ? [packet, packet] : [packet]));
        for (let i = 1; i < shuffled.length; i++) {
          const [before, after] = [shuffled[i - 1], shuffled[i]];
          if (before !== undefined && after !== undefined && chance() < 0.1) shuffled.splice(i - 1, 2, after, before);
        }
        return shuffled;
      },
    });
    expect(heard.map((prompt) => `${prompt.id} ${prompt.state}`)).toEqual(order.map((id) => `${id} complete`));
  });

  it('recognises nothing in speech that is not of the pack, and says how much of it there was', () => {
    const recogniser = new PromptRecogniser(PACK, () => undefined);
    const strange = babble(77, 2_000);
    for (let from = 0; from < strange.length; from += 160) {
      recogniser.packet(
        { sequence: from / 160, timestamp: from, ssrc: 9 },
        strange.subarray(from, from + 160),
        from / 8,
      );
    }
    recogniser.idle(Number.POSITIVE_INFINITY);
    expect(recogniser.prompts).toEqual([]);
    expect(recogniser.unrecognisedMs).toBeGreaterThan(1_000);
  });
});
