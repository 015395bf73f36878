import { Spinner, Text } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import { Card } from '../ui/card.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { MailStateLine } from './mail-state.tsx';
import { useMails } from './queries.ts';

/** The newest mails to the user of a mailbox. */
export function MailList({ id }: { readonly id: string }) {
  const t = useTranslations('mail');
  const mails = useMails(id);
  return (
    <Card title={t('title')}>
      <FailureMessage error={mails.error} onRetry={() => void mails.refetch()} />
      {mails.isPending && <Spinner size="small" />}
      {mails.data?.items.length === 0 && <Text>{t('none')}</Text>}
      {mails.data?.items.map((mail) => (
        <MailStateLine key={mail.id} mailboxId={id} mail={mail} />
      ))}
    </Card>
  );
}
