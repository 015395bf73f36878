import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { CredentialId, PinHash } from '../domain/credential.ts';
import { SILENT_METER } from '../domain/meter.ts';
import type { PinHasher } from '../services/ports/pin-hasher.ts';
import { type Argon2Cost, decode, encode } from './argon2-encoding.ts';
import { type HashLoad, type HashPurpose, HashQueue, type HashTiming } from './hash-queue.ts';
import { keyedPin, type PinKey, type PinKeys } from './pin-keys.ts';

/**
 * About 50 ms on one core of a server that has other work too, as measured by pin-hasher.bench.ts (README.md of this
 * folder has the figures): 28 MiB, two passes, one lane. From 32 MiB on, the C library asks the system for fresh pages
 * each time, which costs half as much again and buys nothing.
 */
export const PIN_HASH_COST: Argon2Cost = { memory: 28_672, passes: 2, parallelism: 1 };

const SALT_BYTES = 16;
const HASH_BYTES = 32;

/**
 * Longest queue for each purpose: at 50 ms each on one core, its last caller waits for four seconds, or eight while both
 * are long, which is within the lease of an attempt (SPEC §3.5).
 */
const MAX_WAITING = 80;

/** For tools and benchmarks, which nobody watches. */
const UNTIMED: HashTiming = { meter: SILENT_METER, clock: { monotonic: () => 0 } };

/** One core is left to the event loop, and of libuv's four threads one to files and names. */
const defaultAtOnce = (): number => Math.min(3, Math.max(1, availableParallelism() - 1));

export interface PinHasherOptions extends Partial<HashTiming> {
  readonly keys: PinKeys;
  readonly cost?: Argon2Cost;
  /** How many hashes run at a time, 1 and more; one less than there are cores, 3 at most, when not given. */
  readonly atOnce?: number;
  /** How many more may wait, for a check and for a change each, 0 and more; 80 when not given. */
  readonly maxWaiting?: number;
}

const isSameCost = (one: Argon2Cost, other: Argon2Cost): boolean =>
  one.memory === other.memory && one.passes === other.passes && one.parallelism === other.parallelism;

/** The costs of hashes that are not `cost`, each once. */
function otherCosts(cost: Argon2Cost, hashes: readonly PinHash[]): readonly Argon2Cost[] {
  const others: Argon2Cost[] = [];
  for (const { encoded } of hashes) {
    const decoded = decode(encoded);
    if (decoded === undefined || [cost, ...others].some((known) => isSameCost(known, decoded.cost))) continue;
    others.push(decoded.cost);
  }
  return others;
}

/** A hasher that says what it is at. */
export interface MeasuredPinHasher extends PinHasher {
  readonly load: HashLoad;
}

/** What one hash is made of. */
interface HashInput {
  readonly pin: string;
  readonly credential: CredentialId;
  readonly key: PinKey;
  readonly cost: Argon2Cost;
  readonly salt: Buffer;
  /** In bytes. */
  readonly tagLength: number;
}

/** Argon2id (RFC 9106) over an HMAC-SHA-256 of the PIN whose key is not in the database (SPEC §2). */
class Argon2PinHasher implements MeasuredPinHasher {
  readonly #keys: ReadonlyMap<string, PinKey>;
  readonly #current: PinKey;
  readonly #cost: Argon2Cost;
  readonly #queue: HashQueue;

  constructor(options: PinHasherOptions) {
    this.#keys = new Map(options.keys.map((key) => [key.id, key]));
    this.#current = options.keys[0];
    this.#cost = options.cost ?? PIN_HASH_COST;
    const { atOnce = defaultAtOnce(), maxWaiting = MAX_WAITING, clock, meter } = options;
    const timing = clock === undefined || meter === undefined ? UNTIMED : { clock, meter };
    this.#queue = new HashQueue(atOnce, maxWaiting, timing);
  }

  get load(): HashLoad {
    return this.#queue.load;
  }

  async hash(pin: string, credential: CredentialId): Promise<PinHash> {
    const salt = randomBytes(SALT_BYTES);
    const input = { pin, credential, key: this.#current, cost: this.#cost, salt, tagLength: HASH_BYTES };
    const hash = await this.#derive('change', input);
    return { encoded: encode({ cost: this.#cost, salt, hash }), keyId: this.#current.id };
  }

  matches(pin: string, credential: CredentialId, stored: PinHash, inUse: readonly PinHash[] = []): Promise<boolean> {
    return this.#compare('check', pin, credential, stored, inUse);
  }

  async matchesAny(pin: string, credential: CredentialId, history: readonly PinHash[]): Promise<boolean> {
    let found = false;
    for (const stored of history) found = (await this.#compare('change', pin, credential, stored, [])) || found;
    return found;
  }

  isOutdated(stored: PinHash): boolean {
    const cost = decode(stored.encoded)?.cost;
    return stored.keyId !== this.#current.id || cost === undefined || !isSameCost(cost, this.#cost);
  }

  async #compare(
    purpose: HashPurpose,
    pin: string,
    credential: CredentialId,
    stored: PinHash,
    inUse: readonly PinHash[],
  ): Promise<boolean> {
    const key = this.#keys.get(stored.keyId);
    if (key === undefined) throw new Error(`PIN key ${stored.keyId} is not at hand`);
    const decoded = decode(stored.encoded);
    if (decoded === undefined) throw new Error(`The PIN hash of credential ${credential} is malformed`);
    const { cost, salt, hash } = decoded;
    const input = { pin, credential, key, salt, tagLength: hash.length };
    const derived = await this.#derive(purpose, { ...input, cost });
    for (const other of otherCosts(cost, inUse)) await this.#derive(purpose, { ...input, cost: other });
    return timingSafeEqual(derived, hash);
  }

  #derive(purpose: HashPurpose, { pin, credential, key, cost, salt, tagLength }: HashInput): Promise<Buffer> {
    const parameters = {
      message: keyedPin(key, pin),
      nonce: salt,
      // Binds the hash to its credential: copied into another's row, it is the hash of no PIN.
      associatedData: Buffer.from(credential, 'utf8'),
      tagLength,
      ...cost,
    };
    return this.#queue.run(
      purpose,
      () =>
        new Promise((resolve, reject) => {
          argon2('argon2id', parameters, (error, hash) => {
            if (error === null) resolve(hash);
            else reject(error);
          });
        }),
    );
  }
}

/** Makes a hasher; all PINs of the process go through one, for its queue bounds the memory they take. */
export function createPinHasher(options: PinHasherOptions): MeasuredPinHasher {
  return new Argon2PinHasher(options);
}
