import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Log } from '../log.ts';
import { type AudioClip, makeClip } from '../rtp/audio-source.ts';
import { readWav } from './wav.ts';

export interface PromptStoreOptions {
  /** The folder that files are played from; relative names are looked up in it, and nothing outside is played. */
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** How much decoded audio is kept, in bytes; the least recently played goes first. */
  readonly mostBytes?: number;
}

interface Entry {
  readonly clip: AudioClip;
  readonly modified: number;
  readonly size: number;
  /** When it was last compared with the file, in monotonic milliseconds. */
  checked: number;
}

const defaultMostBytes = 256 * 1_048_576;
/** A file longer than this is not loaded: about 17 minutes of 16-bit audio. */
const largestFile = 16 * 1_048_576;
/** How long a clip is played without looking at its file again, in milliseconds. */
const freshFor = 2_000;

/**
 * Prompts, decoded and encoded once and shared by all calls. A file that changes is noticed a moment later. Paths are
 * followed to where they lead, links included: what is not below the folder does not exist.
 */
export class PromptStore {
  readonly #options: PromptStoreOptions;
  readonly #folder: string;
  /** By path as asked for, the least recently played first. */
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<AudioClip | undefined>>();
  #bytes = 0;

  constructor(options: PromptStoreOptions) {
    this.#options = options;
    this.#folder = resolve(options.folder);
  }

  /** Bytes of decoded audio that are kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Loads every WAV file below the folder, so that no call waits for the disk. Rejects when the folder is not there. */
  async preload(): Promise<void> {
    const found = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    for (const file of found) {
      if (!file.isFile() || !file.name.endsWith('.wav')) continue;
      if (this.#bytes >= (this.#options.mostBytes ?? defaultMostBytes)) return;
      await this.#load(join(file.parentPath, file.name));
    }
  }

  /**
   * The clip of a file. It comes at once when it is known and was compared with the file lately, else later.
   *
   * @param name an absolute path below the folder, or a path in it; a name without an ending gets `.wav`.
   * @returns `undefined` for a file that is not there, not below the folder, or cannot be played (which is logged).
   */
  open(name: string): AudioClip | undefined | Promise<AudioClip | undefined> {
    if (name.includes('\0')) return undefined;
    const path = resolve(this.#folder, /\.[^./\\]+$/.test(name) ? name : `${name}.wav`);
    if (!isBelow(this.#folder, path)) return undefined;
    const entry = this.#entries.get(path);
    if (entry !== undefined && this.#options.clock.monotonic() - entry.checked < freshFor) {
      // To the end of the queue: it was played last.
      this.#entries.delete(path);
      this.#entries.set(path, entry);
      return entry.clip;
    }
    return this.#load(path);
  }

  /** Reads a file, or finds that it has not changed; several calls that ask at once share the work. */
  #load(path: string): Promise<AudioClip | undefined> {
    const running = this.#loading.get(path);
    if (running !== undefined) return running;
    const loading = this.#read(path).finally(() => this.#loading.delete(path));
    this.#loading.set(path, loading);
    return loading;
  }

  async #read(path: string): Promise<AudioClip | undefined> {
    try {
      const real = await realpath(path);
      if (!isBelow(await realpath(this.#folder), real)) return this.#forget(path);
      const facts = await stat(real);
      const known = this.#entries.get(path);
      if (known !== undefined && known.modified === facts.mtimeMs && known.size === facts.size) {
        known.checked = this.#options.clock.monotonic();
        return known.clip;
      }
      this.#forget(path);
      if (!facts.isFile()) return undefined;
      if (facts.size > largestFile) return this.#refuse(path, 'it is too large');
      const samples = readWav(await readFile(real));
      if ('fault' in samples) return this.#refuse(path, samples.fault);
      const clip = makeClip(samples);
      this.#keep(path, {
        clip,
        modified: facts.mtimeMs,
        size: facts.size,
        checked: this.#options.clock.monotonic(),
      });
      return clip;
    } catch (error) {
      // A missing file is an answer; everything else is worth a line.
      if (!isMissing(error)) this.#refuse(path, error instanceof Error ? error.message : String(error));
      return this.#forget(path);
    }
  }

  #keep(path: string, entry: Entry): void {
    this.#entries.set(path, entry);
    this.#bytes += 2 * entry.clip.samples;
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= (this.#options.mostBytes ?? defaultMostBytes)) return;
      this.#forget(oldest);
    }
  }

  #forget(path: string): undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    this.#entries.delete(path);
    this.#bytes -= 2 * entry.clip.samples;
  }

  #refuse(path: string, fault: string): undefined {
    this.#options.log.warn({ path, fault }, 'A prompt cannot be played');
  }
}

function isBelow(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG';
}
