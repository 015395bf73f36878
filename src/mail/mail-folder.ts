import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What the name of a file ends with until its mail is delivered; mail programs do not open such a file. */
const STAGED = '.staged';

/** A name of our own making: no folder, no hidden file, nothing a shell or a mail program could trip over. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._@+-]{0,199}\.eml$/;

/** Makes renamed and new entries of a folder survive a power failure; Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * A folder of mails, one .eml file each, mode 0600 in a folder of mode 0700. A mail is first staged, then delivered:
 * it appears under its name whole or not at all, whenever the program dies.
 */
export class MailFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where a delivered mail is. */
  pathOf(name: string): string {
    return join(this.#folder, name);
  }

  /** Writes a mail under a name that is not used yet; it survives a crash from when this resolves. */
  async stage(name: string, content: Buffer): Promise<void> {
    if (!FILE_NAME.test(name)) throw new Error('The name of a mail file has a character that it may not have');
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const handle = await open(this.pathOf(name) + STAGED, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await syncFolder(this.#folder);
  }

  /** Gives a staged mail its name. */
  async deliver(name: string): Promise<void> {
    await rename(this.pathOf(name) + STAGED, this.pathOf(name));
    await syncFolder(this.#folder);
  }

  /** Removes a staged mail; of no consequence when there is none. */
  async discard(name: string): Promise<void> {
    await rm(this.pathOf(name) + STAGED, { force: true });
  }

  /** The names of the staged mails. */
  async staged(): Promise<readonly string[]> {
    const entries = await readdir(this.#folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return entries
      .filter((entry) => entry.endsWith(STAGED))
      .map((entry) => entry.slice(0, -STAGED.length))
      .filter((name) => FILE_NAME.test(name));
  }
}
