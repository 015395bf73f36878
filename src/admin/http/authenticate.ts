import { type AccessTokens, TOKEN_PREFIX } from '../../services/access-tokens.ts';
import type { Authenticate, Authentication } from './principal.ts';

async function ofAccessToken(accessTokens: AccessTokens, token: string): Promise<Authentication> {
  const verdict = await accessTokens.check(token);
  switch (verdict.kind) {
    case 'unknown':
      return { kind: 'refused', reason: 'unknown-token', detail: 'This token is not known; it may have been removed.' };
    case 'expired':
      return { kind: 'refused', reason: 'expired-token', detail: 'This token has expired; ask for another.' };
    case 'valid': {
      const { id, name, role, expiresAt } = verdict.accessToken;
      return {
        kind: 'known',
        principal: { id: `token ${id}`, name, roles: [role], via: 'token', expiresAt, tokenId: id },
      };
    }
  }
}

/**
 * Says whose a bearer token is: one of Touchtone's own, else the identity provider's where there is one.
 *
 * @param oidc checks tokens of the identity provider.
 */
export function createAuthenticate(accessTokens: AccessTokens, oidc?: Authenticate): Authenticate {
  return (token) =>
    oidc === undefined || token.startsWith(TOKEN_PREFIX) ? ofAccessToken(accessTokens, token) : oidc(token);
}
