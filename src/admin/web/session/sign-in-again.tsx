import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Text,
} from '@fluentui/react-components';
import { useEffect, useRef } from 'react';
import { useTranslations } from 'use-intl';
import { administratorSession } from '../api/web.ts';
import type { AdministratorSession } from './session.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { SESSION_CHANNEL, SIGNED_IN_PAGE } from './signed-in-page.ts';
import { TokenForm } from './token-form.tsx';
import { useConfig } from './use-config.ts';

/** In milliseconds. */
const AFTER_DRAWING = 50;

interface SignInAgainProps {
  readonly keeper: SessionKeeper<AdministratorSession>;
  readonly session: AdministratorSession;
}

/** Asks for another sign-in over whatever is on the page, which stays as it is; what was asked for goes on afterwards. */
export default function SignInAgain({ keeper, session }: SignInAgainProps) {
  const t = useTranslations('signIn');
  const config = useConfig();
  useEffect(() => {
    const lookAgain = async () => {
      const found = await administratorSession().catch(() => undefined);
      if (found !== undefined) keeper.begin(found);
    };
    const channel = new BroadcastChannel(SESSION_CHANNEL);
    channel.onmessage = () => void lookAgain();
    // Another tab may have signed in meanwhile.
    const onFocus = () => void lookAgain();
    window.addEventListener('focus', onFocus);
    return () => {
      channel.close();
      window.removeEventListener('focus', onFocus);
    };
  }, [keeper]);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // A dialog below holds the focus, and hides all else from screen readers, until somebody takes the focus away from
    // it; and this one is known as a dialog only after it has been drawn.
    const timer = setTimeout(
      () => content.current?.querySelector<HTMLElement>('input, button')?.focus(),
      AFTER_DRAWING,
    );
    return () => clearTimeout(timer);
  }, []);
  const oidc = config.data?.oidc ?? null;
  const openWindow = () => {
    window.open(`/web/oidc/start?for=admin&to=${SIGNED_IN_PAGE}`, SESSION_CHANNEL, 'popup,width=480,height=720');
  };
  return (
    <Dialog inertTrapFocus open modalType="alert">
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t('again')}</DialogTitle>
          <DialogContent ref={content}>
            <Text as="p" block style={{ marginBottom: 16 }}>
              {t('againWhy', { name: session.name })}
            </Text>
            {oidc !== null && session.signedInBy === 'oidc' ? (
              <Button appearance="primary" onClick={openWindow}>
                {t('withProvider', { name: oidc.name })}
              </Button>
            ) : (
              <TokenForm takesFocus={false} onSignedIn={(next) => keeper.begin(next)} />
            )}
          </DialogContent>
          <DialogActions>
            <Button onClick={() => keeper.end()}>{t('leave')}</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
