import { useState } from 'react';
import { LinkSignIn } from './link-sign-in.tsx';
import { OwnMailboxPage } from './own-mailbox-page.tsx';
import { UserGate } from './user-gate.tsx';
import { UserSignIn } from './user-sign-in.tsx';

interface SelfServiceProps {
  /** What the mailed link has that its user has come by. */
  readonly linkToken: string | undefined;
}

/** A user's own pages. Whoever comes by a mailed link decides by a button whether it is used up. */
export default function SelfService({ linkToken }: SelfServiceProps) {
  const [token, setToken] = useState(linkToken);
  return (
    <UserGate
      signIn={(keeper) =>
        token === undefined ? (
          <UserSignIn />
        ) : (
          <LinkSignIn
            token={token}
            onSignedIn={(session) => keeper.begin(session)}
            onGiveUp={() => setToken(undefined)}
          />
        )
      }
    >
      <OwnMailboxPage />
    </UserGate>
  );
}
