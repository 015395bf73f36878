import { Button, Field, Input } from '@fluentui/react-components';
import { type FormEvent, useState } from 'react';
import { useTranslations } from 'use-intl';
import { Refused } from '../api/failure.ts';
import { signInByToken } from '../api/web.ts';
import { useFailureText } from '../ui/failure-text.ts';
import type { AdministratorSession } from './session.ts';

interface TokenFormProps {
  readonly onSignedIn: (session: AdministratorSession) => void;
  /** Whether the cursor is in it from the start. */
  readonly takesFocus: boolean;
}

/** Exchanges an access token for a session. */
export function TokenForm({ onSignedIn, takesFocus }: TokenFormProps) {
  const t = useTranslations('signIn');
  const textOf = useFailureText();
  const [token, setToken] = useState('');
  const [complaint, setComplaint] = useState<string>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const value = token.trim();
    if (value === '') {
      setComplaint(t('tokenMissing'));
      return;
    }
    setBusy(true);
    setComplaint(undefined);
    try {
      onSignedIn(await signInByToken(value));
    } catch (error) {
      const isWrong = error instanceof Refused && error.problem.status === 401;
      setComplaint(isWrong ? t('tokenRefused') : textOf(error));
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Field
        label={t('token')}
        hint={t('tokenHint')}
        validationState={complaint === undefined ? 'none' : 'error'}
        validationMessage={complaint}
      >
        <Input
          type="password"
          name="token"
          autoComplete="off"
          value={token}
          onChange={(_event, { value }) => setToken(value)}
          autoFocus={takesFocus}
        />
      </Field>
      <Button type="submit" appearance="primary" disabledFocusable={isBusy} style={{ marginTop: 16 }}>
        {isBusy ? t('signingIn') : t('signIn')}
      </Button>
    </form>
  );
}
