import { Button, Field, Input, Link, MessageBar, MessageBarBody, Text } from '@fluentui/react-components';
import { type FormEvent, useState } from 'react';
import { useTranslations } from 'use-intl';
import { mailLink } from '../api/web.ts';
import { useFailedSignIn } from '../session/failed-sign-in.ts';
import { SignInCard } from '../session/sign-in-card.tsx';
import { useConfig } from '../session/use-config.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { useFailureText } from '../ui/failure-text.ts';
import { Starting } from '../ui/starting.tsx';

/** How users prove who they are, by whichever way is set up here. */
export function UserSignIn() {
  const t = useTranslations('me');
  const signIn = useTranslations('signIn');
  const config = useConfig();
  const failed = useFailedSignIn(new URLSearchParams(window.location.search));
  const way = config.data?.selfService;
  return (
    <SignInCard title={t('signInTitle')}>
      {failed !== undefined && (
        <MessageBar intent="warning" layout="multiline" role="alert">
          <MessageBarBody>{failed}</MessageBarBody>
        </MessageBar>
      )}
      <FailureMessage error={config.error} onRetry={() => void config.refetch()} />
      {config.isPending && <Starting />}
      {way === 'oidc' && (
        <Button as="a" appearance="primary" href="/web/oidc/start?for=me&to=/me">
          {signIn('withProvider', { name: config.data?.oidc?.name ?? '' })}
        </Button>
      )}
      {way === 'link' && <LinkRequest />}
      {way === null && <Text>{t('notOffered')}</Text>}
      <Link href="/admin">{t('toAdministration')}</Link>
    </SignInCard>
  );
}

/** Asks for a link by mail. That it was sent is said in any case: who has a mailbox is nobody's business. */
function LinkRequest() {
  const t = useTranslations('me');
  const textOf = useFailureText();
  const [address, setAddress] = useState('');
  const [complaint, setComplaint] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const [isSent, setSent] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!/^\S+@\S+$/.test(address.trim())) {
      setComplaint(t('addressMissing'));
      return;
    }
    setBusy(true);
    setComplaint(undefined);
    try {
      await mailLink(address.trim());
      setSent(true);
    } catch (error) {
      setComplaint(textOf(error));
    }
    setBusy(false);
  };
  if (isSent) {
    return (
      <>
        <MessageBar intent="success" layout="multiline" role="status">
          <MessageBarBody>{t('linkSent', { address: address.trim() })}</MessageBarBody>
        </MessageBar>
        <Button onClick={() => setSent(false)}>{t('linkAgain')}</Button>
      </>
    );
  }
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Field
        label={t('address')}
        hint={t('addressHint')}
        validationState={complaint === undefined ? 'none' : 'error'}
        validationMessage={complaint}
      >
        <Input
          type="email"
          autoComplete="email"
          value={address}
          onChange={(_event, { value }) => setAddress(value)}
          autoFocus
        />
      </Field>
      <Button type="submit" appearance="primary" disabledFocusable={isBusy} style={{ marginTop: 16 }}>
        {isBusy ? t('sending') : t('sendLink')}
      </Button>
    </form>
  );
}
