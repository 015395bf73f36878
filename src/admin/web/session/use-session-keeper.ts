import { useCallback, useEffect, useState, useSyncExternalStore } from 'react';
import { defaults } from '../api/operations.ts';
import { sessionFetch, watchAttendance } from '../api/session-fetch.ts';
import type { AdministratorSession, UserSession } from './session.ts';
import { SessionKeeper, type SessionState } from './session-keeper.ts';

/** How the sessions of one kind are had; its functions stay the same for as long as the page is there. */
export interface SessionKind<S extends AdministratorSession | UserSession> {
  /** Asks for the session; `undefined` when there is none. Rejects when the service cannot be asked. */
  readonly read: () => Promise<S | undefined>;
  /** Resolves when somebody has signed in again behind a session that has run out. */
  readonly signedInAgain: (keeper: SessionKeeper<S>) => Promise<void>;
}

interface KeptSession<S extends AdministratorSession | UserSession> {
  readonly keeper: SessionKeeper<S>;
  readonly state: SessionState<S>;
  /** Why it is not known whether there is a session; `undefined` when nothing went wrong. */
  readonly error: unknown;
  readonly readAgain: () => void;
}

/** Has every request from now on sent in the session that this keeper knows of. */
function sendBy<S extends AdministratorSession | UserSession>(keeper: SessionKeeper<S>, kind: SessionKind<S>): void {
  defaults.baseUrl = '';
  defaults.fetch = sessionFetch(
    {
      csrfToken: () => keeper.csrfToken(),
      signedInAgain: () => kind.signedInAgain(keeper),
      renew: async () => {
        const session = await kind.read();
        if (session === undefined) return false;
        keeper.begin(session);
        return true;
      },
    },
    (input, init) => fetch(input, init),
    watchAttendance(window, () => performance.now()),
  );
}

/** Reads the session that the browser has, and keeps it for whatever is sent. */
export function useSessionKeeper<S extends AdministratorSession | UserSession>(kind: SessionKind<S>): KeptSession<S> {
  const [keeper] = useState(() => new SessionKeeper<S>(() => window.location.reload()));
  const [error, setError] = useState<unknown>();
  const state = useSyncExternalStore(keeper.subscribe, keeper.state);
  const read = useCallback(async () => {
    setError(undefined);
    try {
      const session = await kind.read();
      if (session === undefined) keeper.end();
      else keeper.begin(session);
    } catch (failure) {
      setError(failure);
    }
  }, [keeper, kind]);
  useEffect(() => {
    // Not while it is made: React may make one and throw it away, and what sends requests is for the one that is shown.
    sendBy(keeper, kind);
    void read();
  }, [keeper, kind, read]);
  return { keeper, state, error, readAgain: () => void read() };
}
