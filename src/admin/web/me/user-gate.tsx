import { createContext, type ReactNode, useContext } from 'react';
import { userSession } from '../api/web.ts';
import type { UserSession } from '../session/session.ts';
import type { SessionKeeper } from '../session/session-keeper.ts';
import { type SessionKind, useSessionKeeper } from '../session/use-session-keeper.ts';
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

const USERS: SessionKind<UserSession> = {
  read: userSession,
  // There is nothing to lose on these pages: whoever's session has run out begins anew.
  signedInAgain: (keeper) => {
    const signedOut = keeper.signedInAgain();
    keeper.end();
    return signedOut;
  },
};

interface GateProps {
  readonly signIn: (keeper: SessionKeeper<UserSession>) => ReactNode;
  readonly children: ReactNode;
}

/** Shows a user's own pages to those who are signed in. */
export function UserGate({ signIn, children }: GateProps) {
  const { keeper, state, error, readAgain } = useSessionKeeper(USERS);
  switch (state.kind) {
    case 'unknown':
      return error === undefined ? <Starting /> : <FailureMessage error={error} onRetry={readAgain} />;
    case 'signed-in':
      return <Context value={{ keeper, session: state.session }}>{children}</Context>;
    case 'signed-out':
    case 'run-out':
      return signIn(keeper);
  }
}
