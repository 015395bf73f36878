import type { Role } from '../../../domain/role.ts';

const LONGEST_NAME = 200;

function groupsIn(claim: unknown): readonly string[] {
  if (typeof claim === 'string') return [claim];
  return Array.isArray(claim) ? claim.filter((group) => typeof group === 'string') : [];
}

/** The roles of all groups together that a claim has: a list of texts, or one text. */
export function rolesIn(claim: unknown, roles: ReadonlyMap<string, readonly Role[]>): readonly Role[] {
  return [...new Set(groupsIn(claim).flatMap((group) => roles.get(group) ?? []))];
}

/** Who it is for people and, behind that, for certain: only the subject is never given to somebody else. */
export function nameOf({ sub = '', ...claims }: Readonly<Record<string, unknown>>): string {
  const shown = ['preferred_username', 'email', 'name', 'client_id'].map((claim) => claims[claim]);
  const name = shown.find((text) => typeof text === 'string' && text !== '');
  const full = name === undefined || name === sub ? `${String(sub)} (OIDC)` : `${String(name)} (OIDC ${String(sub)})`;
  return full.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ').slice(0, LONGEST_NAME);
}
