import { randomBytes } from 'node:crypto';
import { type FileHandle, link, mkdir, open, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../domain/error-code.ts';
import type { Log } from '../domain/log.ts';
import { KeyFileRefused } from './key-file-refused.ts';

/** Read or write by others; write by the group. The group may read: that is how containers are handed secrets. */
const EXPOSING = 0o027;
const GROUP_READ = 0o040;

function requireGuarded(file: string, mode: number, log: Log): void {
  // Windows reports no such modes; the folder's access list guards the file there.
  if (process.platform === 'win32') return;
  if ((mode & EXPOSING) !== 0) {
    const sentence = `The key file ${file} can be read or changed by others than its owner; chmod 600 it.`;
    throw new KeyFileRefused('exposed', file, sentence);
  }
  if ((mode & GROUP_READ) !== 0) log.warn({ file }, 'The key file can be read by its whole group');
}

/**
 * The text of the key file; undefined when there is none.
 *
 * @throws KeyFileRefused when it cannot be read, or others than its owner can.
 */
export async function readGuarded(file: string, log: Log): Promise<string | undefined> {
  try {
    await using handle = await open(file, 'r');
    // Asked of the open file, so that what is checked is what is read.
    const about = await handle.stat();
    if (!about.isFile()) throw new KeyFileRefused('unreadable', file, `The key file ${file} is not a file.`);
    requireGuarded(file, about.mode, log);
    return await handle.readFile('utf8');
  } catch (error) {
    if (error instanceof KeyFileRefused) throw error;
    if (errorCode(error) === 'ENOENT') return undefined;
    throw new KeyFileRefused('unreadable', file, `The key file ${file} cannot be read (${errorCode(error)}).`, error);
  }
}

/** Makes directory entries survive a power failure; Windows has no such call, and needs none. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}

/**
 * Puts a secret into a file of mode 0600, in the place of what is there, whole or not at all, also when the power fails.
 * Rejects with the system's error when it cannot.
 */
export async function putSecretFile(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = await writeDraft(file, text);
  try {
    await rename(draft, file);
  } catch (error) {
    await unlink(draft);
    throw error;
  }
  await syncFolder(dirname(file));
}

/** Writes a file beside `file`, mode 0600 at first, safe on the disk; `prepare` may change what it has besides a text. */
async function writeDraft(
  file: string,
  text: string,
  prepare: (handle: FileHandle) => Promise<void> = async () => undefined,
): Promise<string> {
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`;
  await using handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await prepare(handle);
    await handle.sync();
    return draft;
  } catch (error) {
    await unlink(draft);
    throw error;
  }
}

/**
 * Makes the key file: beside its place, and then linked there, so that whoever looks finds no file or a whole one, and of
 * two processes that start at once one wins and the other uses its key. A rename would replace a key already in use.
 *
 * @throws KeyFileRefused when it cannot be made; not when it is there already.
 */
export async function createKeyFile(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const draft = await writeDraft(file, text);
    try {
      await link(draft, file);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    } finally {
      await unlink(draft);
    }
    await syncFolder(dirname(file));
  } catch (error) {
    throw new KeyFileRefused('unwritable', file, `The key file ${file} cannot be made (${errorCode(error)}).`, error);
  }
}

/** A key file that lies ready beside the one that it is to replace. */
export interface StagedKeyFile {
  /**
   * Puts it in the other's place, whole or not at all, also when the power fails. Where the path is a symbolic link, what
   * it points to is replaced. No copy of the old file is kept.
   *
   * @throws KeyFileRefused when it cannot, and then the old one is as it was and this one is gone.
   */
  put(): Promise<void>;
  /** Removes it instead. */
  discard(): Promise<void>;
}

/**
 * Writes what the key file is to hold beside it, with the same owner, group and mode.
 *
 * @throws KeyFileRefused when it cannot be written.
 */
export async function stageKeyFile(file: string, text: string): Promise<StagedKeyFile> {
  try {
    const place = await realpath(file);
    const { mode, uid, gid } = await stat(place);
    const draft = await writeDraft(place, text, async (handle) => {
      if (process.platform === 'win32') return;
      const own = await handle.stat();
      // Before the mode: another group must not read what it may not.
      if (own.uid !== uid || own.gid !== gid) await handle.chown(uid, gid);
      await handle.chmod(mode & 0o777);
    });
    return { put: () => putDraft(file, draft, place), discard: () => unlink(draft) };
  } catch (error) {
    throw notReplaced(file, error);
  }
}

async function putDraft(file: string, draft: string, place: string): Promise<void> {
  try {
    await rename(draft, place);
  } catch (error) {
    await unlink(draft);
    throw notReplaced(file, error);
  }
  await syncFolder(dirname(place));
}

function notReplaced(file: string, error: unknown): KeyFileRefused {
  const sentence = `The key file ${file} cannot be replaced (${errorCode(error)}); run this as its owner, where its folder can be written.`;
  return new KeyFileRefused('unwritable', file, sentence, error);
}
