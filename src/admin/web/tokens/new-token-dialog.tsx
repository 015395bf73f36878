import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  makeStyles,
  Text,
} from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslations } from 'use-intl';
import { ROLE_NAMES, ROLES, type Role } from '../../../domain/role.ts';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { createToken } from '../api/operations.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { ChoiceSetting, TextSetting } from '../ui/setting-fields.tsx';
import { useOnce } from '../ui/use-once.ts';

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: '14px' } });

const LIFETIMES = ['7', '30', '90', '365', 'never'] as const;

/** Makes an access token, and shows it the one time that it can be seen. */
export function NewTokenDialog({ onClose }: { readonly onClose: () => void }) {
  const t = useTranslations('tokens');
  const common = useTranslations('common');
  const [secret, setSecret] = useState<string>();
  const [isCopied, setCopied] = useState(false);
  return (
    <Dialog inertTrapFocus open modalType="alert">
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t('new')}</DialogTitle>
          {secret === undefined ? (
            <TokenForm onMade={setSecret} onClose={onClose} />
          ) : (
            <>
              <DialogContent>
                <Field label={t('secret')} hint={t('secretAbout')}>
                  <Input readOnly value={secret} onFocus={(event) => event.target.select()} autoFocus />
                </Field>
              </DialogContent>
              <DialogActions>
                {/* Browsers have no clipboard for pages that come without TLS from another machine. */}
                {window.isSecureContext && (
                  <Button onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}>
                    {isCopied ? t('copied') : t('copy')}
                  </Button>
                )}
                <Button appearance="primary" onClick={onClose}>
                  {common('done')}
                </Button>
              </DialogActions>
            </>
          )}
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

interface TokenFormProps {
  readonly onMade: (secret: string) => void;
  readonly onClose: () => void;
}

function TokenForm({ onMade, onClose }: TokenFormProps) {
  const styles = useStyles();
  const t = useTranslations('tokens');
  const common = useTranslations('common');
  const client = useQueryClient();
  const once = useOnce();
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('help-desk');
  const [lifetime, setLifetime] = useState<(typeof LIFETIMES)[number]>('90');
  const [isMissing, setMissing] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setMissing(name.trim() === '');
    if (name.trim() === '') return;
    setBusy(true);
    setError(undefined);
    try {
      const expiresInDays = lifetime === 'never' ? null : Number(lifetime);
      const body = { name, role, expiresInDays };
      const made = await once(body, (options) => done(createToken(body, options)));
      onMade(made.token ?? '');
    } catch (failure) {
      setError(failure);
      setBusy(false);
    } finally {
      // It may have been made though its answer was lost.
      void client.invalidateQueries({ queryKey: KEYS.tokens });
    }
  };
  return (
    <form onSubmit={(event) => void save(event)} noValidate style={{ display: 'contents' }}>
      <DialogContent className={styles.content}>
        <TextSetting
          label={t('name')}
          hint={t('nameHint')}
          value={name}
          onChange={setName}
          refusal={isMissing ? t('nameMissing') : undefined}
          isRequired
        />
        <ChoiceSetting
          label={t('role')}
          hint={t(`roleHints.${role}`)}
          value={role}
          onChange={setRole}
          choices={ROLES.map((value) => ({ value, text: ROLE_NAMES[value] }))}
        />
        <ChoiceSetting
          label={t('lifetime')}
          value={lifetime}
          onChange={setLifetime}
          choices={LIFETIMES.map((value) => ({
            value,
            text: value === 'never' ? t('forEver') : t('days', { count: Number(value) }),
          }))}
        />
        <Text>{t('shownOnce')}</Text>
        <FailureMessage error={error} />
      </DialogContent>
      <DialogActions>
        <Button type="submit" appearance="primary" disabledFocusable={isBusy}>
          {isBusy ? common('saving') : t('make')}
        </Button>
        <Button disabled={isBusy} onClick={onClose}>
          {common('cancel')}
        </Button>
      </DialogActions>
    </form>
  );
}
