import { useState } from 'react';
import { LinkSignIn, takeLinkToken } from './link-sign-in.tsx';
import { OwnMailboxPage } from './own-mailbox-page.tsx';
import { UserGate } from './user-gate.tsx';
import { UserSignIn } from './user-sign-in.tsx';

/** A user's own pages. Whoever comes by a mailed link decides by a button whether it is used up. */
export default function SelfService() {
  const [linkToken, setLinkToken] = useState(takeLinkToken);
  return (
    <UserGate
      signIn={(keeper) =>
        linkToken === undefined ? (
          <UserSignIn />
        ) : (
          <LinkSignIn
            token={linkToken}
            onSignedIn={(session) => keeper.begin(session)}
            onGiveUp={() => setLinkToken(undefined)}
          />
        )
      }
    >
      <OwnMailboxPage />
    </UserGate>
  );
}
