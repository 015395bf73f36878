import { Button, Text } from '@fluentui/react-components';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { signInByLink } from '../api/web.ts';
import type { UserSession } from '../session/session.ts';
import { SignInCard } from '../session/sign-in-card.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';

const LINK = '/me/link';

/** What a mailed link has behind its #, taken out of the address, so that no history and no screenshot keeps it. */
export function takeLinkToken(): string | undefined {
  const { pathname, hash } = window.location;
  if (pathname !== LINK || hash.length < 2) return undefined;
  window.history.replaceState(null, '', LINK);
  return decodeURIComponent(hash.slice(1));
}

interface LinkSignInProps {
  readonly token: string;
  readonly onSignedIn: (session: UserSession) => void;
  readonly onGiveUp: () => void;
}

/** Signs in by a mailed link when the button is pressed, and not before: programs that look into mails open links, too. */
export function LinkSignIn({ token, onSignedIn, onGiveUp }: LinkSignInProps) {
  const t = useTranslations('me');
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const signIn = async () => {
    setBusy(true);
    setError(undefined);
    try {
      const session = await signInByLink(token);
      window.history.replaceState(null, '', '/me');
      onSignedIn(session);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <SignInCard title={t('linkTitle')}>
      <Text>{t('linkAbout')}</Text>
      <FailureMessage error={error} />
      {error === undefined ? (
        <Button appearance="primary" disabledFocusable={isBusy} onClick={() => void signIn()}>
          {t('linkButton')}
        </Button>
      ) : (
        <Button appearance="primary" onClick={onGiveUp}>
          {t('anotherLink')}
        </Button>
      )}
    </SignInCard>
  );
}
