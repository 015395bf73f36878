import { createContext, lazy, type ReactNode, Suspense, useContext } from 'react';
import { administratorSession } from '../api/web.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Starting } from '../ui/starting.tsx';
import type { AdministratorSession } from './session.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { useConfig } from './use-config.ts';
import { type SessionKind, useSessionKeeper } from './use-session-keeper.ts';

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

const ADMINISTRATORS: SessionKind<AdministratorSession> = {
  read: administratorSession,
  signedInAgain: (keeper) => keeper.signedInAgain(),
};

interface GateProps {
  /** What those see who are not signed in. */
  readonly signIn: (keeper: SessionKeeper<AdministratorSession>) => ReactNode;
  readonly children: ReactNode;
}

/** Shows the administration to those who are signed in, and asks them over it to sign in again when that has run out. */
export function AdministratorGate({ signIn, children }: GateProps) {
  const { keeper, state, error, readAgain } = useSessionKeeper(ADMINISTRATORS);
  // How to sign in is known already when a session runs out.
  useConfig();
  if (state.kind === 'unknown')
    return error === undefined ? <Starting /> : <FailureMessage error={error} onRetry={readAgain} />;
  if (state.kind === 'signed-out') return signIn(keeper);
  return (
    <Context value={{ keeper, session: state.session }}>
      {children}
      <Suspense>{state.kind === 'run-out' && <SignInAgain keeper={keeper} session={state.session} />}</Suspense>
    </Context>
  );
}
