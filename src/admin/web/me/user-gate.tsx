import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react';
import { defaults } from '../api/operations.ts';
import { sessionFetch, watchAttendance } from '../api/session-fetch.ts';
import { userSession } from '../api/web.ts';
import type { UserSession } from '../session/session.ts';
import { SessionKeeper } from '../session/session-keeper.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Starting } from '../ui/starting.tsx';

interface User {
  readonly keeper: SessionKeeper<UserSession>;
  readonly session: UserSession;
}

const Context = createContext<User | undefined>(undefined);

/** Who is signed in. Throws outside of what {@link UserGate} shows. */
export function useUser(): User {
  const user = useContext(Context);
  if (user === undefined) throw new Error('Nobody is signed in here');
  return user;
}

const createKeeper = () => new SessionKeeper<UserSession>(() => window.location.reload());

/** Has every request from now on sent in the session that this keeper knows of. */
function sendBy(keeper: SessionKeeper<UserSession>): void {
  defaults.baseUrl = '';
  defaults.fetch = sessionFetch(
    {
      csrfToken: () => keeper.csrfToken(),
      // There is nothing to lose on these pages: whoever's session has run out begins anew.
      signedInAgain: () => {
        const signedOut = keeper.signedInAgain();
        keeper.end();
        return signedOut;
      },
      renew: async () => {
        const session = await userSession();
        if (session === undefined) return false;
        keeper.begin(session);
        return true;
      },
    },
    (input, init) => fetch(input, init),
    watchAttendance(window, () => performance.now()),
  );
}

interface GateProps {
  readonly signIn: (keeper: SessionKeeper<UserSession>) => ReactNode;
  readonly children: ReactNode;
}

/** Shows a user's own pages to those who are signed in. */
export function UserGate({ signIn, children }: GateProps) {
  const [keeper] = useState(createKeeper);
  const [error, setError] = useState<unknown>();
  const state = useSyncExternalStore(keeper.subscribe, keeper.state);
  const readSession = useCallback(async () => {
    setError(undefined);
    try {
      const session = await userSession();
      if (session === undefined) keeper.end();
      else keeper.begin(session);
    } catch (failure) {
      setError(failure);
    }
  }, [keeper]);
  useEffect(() => {
    // Not while it is made: React may make one and throw it away, and what sends requests is for the one that is shown.
    sendBy(keeper);
    void readSession();
  }, [keeper, readSession]);
  switch (state.kind) {
    case 'unknown':
      return error === undefined ? <Starting /> : <FailureMessage error={error} onRetry={() => void readSession()} />;
    case 'signed-in':
      return <Context value={{ keeper, session: state.session }}>{children}</Context>;
    case 'signed-out':
    case 'run-out':
      return signIn(keeper);
  }
}
