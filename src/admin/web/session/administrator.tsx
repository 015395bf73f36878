import {
  createContext,
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useContext,
  useEffect,
  useState,
  useSyncExternalStore,
} from 'react';
import { defaults } from '../api/operations.ts';
import { sessionFetch, watchAttendance } from '../api/session-fetch.ts';
import { administratorSession } from '../api/web.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Starting } from '../ui/starting.tsx';
import type { AdministratorSession } from './session.ts';
import { SessionKeeper } from './session-keeper.ts';
import { useConfig } from './use-config.ts';

interface Administrator {
  readonly keeper: SessionKeeper<AdministratorSession>;
  readonly session: AdministratorSession;
}

/** Rarely needed, so it is not part of the first load. */
const SignInAgain = lazy(() => import('./sign-in-again.tsx'));

const Context = createContext<Administrator | undefined>(undefined);

/** Who is signed in. Throws outside of what {@link AdministratorGate} shows. */
export function useAdministrator(): Administrator {
  const administrator = useContext(Context);
  if (administrator === undefined) throw new Error('Nobody is signed in here');
  return administrator;
}

/** Whether who is signed in may do something: an operation of the API, by its operationId, or one of the few names beside. */
export function useMay(): (what: string) => boolean {
  const { session } = useAdministrator();
  return (what) => session.may.includes(what);
}

const createKeeper = () => new SessionKeeper<AdministratorSession>(() => window.location.reload());

/** Has every request from now on sent in the session that this keeper knows of. */
function sendBy(keeper: SessionKeeper<AdministratorSession>): void {
  defaults.baseUrl = '';
  defaults.fetch = sessionFetch(
    {
      csrfToken: () => keeper.csrfToken(),
      signedInAgain: () => keeper.signedInAgain(),
      renew: async () => {
        const session = await administratorSession();
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
  /** What those see who are not signed in. */
  readonly signIn: (keeper: SessionKeeper<AdministratorSession>) => ReactNode;
  readonly children: ReactNode;
}

/** Shows the administration to those who are signed in, and asks them over it to sign in again when that has run out. */
export function AdministratorGate({ signIn, children }: GateProps) {
  const [keeper] = useState(createKeeper);
  // How to sign in is known already when a session runs out.
  useConfig();
  const [error, setError] = useState<unknown>();
  const state = useSyncExternalStore(keeper.subscribe, keeper.state);
  const readSession = useCallback(async () => {
    setError(undefined);
    try {
      const session = await administratorSession();
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
  if (state.kind === 'unknown')
    return error === undefined ? <Starting /> : <FailureMessage error={error} onRetry={() => void readSession()} />;
  if (state.kind === 'signed-out') return signIn(keeper);
  return (
    <Context value={{ keeper, session: state.session }}>
      {children}
      <Suspense>{state.kind === 'run-out' && <SignInAgain keeper={keeper} session={state.session} />}</Suspense>
    </Context>
  );
}
