import type { RequestOpts } from '@oazapfts/runtime';
import type { AdministratorSession, UserSession } from '../session/session.ts';
import { done, Refused } from './failure.ts';
import {
  askForLink,
  beginSession,
  beginUserSession,
  endAllSessions,
  endAllUserSessions,
  endSession,
  endUserSession,
  getSession,
  getUserSession,
  getWebConfig,
} from './operations.ts';

/** These are about a session, so they do not wait for one. */
const PLAIN: RequestOpts = { fetch: (input, init) => fetch(input, init), credentials: 'same-origin' };

/** How people can sign in here. */
export const readConfig = () => done(getWebConfig(PLAIN));

/** The session that there is; undefined when there is none. */
async function ifThereIsOne<S>(asked: Promise<S>): Promise<S | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 401) return undefined;
    throw error;
  }
}

export const administratorSession = (): Promise<AdministratorSession | undefined> =>
  ifThereIsOne(done(getSession(PLAIN)));

export const userSession = (): Promise<UserSession | undefined> => ifThereIsOne(done(getUserSession(PLAIN)));

/** Exchanges an access token for a session. */
export const signInByToken = (token: string): Promise<AdministratorSession> => done(beginSession({ token }, PLAIN));

/** Exchanges what a mailed link has for a session; that uses it up. */
export const signInByLink = (token: string): Promise<UserSession> => done(beginUserSession({ token }, PLAIN));

/** Has a link mailed to a user. Whether there is such a user is not told. */
export const mailLink = (address: string) => done(askForLink({ address }, PLAIN));

/** Ends a session, or all that its person has. */
export function signOut({ kind, csrfToken }: AdministratorSession | UserSession, everywhere: boolean) {
  const options = { ...PLAIN, headers: { 'X-CSRF-Token': csrfToken } };
  if (kind === 'user') return done(everywhere ? endAllUserSessions(options) : endUserSession(options));
  return done(everywhere ? endAllSessions(options) : endSession(options));
}
