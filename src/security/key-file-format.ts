import { randomBytes } from 'node:crypto';
import { isRecord } from '../domain/is-record.ts';
import type { KeyRing, PinKey, RetiredKey } from './pin-keys.ts';

const KEY_BYTES = 32;
const KEY_ID = /^[A-Za-z0-9_-]{1,32}$/;

/** A new key under a new id. */
export function newKey(): PinKey {
  return { id: randomBytes(6).toString('base64url'), key: randomBytes(KEY_BYTES) };
}

/** What a key file with these keys holds: JSON, the keys in order, the retired ones last. */
export function formatKeyFile({ keys, retired }: KeyRing): string {
  const entries = [
    ...keys.map(({ id, key }) => ({ id, pinKey: key.toString('base64') })),
    ...retired.map(({ id, auditKey }) => ({ id, auditKey: auditKey.toString('base64') })),
  ];
  return `${JSON.stringify({ keys: entries }, null, 2)}\n`;
}

function parseBytes(text: unknown): Buffer | undefined {
  if (typeof text !== 'string') return undefined;
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64, so only a text that is written back the same was base64 throughout.
  return bytes.length === KEY_BYTES && bytes.toString('base64') === text ? bytes : undefined;
}

function parseEntry(entry: unknown): PinKey | RetiredKey | undefined {
  if (!isRecord(entry)) return undefined;
  const { id, pinKey, auditKey } = entry;
  if (typeof id !== 'string' || !KEY_ID.test(id) || (pinKey === undefined) === (auditKey === undefined)) {
    return undefined;
  }
  const bytes = parseBytes(pinKey ?? auditKey);
  if (bytes === undefined) return undefined;
  return auditKey === undefined ? { id, key: bytes } : { id, auditKey: bytes };
}

/** The keys that the text of a key file tells; undefined when anything in it is not as it should be. */
export function parseKeyFile(text: string): KeyRing | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const entries = isRecord(content) && Array.isArray(content.keys) ? content.keys.map(parseEntry) : [];
  if (entries.includes(undefined) || new Set(entries.map((entry) => entry?.id)).size < entries.length) return undefined;
  const retired = entries.filter((entry) => entry !== undefined && 'auditKey' in entry);
  const [current, ...older] = entries.filter((entry) => entry !== undefined && 'key' in entry);
  return current === undefined ? undefined : { keys: [current, ...older], retired };
}
