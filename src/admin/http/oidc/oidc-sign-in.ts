import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client';
import type { Clock } from '../../../domain/clock.ts';
import { describeFault } from '../../../domain/fault.ts';
import { isRecord } from '../../../domain/is-record.ts';
import type { Log } from '../../../domain/log.ts';
import type { Role } from '../../../domain/role.ts';
import type { WebSecrets } from '../../../services/ports/web-secrets.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { nameOf, rolesIn } from './claims.ts';

/** How long the way to the identity provider and back may take, in milliseconds. */
export const TRANSACTION_LIFETIME = 600_000;

/** What is known of the identity provider is asked for anew after this, in milliseconds. */
const FRESH = 600_000;
/** After a failure nothing is asked for so long, in milliseconds. */
const COOL_DOWN = 30_000;

/** Seconds that an exchange with the identity provider may take. */
const TIMEOUT = 5;

const SCOPE = 'openid profile email';

export interface OidcSignInParts {
  /** Exactly as the issuer names itself. */
  readonly issuer: string;
  readonly clientId: string;
  /** Undefined for a client without one, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  readonly groupsClaim: string;
  readonly roles: ReadonlyMap<string, readonly Role[]>;
  readonly isSafeUrl: (url: string) => boolean;
  readonly webSecrets: Pick<WebSecrets, 'seal' | 'unseal'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whom somebody wants to be, and which page they come from. */
export interface SignInWish {
  readonly as: 'administrator' | 'user';
  /** A path of the pages. */
  readonly to: string;
  /** Digests of the session that the new one takes the place of; the browser does not send its cookie when it comes back. */
  readonly former: readonly string[];
}

/** A sign-in that was begun here. */
export interface Transaction extends SignInWish {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly until: number;
}

/** Who the identity provider says that it was. */
export interface OidcPerson {
  /** Never given to somebody else. */
  readonly id: string;
  /** As the audit trail has it. */
  readonly name: string;
  readonly roles: readonly Role[];
  /** The mail address, where the identity provider says that it has been verified. */
  readonly address: string | undefined;
}

export type OidcFailure = 'cancelled' | 'expired' | 'refused' | 'unavailable';

export type OidcFinish =
  | { readonly kind: 'known'; readonly person: OidcPerson }
  | { readonly kind: 'failed'; readonly reason: OidcFailure };

function isTransaction(value: unknown): value is Transaction {
  if (!isRecord(value) || (value.as !== 'administrator' && value.as !== 'user')) return false;
  if (!Array.isArray(value.former)) return false;
  const texts = [value.to, value.state, value.nonce, value.verifier, ...value.former];
  return texts.every((text) => typeof text === 'string') && typeof value.until === 'number';
}

/** The verified mail address, by the first document that says both of it: one need not be about the address of another. */
function verifiedAddress(...documents: readonly Readonly<Record<string, unknown>>[]): string | undefined {
  const found = documents.find(
    ({ email, email_verified }) => typeof email === 'string' && email_verified !== undefined,
  );
  const { email, email_verified: verified } = found ?? {};
  return typeof email === 'string' && (verified === true || verified === 'true') ? email : undefined;
}

/** Whether nobody in between can read or change what is sent to an address, whatever its query. */
function isSafe(address: string, isSafeUrl: OidcSignInParts['isSafeUrl']): boolean {
  if (!URL.canParse(address)) return false;
  const { origin, pathname } = new URL(address);
  return isSafeUrl(`${origin}${pathname}`);
}

/** How a client with a secret proves who it is: as the issuer says that it may, else by the header (OpenID Connect Discovery 1.0 §3). */
function bySecret(secret: string): ClientAuth {
  const [header, body] = [ClientSecretBasic(secret), ClientSecretPost(secret)];
  return (issuer, ...rest) => {
    const offered = issuer.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isBody = offered.includes('client_secret_post') && !offered.includes('client_secret_basic');
    return (isBody ? body : header)(issuer, ...rest);
  };
}

/** Whether an error says that the identity provider could not be asked, rather than what it answered. */
function isUnavailable(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause.name === 'IssuerUnavailable' || cause.name === 'TimeoutError') return true;
  }
  return false;
}

/**
 * Signing in at an identity provider: OpenID Connect's authorization code flow with PKCE (RFC 7636), a state and a nonce.
 * What has to be known when the browser comes back is sealed in a cookie of its own, so any process can go on.
 */
export class OidcSignIn {
  /** Who the identity provider is, for people. */
  readonly name: string;
  readonly #parts: OidcSignInParts;
  #known: { readonly at: number; readonly configuration: Configuration } | undefined;
  #asking: Promise<Configuration> | undefined;
  #failedAt: number | undefined;

  constructor(parts: OidcSignInParts) {
    this.#parts = parts;
    this.name = new URL(parts.issuer).hostname;
  }

  /**
   * Begins: where the browser is to be sent, and what it is to bring back in a cookie. Undefined when the identity
   * provider cannot be asked now.
   *
   * @param redirectUri where it is sent back to.
   */
  async begin(
    wish: SignInWish,
    redirectUri: string,
  ): Promise<{ readonly url: string; readonly sealed: string } | undefined> {
    const { webSecrets, clock } = this.#parts;
    const configuration = await this.#configuration();
    if (configuration === undefined) return undefined;
    const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    const transaction: Transaction = { ...wish, state, nonce, verifier, until: clock.now() + TRANSACTION_LIFETIME };
    return { url: url.href, sealed: webSecrets.seal(JSON.stringify(transaction)) };
  }

  /** What a cookie has kept; undefined when there was none, or it was not sealed here. */
  opened(sealed: string | undefined): Transaction | undefined {
    const text = sealed === undefined ? undefined : this.#parts.webSecrets.unseal(sealed);
    if (text === undefined) return undefined;
    const value: unknown = JSON.parse(text);
    return isTransaction(value) ? value : undefined;
  }

  /**
   * Ends: who it was. Never rejects because of what the browser or the identity provider sends.
   *
   * @param url the address that the browser was sent back to, with everything in it.
   */
  async finish(url: URL, transaction: Transaction): Promise<OidcFinish> {
    if (this.#parts.clock.now() >= transaction.until) return { kind: 'failed', reason: 'expired' };
    const configuration = await this.#configuration();
    if (configuration === undefined) return { kind: 'failed', reason: 'unavailable' };
    try {
      return { kind: 'known', person: await this.#person(configuration, url, transaction) };
    } catch (error) {
      const reason = this.#reasonOf(error);
      // What the other side says in words may have anything in it; names and codes do not.
      this.#parts.log.warn({ reason, fault: describeFault(error) }, 'A sign-in at the identity provider has failed');
      return { kind: 'failed', reason };
    }
  }

  async #person(configuration: Configuration, url: URL, transaction: Transaction): Promise<OidcPerson> {
    const tokens = await authorizationCodeGrant(configuration, url, {
      expectedState: transaction.state,
      expectedNonce: transaction.nonce,
      pkceCodeVerifier: transaction.verifier,
      idTokenExpected: true,
    });
    const claimed = tokens.claims();
    if (claimed === undefined) throw new Error('There is no ID token');
    // Providers that keep to the letter tell groups and address there only (OpenID Connect Core 1.0 §5.4).
    const hasUserInfo = configuration.serverMetadata().userinfo_endpoint !== undefined;
    const more = hasUserInfo ? await fetchUserInfo(configuration, tokens.access_token, claimed.sub) : {};
    const claims: Readonly<Record<string, unknown>> = { ...more, ...claimed };
    const { issuer, groupsClaim, roles } = this.#parts;
    return {
      id: `oidc ${issuer} ${claimed.sub}`,
      name: nameOf(claims),
      roles: rolesIn(claims[groupsClaim], roles),
      address: verifiedAddress({ ...claimed }, more),
    };
  }

  #reasonOf(error: unknown): OidcFailure {
    if (error instanceof AuthorizationResponseError) return error.error === 'access_denied' ? 'cancelled' : 'refused';
    return isUnavailable(error) ? 'unavailable' : 'refused';
  }

  /** What is known of the identity provider; undefined when it cannot be asked now, which is logged. */
  async #configuration(): Promise<Configuration | undefined> {
    const { clock, log, issuer } = this.#parts;
    const now = clock.monotonic();
    if (this.#known !== undefined && now - this.#known.at < FRESH) return this.#known.configuration;
    if (this.#failedAt !== undefined && now - this.#failedAt < COOL_DOWN) return undefined;
    try {
      this.#asking ??= this.#discover();
      const configuration = await this.#asking;
      this.#known = { at: now, configuration };
      this.#failedAt = undefined;
      return configuration;
    } catch (error) {
      this.#failedAt = now;
      log.error({ issuer, fault: describeFault(error) }, 'The identity provider cannot be asked how to sign in');
      return undefined;
    } finally {
      this.#asking = undefined;
    }
  }

  async #discover(): Promise<Configuration> {
    const { issuer, clientId, clientSecret, isSafeUrl } = this.#parts;
    const authentication = clientSecret === undefined ? None() : bySecret(clientSecret);
    // Plain HTTP only where nobody is in between, and then to there only: each address is looked at.
    const isPlain = issuer.startsWith('http:');
    const configuration = await discovery(new URL(issuer), clientId, undefined, authentication, {
      timeout: TIMEOUT,
      execute: isPlain ? [allowInsecureRequests, enableNonRepudiationChecks] : [enableNonRepudiationChecks],
      [customFetch]: (url, options) => boundedFetch(url, options, (address) => isSafe(address, isSafeUrl)),
    });
    const { authorization_endpoint: endpoint = '' } = configuration.serverMetadata();
    if (!isSafe(endpoint, isSafeUrl)) throw new Error('The issuer names no https:// authorization_endpoint');
    return configuration;
  }
}
