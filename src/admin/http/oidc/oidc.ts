import { errors, jwtVerify } from 'jose';
import type { Clock } from '../../../domain/clock.ts';
import type { Log } from '../../../domain/log.ts';
import type { Role } from '../../../domain/role.ts';
import type { Authenticate, Authentication } from '../principal.ts';
import { IssuerUnavailable } from './bounded-fetch.ts';
import { nameOf, rolesIn } from './claims.ts';
import { IssuerKeys } from './issuer-keys.ts';

/** Signatures that only the issuer can make: none with a secret that others have, and never none at all. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** How far the clocks of issuer and service may be apart, in seconds. */
const CLOCK_TOLERANCE = 30;

/** Three parts in base64url (RFC 7515 §7.1). */
const JWT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

export interface OidcParts {
  /** Exactly as the issuer names itself, and as its tokens do. */
  readonly issuer: string;
  /** What tokens for this service name as their audience. */
  readonly audience: string;
  /** The claim with the groups: a list of texts, or one text. */
  readonly groupsClaim: string;
  /** The roles that groups have here; other groups have none. */
  readonly roles: ReadonlyMap<string, readonly Role[]>;
  readonly isSafeUrl: (url: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

function refusalOf(error: unknown): Authentication | undefined {
  if (error instanceof errors.JWTExpired) {
    return { kind: 'refused', reason: 'oidc-expired', detail: 'This token has expired.' };
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return { kind: 'refused', reason: `oidc-claim-${error.claim}`, detail: 'This token is not for this service.' };
  }
  if (error instanceof errors.JOSEError) {
    return { kind: 'refused', reason: 'oidc-invalid', detail: 'This token is not valid.' };
  }
  // Keys that WebCrypto cannot import, signatures of the wrong length and the like.
  return error instanceof TypeError || error instanceof DOMException
    ? { kind: 'refused', reason: 'oidc-invalid', detail: 'This token is not valid.' }
    : undefined;
}

/**
 * Checks tokens of an identity provider: JWTs that it has signed, for this service, that have not expired. Whoever has
 * one is known; the roles are those of all of the groups together, and none where no group has any.
 */
export function createOidc(parts: OidcParts): Authenticate {
  const { issuer, audience, groupsClaim, roles, clock } = parts;
  const keys = new IssuerKeys(parts);
  const unavailable = (): Authentication => ({
    kind: 'unavailable',
    detail: 'The identity provider cannot be asked now.',
    retryAfter: keys.retryAfter,
  });
  return async (token) => {
    if (!JWT.test(token)) return { kind: 'refused', reason: 'unknown-token', detail: 'This token is not known.' };
    try {
      const { payload } = await jwtVerify(token, keys.find, {
        algorithms: ALGORITHMS,
        issuer,
        audience,
        requiredClaims: ['sub', 'exp'],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: new Date(clock.now()),
      });
      const { sub, exp } = payload;
      return {
        kind: 'known',
        principal: {
          id: `oidc ${issuer} ${sub}`,
          name: nameOf(payload),
          roles: rolesIn(payload[groupsClaim], roles),
          via: 'oidc',
          expiresAt: exp === undefined ? undefined : exp * 1_000,
        },
      };
    } catch (error) {
      if (error instanceof IssuerUnavailable) return unavailable();
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return refusal;
    }
  };
}
