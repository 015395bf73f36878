import { Button, makeStyles, Spinner, Text, tokens } from '@fluentui/react-components';
import {
  ErrorCircle20Regular,
  MailArrowDoubleBack20Regular,
  MailCheckmark20Regular,
  MailClock20Regular,
} from '@fluentui/react-icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { type Mail, retryMail } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { useOnce } from '../ui/use-once.ts';
import { When } from '../ui/when.tsx';

const useStyles = makeStyles({
  line: { display: 'flex', gap: '10px', alignItems: 'flex-start' },
  body: { minWidth: 0, flexGrow: 1, display: 'flex', flexDirection: 'column', gap: '2px' },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** A mail as a reset tells of it, or, once the list has been read, with everything that is known of it. */
type KnownMail = Pick<Mail, 'id' | 'kind' | 'to' | 'state'> & Partial<Mail>;

const ICONS: Readonly<Record<Mail['state'], ReactElement>> = {
  waiting: <Spinner size="tiny" />,
  delivered: <MailCheckmark20Regular />,
  superseded: <MailArrowDoubleBack20Regular />,
  refused: <ErrorCircle20Regular />,
  expired: <ErrorCircle20Regular />,
};

/** A mail: what it tells, where it goes and how far it is; it is told anew when that changes. */
export function MailStateLine({ mailboxId, mail }: { readonly mailboxId: string; readonly mail: KnownMail }) {
  const styles = useStyles();
  const t = useTranslations('mail');
  const hasFailed = mail.lastError !== undefined && mail.lastError !== null;
  return (
    <div className={styles.line}>
      {mail.state === 'waiting' && hasFailed ? <MailClock20Regular /> : ICONS[mail.state]}
      <div className={styles.body}>
        <Text>{t(`kind.${mail.kind}`, { address: mail.to })}</Text>
        <Text className={styles.soft} role="status">
          {t(`state.${mail.state}`)}
          {hasFailed && mail.state !== 'delivered' && ` ${t('lastError', { error: mail.lastError ?? '' })}`}
        </Text>
        {mail.state === 'waiting' && hasFailed && mail.nextAttemptAt && (
          <Text className={styles.soft}>
            {t('next')} <When at={mail.nextAttemptAt} />
          </Text>
        )}
        <RetryMail mailboxId={mailboxId} mail={mail} hasFailed={hasFailed} />
      </div>
      {mail.queuedAt !== undefined && (
        <Text className={styles.soft}>
          <When at={mail.queuedAt} />
        </Text>
      )}
    </div>
  );
}

interface RetryMailProps {
  readonly mailboxId: string;
  readonly mail: KnownMail;
  readonly hasFailed: boolean;
}

function RetryMail({ mailboxId, mail, hasFailed }: RetryMailProps) {
  const t = useTranslations('mail');
  const may = useMay();
  const client = useQueryClient();
  const once = useOnce();
  const retry = useMutation({
    mutationFn: () => once([mailboxId, mail.id], (options) => done(retryMail(mailboxId, mail.id, options))),
    onSuccess: () => client.invalidateQueries({ queryKey: KEYS.mailbox(mailboxId) }),
  });
  const isRetriable = mail.state === 'refused' || (mail.state === 'waiting' && hasFailed);
  if (!isRetriable || !may('retryMail')) return null;
  return (
    <div>
      <Button size="small" disabledFocusable={retry.isPending} onClick={() => retry.mutate()}>
        {t('retry')}
      </Button>
      <FailureMessage error={retry.error} />
    </div>
  );
}
