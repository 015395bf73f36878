/** What requests need to know of the session that they are sent in. */
export interface SessionOfRequests {
  csrfToken(): string | undefined;
  /** Resolves when the person whose session has run out is signed in again; rejects when that is given up. */
  signedInAgain(): Promise<void>;
  /** Reads the session anew, because another tab may have begun it anew. Resolves whether there is one. */
  renew(): Promise<boolean>;
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
 * its person has signed in again, then sends it once more. So nothing that somebody has typed is lost.
 */
export function sessionFetch(session: SessionOfRequests, send: typeof fetch): typeof fetch {
  const attempt = (input: RequestInfo | URL, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const token = session.csrfToken();
    if (token !== undefined && !CHANGES_NOTHING.includes(init.method ?? 'GET')) headers.set('X-CSRF-Token', token);
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
