import { Button, MessageBar, MessageBarBody, makeStyles } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import { FailureMessage } from './failure-message.tsx';
import type { SettingsForm } from './use-settings-form.ts';

const useStyles = makeStyles({
  footer: { display: 'flex', flexDirection: 'column', gap: '12px' },
  buttons: { display: 'flex', gap: '8px' },
});

type FormFooterProps = Pick<SettingsForm<object>, 'isChanged' | 'isSaving' | 'isOutdated' | 'error' | 'reset'> & {
  readonly isRefused: boolean;
};

/** Save and give up, and why saving failed. */
export function FormFooter({ isChanged, isSaving, isOutdated, error, reset, isRefused }: FormFooterProps) {
  const styles = useStyles();
  const t = useTranslations('common');
  const settings = useTranslations('settings');
  return (
    <div className={styles.footer}>
      {isOutdated ? (
        <MessageBar intent="warning" layout="multiline" role="alert">
          <MessageBarBody>{settings('outdated')}</MessageBarBody>
        </MessageBar>
      ) : (
        <FailureMessage error={error} />
      )}
      <div className={styles.buttons}>
        <Button type="submit" appearance="primary" disabled={!isChanged || isRefused} disabledFocusable={isSaving}>
          {isSaving ? t('saving') : isOutdated ? settings('saveOver') : t('save')}
        </Button>
        <Button disabled={!isChanged || isSaving} onClick={reset}>
          {t('discard')}
        </Button>
      </div>
    </div>
  );
}
