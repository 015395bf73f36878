import { type BigIntStats, statSync } from 'node:fs';
import { DatabaseRefused } from '../database-refused.ts';

/** The file that a path leads to; undefined when there is none. */
function fileAt(path: string): Pick<BigIntStats, 'dev' | 'ino'> | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false });
}

/**
 * A database file that is to stay where it was when it was opened. One that is removed, moved or replaced meanwhile is
 * written to as before, and all of it is lost with the last process that has it open; a copy put in its place is
 * damaged by the log of the other (sqlite.org/howtocorrupt.html, section 4).
 */
export class FileInPlace {
  readonly #path: string;
  readonly #opened: ReturnType<typeof fileAt>;

  /** @param path of a file that is open. */
  constructor(path: string) {
    this.#path = path;
    this.#opened = fileAt(path);
  }

  /**
   * A few microseconds.
   *
   * @throws DatabaseRefused when another file is there now, or none.
   */
  require(): void {
    const now = fileAt(this.#path);
    if (now === undefined || now.ino !== this.#opened?.ino || now.dev !== this.#opened.dev) {
      throw new DatabaseRefused('moved', this.#path);
    }
  }
}
