import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../domain/error-code.ts';
import type { ComposedMail, MailStamp } from './compose-mail.ts';
import type { Delivery, MailTransport } from './mail-transport.ts';

/** What a mail is called while it is being written; hidden, and mail programs do not open such a file. */
const PART = /^\..+\.part$/;

const partOf = (name: string): string => `.${name}.part`;

/** A local disk takes milliseconds; this is for one that hangs. */
const LONGEST = 10_000;

/**
 * `20261125T093000Z-pin-reset-<id>.eml`: in the order of their queuing, and the same name each time. The id is kept to
 * what no file system and no shell trips over.
 */
function fileName({ queuedAt, kind, id }: MailStamp): string {
  const date = new Date(queuedAt).toISOString().replace(/[-:]|\.\d+/g, '');
  return `${date}-${kind}-${id.replace(/[^A-Za-z0-9-]/g, '_')}.eml`;
}

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

/** A folder of mails: one .eml file each, mode 0600 in a folder of mode 0700. */
class MailFolder implements MailTransport {
  readonly kind = 'folder';
  readonly longest = LONGEST;
  readonly #folder: string;
  #prepared: Promise<void> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async send(mail: ComposedMail): Promise<Delivery> {
    const name = fileName(mail);
    try {
      await this.#prepare();
      await this.#write(name, mail.message);
      return { kind: 'delivered', where: join(this.#folder, name) };
    } catch (error) {
      // The messages of the file system have paths in them; its codes say as much.
      const why = errorCode(error) ?? 'unknown';
      return { kind: 'postponed', because: 'set-up', error: `The mail cannot be written: ${why}` };
    }
  }

  close(): void {}

  /** Makes the folder, and removes what a crash left half written: it may have a PIN in it. Tried again until it succeeds. */
  async #prepare(): Promise<void> {
    this.#prepared ??= this.#makeFolder();
    try {
      await this.#prepared;
    } catch (error) {
      this.#prepared = undefined;
      throw error;
    }
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const left = (await readdir(this.#folder)).filter((name) => PART.test(name));
    await Promise.all(left.map((name) => rm(join(this.#folder, name), { force: true })));
  }

  /** The mail appears under its name whole or not at all, whenever the program dies; once more, it takes its own place. */
  async #write(name: string, content: Buffer): Promise<void> {
    const part = join(this.#folder, partOf(name));
    await rm(part, { force: true });
    try {
      const handle = await open(part, 'wx', 0o600);
      try {
        await handle.writeFile(content);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(part, join(this.#folder, name));
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    }
    await syncFolder(this.#folder);
  }
}

/**
 * Writes mails into a folder, which is made when it is not there. For one process at a time: it removes what it finds
 * half written.
 */
export function folderTransport(folder: string): MailTransport {
  return new MailFolder(folder);
}
