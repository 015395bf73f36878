import type { Log } from '../domain/log.ts';
import type { PinKeyStore } from '../services/ports/pin-key-store.ts';
import { checkValueOf, isKeyOf } from './key-check.ts';
import { createKeyFile, readGuarded } from './key-file-access.ts';
import { formatKeyFile, newKey, parseKeyFile } from './key-file-format.ts';
import { KeyFileRefused } from './key-file-refused.ts';
import type { KeyRing, PinKey, RetiredKey } from './pin-keys.ts';

export interface ReadKeyFileOptions {
  readonly file: string;
  /** What the database knows of the keys that it has been used with. */
  readonly pinKeys: PinKeyStore;
  readonly log: Log;
}

export interface OpenKeyFileOptions extends ReadKeyFileOptions {
  /** Whether to make the file when it is not there and the database has been used with no key yet. */
  readonly create: boolean;
}

async function missing({ file, pinKeys }: ReadKeyFileOptions): Promise<KeyFileRefused> {
  const sentence =
    (await pinKeys.all()).length > 0
      ? `The key file ${file} is missing, and without it no stored PIN can be checked; put it back.`
      : `The key file ${file} is missing; put it there, or name none and one is made in DATA_DIR.`;
  return new KeyFileRefused('missing', file, sentence);
}

async function readOrCreate(options: OpenKeyFileOptions): Promise<string> {
  const { file, log } = options;
  const text = await readGuarded(file, log);
  if (text !== undefined) return text;
  if (!options.create || (await options.pinKeys.all()).length > 0) {
    // Another process that starts makes the file before it enters the key, so that if it did both meanwhile, it is there.
    const since = await readGuarded(file, log);
    if (since !== undefined) return since;
    throw await missing(options);
  }
  await createKeyFile(file, formatKeyFile({ keys: [newKey()], retired: [] }));
  log.info({ file }, 'A key file has been made; keep a copy of it apart from the backups of the database');
  const made = await readGuarded(file, log);
  if (made === undefined) throw await missing(options);
  return made;
}

function parse(file: string, text: string): KeyRing {
  const ring = parseKeyFile(text);
  if (ring !== undefined) return ring;
  const sentence = `The key file ${file} is damaged or not a key file; put a copy of it back.`;
  throw new KeyFileRefused('malformed', file, sentence);
}

/** What is wrong with the key that the file has for an id; undefined when it is the right one. */
function faultOf(key: PinKey | RetiredKey | undefined, check: string): string | undefined {
  if (key === undefined) return 'which the file does not have';
  if (isKeyOf(key, check)) return undefined;
  return 'auditKey' in key
    ? 'of which the file has only what is left since it was retired'
    : 'and the file has another one of that name';
}

/** Refuses keys that are not the ones the database was used with. */
async function requireKeysOf({ file, pinKeys }: ReadKeyFileOptions, { keys, retired }: KeyRing): Promise<void> {
  for (const { keyId, check } of await pinKeys.all()) {
    const fault = faultOf(
      [...keys, ...retired].find(({ id }) => id === keyId),
      check,
    );
    if (fault === undefined) continue;
    const sentence = `The key file ${file} does not belong to this database, which was used with key ${keyId}, ${fault}. Put the right file back.`;
    throw new KeyFileRefused('wrong', file, sentence);
  }
}

/**
 * Reads the key file and makes sure that it belongs to the database, and changes neither.
 *
 * @throws KeyFileRefused, saying what to do. Throws what the database throws when it fails.
 */
export async function readKeyFile(options: ReadKeyFileOptions): Promise<KeyRing> {
  const text = await readGuarded(options.file, options.log);
  if (text === undefined) throw await missing(options);
  const ring = parse(options.file, text);
  await requireKeysOf(options, ring);
  return ring;
}

/**
 * Reads the key file, or makes it, and makes sure that it belongs to the database, so that a lost or wrong one is an
 * error at start and not a flood of failed sign-ins. Keys that are new to the database are entered there.
 *
 * @throws KeyFileRefused, saying what to do. Throws what the database throws when it fails.
 */
export async function openKeyFile(options: OpenKeyFileOptions): Promise<KeyRing> {
  const ring = parse(options.file, await readOrCreate(options));
  await requireKeysOf(options, ring);
  const known = new Set((await options.pinKeys.all()).map(({ keyId }) => keyId));
  for (const key of [...ring.keys, ...ring.retired]) {
    if (known.has(key.id)) continue;
    await options.pinKeys.insert({ keyId: key.id, check: checkValueOf(key) });
    options.log.info({ file: options.file, keyId: key.id }, 'A key is new to this database');
  }
  return ring;
}
