import type { AdministratorSession, UserSession } from '../api/operations.ts';

export type { AdministratorSession, UserSession };

/** Whom two sessions are of; forms that one has begun are not for the other. */
export function personOf(session: AdministratorSession | UserSession): string {
  return session.kind === 'user' ? session.address : `${session.name} ${session.roles.join()}`;
}
