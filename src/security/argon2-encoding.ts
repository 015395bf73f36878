/** What an Argon2id hash costs (RFC 9106 §3.1). */
export interface Argon2Cost {
  /** Memory in KiB, 8 and more. */
  readonly memory: number;
  /** Passes over the memory, 1 and more. */
  readonly passes: number;
  /** Lanes, 1 and more. */
  readonly parallelism: number;
}

export interface EncodedHash {
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** The string format of PHC for Argon2id, version 1.3 (0x13) of RFC 9106; base64 without padding. */
const ENCODED =
  /^\$argon2id\$v=19\$m=([1-9][0-9]{0,6}),t=([1-9][0-9]?),p=([1-9][0-9]?)\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{22,86})$/;

/** No hash of ours ever needs more; a stored one that asks for it has been tampered with. */
const MOST_MEMORY = 262_144;

const base64 = (bytes: Buffer): string => bytes.toString('base64').replaceAll('=', '');

/** Writes a hash with what it takes to check it. */
export function encode({ cost, salt, hash }: EncodedHash): string {
  return `$argon2id$v=19$m=${cost.memory},t=${cost.passes},p=${cost.parallelism}$${base64(salt)}$${base64(hash)}`;
}

/** Reads a hash back; undefined for anything that {@link encode} does not write, or that asks for absurd memory. */
export function decode(encoded: string): EncodedHash | undefined {
  const [, memory, passes, parallelism, salt = '', hash = ''] = ENCODED.exec(encoded) ?? [];
  if (memory === undefined || Number(memory) > MOST_MEMORY) return undefined;
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  return { cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') };
}
