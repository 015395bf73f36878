import { Button, Divider, Link as FluentLink, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import { useSearchParams } from 'wouter';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Starting } from '../ui/starting.tsx';
import { useFailedSignIn } from './failed-sign-in.ts';
import type { AdministratorSession } from './session.ts';
import { SignInCard } from './sign-in-card.tsx';
import { TokenForm } from './token-form.tsx';
import { useConfig } from './use-config.ts';

/** Where somebody wants to go who has to sign in first. */
export function destinationOf(pathname: string, search: string, home: string): string {
  return pathname.startsWith(`${home}/sign-in`) ? home : `${pathname}${search}`;
}

interface SignInProps {
  readonly onSignedIn: (session: AdministratorSession) => void;
}

/** Lets an administrator in: by the identity provider where there is one, or by an access token. */
export function SignIn({ onSignedIn }: SignInProps) {
  const t = useTranslations('signIn');
  const config = useConfig();
  const [search] = useSearchParams();
  const failed = useFailedSignIn(search);
  const { pathname, search: query } = window.location;
  const to = destinationOf(pathname, query, '/admin');
  const oidc = config.data?.oidc ?? null;
  return (
    <SignInCard title={t('administration')}>
      {failed !== undefined && (
        <MessageBar intent="warning" layout="multiline" role="alert">
          <MessageBarBody>{failed}</MessageBarBody>
        </MessageBar>
      )}
      <FailureMessage error={config.error} onRetry={() => void config.refetch()} />
      {config.isPending && <Starting />}
      {oidc !== null && (
        <>
          <Button as="a" appearance="primary" href={`/web/oidc/start?for=admin&to=${encodeURIComponent(to)}`}>
            {t('withProvider', { name: oidc.name })}
          </Button>
          <Divider>{t('or')}</Divider>
        </>
      )}
      {config.isSuccess && <TokenForm takesFocus onSignedIn={onSignedIn} />}
      {/* The other application is another page: its code is not here. */}
      <FluentLink href="/me">{t('noAdministrator')}</FluentLink>
    </SignInCard>
  );
}
