import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../../../domain/clock.ts';
import { describeFault } from '../../../domain/fault.ts';
import type { Log } from '../../../domain/log.ts';
import { fetchJson, IssuerUnavailable } from './bounded-fetch.ts';

/** How long keys are used before they are fetched anew, in milliseconds: for so long a withdrawn one may still count. */
const FRESH = 600_000;
/** After fetching, whether that failed or not, nothing is fetched for so long, whatever tokens name: milliseconds. */
const COOL_DOWN = 30_000;

export interface IssuerKeysParts {
  /** Exactly as the issuer names itself. */
  readonly issuer: string;
  /** Whether nobody in between can change what is fetched from this URL. */
  readonly isSafeUrl: (url: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

interface Fetched {
  readonly at: number;
  readonly keys: ReturnType<typeof createLocalJWKSet>;
}

/**
 * The keys that an issuer signs with (OpenID Connect Discovery 1.0 §4). They are fetched when the first token comes, again
 * when they are ten minutes old, and when a token names one that is not there, for the issuer may have a new one; but
 * once in thirty seconds at most, so that made-up names make nobody fetch.
 */
export class IssuerKeys {
  readonly #parts: IssuerKeysParts;
  #fetched: Fetched | undefined;
  #triedAt: number | undefined;
  #fetching: Promise<Fetched> | undefined;

  constructor(parts: IssuerKeysParts) {
    this.#parts = parts;
  }

  /** Finds the key of a token. Throws IssuerUnavailable, or what jose throws when there is none. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const now = this.#parts.clock.monotonic();
    const known = this.#fetched;
    if (known === undefined || now - known.at >= FRESH) return (await this.#fetch()).keys(header, token);
    try {
      return await known.keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const newer = await this.#newerThan(known);
      if (newer === undefined) throw error;
      return newer.keys(header, token);
    }
  };

  /** In how many seconds it is worth asking again after a failure. */
  get retryAfter(): number {
    const since = this.#parts.clock.monotonic() - (this.#triedAt ?? 0);
    return Math.max(1, Math.ceil((COOL_DOWN - since) / 1_000));
  }

  /** Others may be fetching, or have fetched meanwhile. */
  async #newerThan(known: Fetched): Promise<Fetched | undefined> {
    if (this.#fetched !== known) return this.#fetched;
    return this.#fetching === undefined && this.#isCoolingDown() ? undefined : this.#fetch();
  }

  #isCoolingDown(): boolean {
    return this.#triedAt !== undefined && this.#parts.clock.monotonic() - this.#triedAt < COOL_DOWN;
  }

  /** Whoever needs the keys while they are fetched waits for the same ones. */
  #fetch(): Promise<Fetched> {
    if (this.#fetching !== undefined) return this.#fetching;
    if (this.#isCoolingDown())
      return Promise.reject(new IssuerUnavailable('The identity provider failed a moment ago'));
    this.#triedAt = this.#parts.clock.monotonic();
    this.#fetching = this.#fetchNow().finally(() => {
      this.#fetching = undefined;
    });
    return this.#fetching;
  }

  async #fetchNow(): Promise<Fetched> {
    const { clock, log, issuer } = this.#parts;
    try {
      const keys = createLocalJWKSet({ keys: await this.#keysOf(await this.#jwksUri()) });
      this.#fetched = { at: clock.monotonic(), keys };
      return this.#fetched;
    } catch (error) {
      log.error({ issuer, fault: describeFault(error) }, 'The keys of the identity provider cannot be fetched');
      if (error instanceof IssuerUnavailable) throw error;
      throw new IssuerUnavailable('The identity provider has no usable keys', { cause: error });
    }
  }

  async #jwksUri(): Promise<string> {
    const { issuer, isSafeUrl } = this.#parts;
    const about = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (about.issuer !== issuer) throw new IssuerUnavailable('The issuer has another name than OIDC_ISSUER');
    const { jwks_uri: uri } = about;
    if (typeof uri !== 'string' || !isSafeUrl(uri))
      throw new IssuerUnavailable('The issuer names no https:// jwks_uri');
    return uri;
  }

  async #keysOf(uri: string): Promise<Parameters<typeof createLocalJWKSet>[0]['keys']> {
    const { keys } = await fetchJson(uri);
    if (!Array.isArray(keys)) throw new IssuerUnavailable('The jwks_uri of the issuer answers without keys');
    // What in the list is no key, jose refuses.
    return keys;
  }
}
