import { Button, Text } from '@fluentui/react-components';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { signInByLink } from '../api/web.ts';
import type { UserSession } from '../session/session.ts';
import { SignInCard } from '../session/sign-in-card.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';

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
