import type { Role } from '../../../domain/role.ts';

interface Running {
  /** What changes have to be sent with. */
  readonly csrfToken: string;
  /** Moments, ISO 8601: when it ends if nobody does anything, and when it ends in any case. */
  readonly idleUntil: string;
  readonly until: string;
}

export interface AdministratorSession extends Running {
  readonly kind: 'administrator';
  readonly name: string;
  readonly roles: readonly Role[];
  /** Operations of the API that these roles may use, by operationId, and a few names more. */
  readonly may: readonly string[];
  readonly signedInBy: 'token' | 'oidc';
}

export interface UserSession extends Running {
  readonly kind: 'user';
  readonly address: string;
  readonly displayName: string;
}

/** Whom two sessions are of; forms that one has begun are not for the other. */
export function personOf(session: AdministratorSession | UserSession): string {
  return session.kind === 'user' ? session.address : `${session.name} ${session.roles.join()}`;
}
