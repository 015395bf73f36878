import type { AdministratorSession, UserSession } from '../session/session.ts';
import { Refused, refusalOf, Unreachable } from './failure.ts';

/** What the sign-in page has to know before anybody is signed in. */
export interface WebConfig {
  /** The identity provider, by the name to show; null where there is none. */
  readonly oidc: { readonly name: string } | null;
  /** How users prove who they are; null where they cannot. */
  readonly selfService: 'oidc' | 'link' | null;
  readonly locale: string;
  readonly version: string;
}

async function ask<T>(method: string, path: string, body?: unknown, csrfToken?: string): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      credentials: 'same-origin',
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(csrfToken === undefined ? {} : { 'X-CSRF-Token': csrfToken }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    throw new Unreachable(String(error));
  }
  const text = await response.text();
  if (!response.ok) throw refusalOf(response.status, text, response.headers);
  return text === '' ? (undefined as T) : JSON.parse(text);
}

/** These are asked without waiting for a session, for they are about one. */
export const readConfig = (): Promise<WebConfig> => ask('GET', '/web/config');

/** The session that there is; undefined when there is none. */
async function sessionAt<S>(path: string): Promise<S | undefined> {
  try {
    return await ask<S>('GET', path);
  } catch (error) {
    if (error instanceof Refused && error.problem.status === 401) return undefined;
    throw error;
  }
}

const SESSION = '/web/session';
const USER_SESSION = '/web/me/session';

export const administratorSession = (): Promise<AdministratorSession | undefined> => sessionAt(SESSION);
export const userSession = (): Promise<UserSession | undefined> => sessionAt(USER_SESSION);

/** Exchanges an access token for a session. */
export const signInByToken = (token: string): Promise<AdministratorSession> => ask('POST', SESSION, { token });

/** Exchanges what a mailed link has for a session; that uses it up. */
export const signInByLink = (token: string): Promise<UserSession> => ask('POST', USER_SESSION, { token });

/** Has a link mailed to a user. Whether there is such a user is not told. */
export const mailLink = (address: string): Promise<unknown> => ask('POST', '/web/me/links', { address });

/** Ends a session, or all that its person has. */
export function signOut(
  { kind, csrfToken }: AdministratorSession | UserSession,
  everywhere: boolean,
): Promise<unknown> {
  const one = kind === 'user' ? USER_SESSION : SESSION;
  return ask('DELETE', everywhere ? `${one}s` : one, undefined, csrfToken);
}
