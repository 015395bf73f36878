/** What requests need to know of the session that they are sent in. */
export interface SessionOfRequests {
  csrfToken(): string | undefined;
  /** Resolves when the person whose session has run out is signed in again; rejects when that is given up. */
  signedInAgain(): Promise<void>;
  /** Reads the session anew, because another tab may have begun it anew. Resolves whether there is one. */
  renew(): Promise<boolean>;
}

/** Whether somebody sits at the page: what it asks for by itself otherwise must not keep a session from running idle. */
export type IsAttended = () => boolean;

/** Somebody who has done nothing for so long is not counted as there, in milliseconds. */
const ATTENDED_FOR = 60_000;

/** What only people do; a pointer may also seem to move because the page under it does. */
const DONE_BY_PEOPLE = ['pointerdown', 'wheel', 'keydown', 'focus'];

/**
 * Tells whether somebody has done something in the last minute; having opened the page counts.
 *
 * @param page the window.
 * @param now the time in milliseconds, of a clock that nobody sets.
 */
export function watchAttendance(page: EventTarget, now: () => number): IsAttended {
  let last = now();
  for (const event of DONE_BY_PEOPLE) {
    page.addEventListener(event, () => (last = now()), { capture: event !== 'focus', passive: true });
  }
  return () => now() - last < ATTENDED_FOR;
}

const CHANGES_NOTHING = ['GET', 'HEAD'];

async function problemNameOf(response: Response): Promise<string> {
  try {
    const problem: unknown = await response.clone().json();
    return typeof problem === 'object' && problem !== null && 'type' in problem ? String(problem.type) : '';
  } catch {
    // Whatever is no JSON is no problem document.
    return '';
  }
}

/**
 * `fetch` for the API: sends the session's CSRF token with changes, and keeps a request whose session has run out until
 * its person has signed in again, then sends it once more. So nothing that somebody has typed is lost. What is read while
 * nobody is there says so: it is no use of the session.
 */
export function sessionFetch(session: SessionOfRequests, send: typeof fetch, isAttended: IsAttended): typeof fetch {
  const attempt = (input: RequestInfo | URL, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const token = session.csrfToken();
    const isReading = CHANGES_NOTHING.includes(init.method ?? 'GET');
    if (token !== undefined && !isReading) headers.set('X-CSRF-Token', token);
    if (isReading && !isAttended()) headers.set('X-Unattended', 'true');
    return send(input, { ...init, headers, credentials: 'same-origin' });
  };
  return async (input, init = {}) => {
    let response = await attempt(input, init);
    if (response.status === 403 && (await problemNameOf(response)).endsWith('/csrf') && (await session.renew())) {
      response = await attempt(input, init);
    }
    while (response.status === 401) {
      await session.signedInAgain();
      response = await attempt(input, init);
    }
    return response;
  };
}
