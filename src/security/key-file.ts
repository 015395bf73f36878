import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../domain/log.ts';
import type { PinKeyStore } from '../services/ports/pin-key-store.ts';
import { KeyFileRefused } from './key-file-refused.ts';
import { checkValueOf, isKeyOf, type PinKey, type PinKeys } from './pin-keys.ts';

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** Read or write by others; write by the group. The group may read: that is how containers are handed secrets. */
const EXPOSING = 0o027;
const GROUP_READ = 0o040;

export interface OpenKeyFileOptions {
  readonly file: string;
  /** Whether to make the file when it is not there and no PIN has been hashed yet. */
  readonly create: boolean;
  /** What the database knows of the keys that its hashes were made with. */
  readonly pinKeys: PinKeyStore;
  readonly log: Log;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function newKeyFile(): string {
  const key = { id: randomBytes(6).toString('base64url'), pinKey: randomBytes(KEY_BYTES).toString('base64') };
  return `${JSON.stringify({ keys: [key] }, null, 2)}\n`;
}

/** Makes directory entries survive a power failure; Windows has no such call, and needs none. */
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
 * Writes a new key beside its place and then links it there: whoever looks finds no file or a whole one, and of two
 * processes that start at once one wins and the other uses its key. A rename would replace a key already in use.
 */
async function createKeyFile(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(newKeyFile());
      await handle.sync();
    } finally {
      await handle.close();
    }
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    await unlink(draft);
  }
  await syncFolder(dirname(file));
}

function requireGuarded(file: string, mode: number, log: Log): void {
  // Windows reports no such modes; the folder's access list guards the file there.
  if (process.platform === 'win32') return;
  if ((mode & EXPOSING) !== 0) {
    const sentence = `The key file ${file} can be read or changed by others than its owner; chmod 600 it.`;
    throw new KeyFileRefused('exposed', file, sentence);
  }
  if ((mode & GROUP_READ) !== 0) log.warn({ file }, 'The key file can be read by its whole group');
}

/** The text of the file; undefined when there is none. */
async function readGuarded(file: string, log: Log): Promise<string | undefined> {
  try {
    const handle = await open(file, 'r');
    try {
      // Asked of the open file, so that what is checked is what is read.
      requireGuarded(file, (await handle.stat()).mode, log);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof KeyFileRefused) throw error;
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new KeyFileRefused('unreadable', file, `The key file ${file} cannot be read (${codeOf(error)}).`, error);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function parseKey(entry: unknown): PinKey | undefined {
  if (!isRecord(entry)) return undefined;
  const { id, pinKey } = entry;
  if (typeof id !== 'string' || !KEY_ID.test(id) || typeof pinKey !== 'string') return undefined;
  const key = Buffer.from(pinKey, 'base64');
  // Node skips what is not base64, so only a text that is written back the same was base64 throughout.
  return key.length === KEY_BYTES && key.toString('base64') === pinKey ? { id, key } : undefined;
}

function parseKeys(text: string): PinKeys | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const entries = isRecord(content) && Array.isArray(content.keys) ? content.keys : [];
  const keys = entries.map(parseKey).filter((key) => key !== undefined);
  const [current, ...older] = keys;
  const sound = keys.length === entries.length && new Set(keys.map((key) => key.id)).size === keys.length;
  return current !== undefined && sound ? [current, ...older] : undefined;
}

async function readOrCreate({ file, create, pinKeys, log }: OpenKeyFileOptions): Promise<string> {
  const text = await readGuarded(file, log);
  if (text !== undefined) return text;
  if ((await pinKeys.all()).length > 0) {
    const sentence = `The key file ${file} is missing, and without it no stored PIN can be checked; put it back.`;
    throw new KeyFileRefused('missing', file, sentence);
  }
  if (!create) {
    const sentence = `The key file ${file} is missing; put it there, or name none and one is made in DATA_DIR.`;
    throw new KeyFileRefused('missing', file, sentence);
  }
  try {
    await createKeyFile(file);
  } catch (error) {
    throw new KeyFileRefused('unreadable', file, `The key file ${file} cannot be made (${codeOf(error)}).`, error);
  }
  log.info({ file }, 'A key file has been made; keep a copy of it apart from the backups of the database');
  return readFile(file, 'utf8');
}

/** Refuses keys that are not the ones the database was used with, and enters those that are new to it. */
async function matchWithDatabase(keys: PinKeys, { file, pinKeys }: OpenKeyFileOptions): Promise<void> {
  const known = await pinKeys.all();
  for (const { keyId, check } of known) {
    const key = keys.find(({ id }) => id === keyId);
    if (key === undefined || !isKeyOf(key, check)) {
      const sentence = `The key file ${file} does not belong to this database: stored PINs need key ${keyId}, which it ${
        key === undefined ? 'does not have' : 'has another key for'
      }. Put the right file back.`;
      throw new KeyFileRefused('wrong', file, sentence);
    }
  }
  for (const key of keys) {
    if (!known.some(({ keyId }) => keyId === key.id)) {
      await pinKeys.insert({ keyId: key.id, check: checkValueOf(key) });
    }
  }
}

/**
 * Reads the key file, or makes it, and makes sure that it belongs to the database, so that a lost or wrong one is an
 * error at start and not a flood of failed sign-ins.
 *
 * @throws KeyFileRefused, saying what to do. Throws what the database throws when it fails.
 */
export async function openKeyFile(options: OpenKeyFileOptions): Promise<PinKeys> {
  const keys = parseKeys(await readOrCreate(options));
  if (keys === undefined) {
    const sentence = `The key file ${options.file} is damaged or not a key file; put a copy of it back.`;
    throw new KeyFileRefused('malformed', options.file, sentence);
  }
  await matchWithDatabase(keys, options);
  return keys;
}
