import { randomFillSync } from 'node:crypto';
import { type AudioSource, ClipSource, makeClip, SilenceSource } from '../rtp/audio-source.ts';
import type { G711Law } from '../rtp/g711.ts';
import type { PromptStore } from './prompt-store.ts';
import { makeTones } from './tone-script.ts';

const samplesPerMillisecond = 8;
const mostParts = 128;

/** Sources one after another, without a gap. */
class Sequence implements AudioSource {
  readonly #sources: AudioSource[];
  #position = 0;

  constructor(sources: readonly AudioSource[]) {
    this.#sources = sources.filter((source) => !source.ended);
  }

  get ended(): boolean {
    return this.#sources.length === 0;
  }

  get position(): number {
    return this.#position;
  }

  read(target: Uint8Array, offset: number, samples: number, law: G711Law): number {
    let read = 0;
    for (let first = this.#sources[0]; first !== undefined && read < samples; first = this.#sources[0]) {
      read += first.read(target, offset + read, samples - read, law);
      if (first.ended) this.#sources.shift();
    }
    this.#position += read;
    return read;
  }
}

/** The beginning of a source, of a length in samples. */
export class Limited implements AudioSource {
  readonly #source: AudioSource;
  readonly #limit: number;

  constructor(source: AudioSource, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  get ended(): boolean {
    return this.#source.ended || this.position >= this.#limit;
  }

  get position(): number {
    return this.#source.position;
  }

  read(target: Uint8Array, offset: number, samples: number, law: G711Law): number {
    return this.#source.read(target, offset, Math.min(samples, this.#limit - this.position), law);
  }
}

/**
 * Opens what a `playback` names, as FreeSWITCH's file modules do: `silence_stream://`, `tone_stream://`,
 * `file_string://` with parts separated by "!", or a file of the prompt store. `{loops=n}` may stand in front.
 *
 * @param start where to begin in a file, in samples.
 * @returns `undefined` for what cannot be opened; a promise when a file has to be looked at.
 */
export function openAudio(
  name: string,
  prompts: PromptStore,
  start = 0,
): AudioSource | undefined | Promise<AudioSource | undefined> {
  const params = /^\{([^{}]*)\} */.exec(name);
  const bare = params === null ? name : name.slice(params[0].length);
  const scheme = /^([a-z_]+):\/\/(.*)$/is.exec(bare);
  if (scheme === null) {
    const clip = prompts.open(bare);
    if (clip instanceof Promise) return clip.then((loaded) => loaded && new ClipSource(loaded, start));
    return clip && new ClipSource(clip, start);
  }
  const [, kind = '', rest = ''] = scheme;
  switch (kind.toLowerCase()) {
    case 'silence_stream':
      return openSilence(rest);
    case 'tone_stream':
      return openTones(rest, params?.[1] ?? '');
    case 'file_string':
      return openAll(rest.split('!').slice(0, mostParts), prompts);
    default:
      return undefined;
  }
}

/** Milliseconds, −1 for ever; after a comma the divisor of a noise that fills it, where 0 or nothing is silence. */
function openSilence(text: string): AudioSource | undefined {
  const milliseconds = Number.parseInt(text, 10) || 0;
  if (milliseconds === 0) return undefined;
  const samples = milliseconds < 0 ? Number.POSITIVE_INFINITY : milliseconds * samplesPerMillisecond;
  const divisor = Number.parseInt(/,\s*(\d+)/.exec(text)?.[1] ?? '', 10) || 0;
  if (divisor === 0) return new SilenceSource(samples);
  const noise = randomFillSync(new Int16Array(8_000)).map((sample) => Math.trunc(sample / divisor));
  return new Limited(new ClipSource(makeClip(noise), 0, Number.POSITIVE_INFINITY), samples);
}

/** A tone script, played once more for each of `loops`; −1 is for ever. */
function openTones(text: string, params: string): AudioSource | undefined {
  const suffix = /;loops=(-?\d+)/i.exec(text);
  const loops = Number.parseInt(suffix?.[1] ?? /(?:^|,)loops=(-?\d+)/i.exec(params)?.[1] ?? '0', 10);
  const clip = makeTones(suffix === null ? text : text.slice(0, suffix.index));
  return clip && new ClipSource(clip, 0, loops < 0 ? Number.POSITIVE_INFINITY : Math.max(1, loops));
}

/** Those parts that can be opened, one after another; `undefined` when none can. */
async function openAll(names: readonly string[], prompts: PromptStore): Promise<AudioSource | undefined> {
  const opened: AudioSource[] = [];
  for (const name of names) {
    const source = /^file_string:/i.test(name) ? undefined : await openAudio(name, prompts);
    if (source !== undefined) opened.push(source);
  }
  return opened.length === 0 ? undefined : new Sequence(opened);
}
