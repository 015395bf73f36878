import { Button, Spinner } from '@fluentui/react-components';
import { KeyReset20Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import type { Mailbox, PinStatus } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { Card } from '../ui/card.tsx';
import { Fact, Facts } from '../ui/facts.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { When } from '../ui/when.tsx';
import { LockButton } from './lock-button.tsx';
import { MailStateLine } from './mail-state.tsx';
import { useMails, usePinStatus, usePolicy } from './queries.ts';
import { ResetPinDialog } from './reset-pin-dialog.tsx';

/** The state of the PIN, and what can be done about it. */
export function PinCard({ mailbox }: { readonly mailbox: Mailbox }) {
  const t = useTranslations('umMailbox');
  const may = useMay();
  const status = usePinStatus(mailbox.id);
  const mails = useMails(mailbox.id);
  // What a PIN is judged by is there when the dialog opens.
  usePolicy(mailbox.policy.id);
  const [isResetting, setResetting] = useState(false);
  const newest = mails.data?.items[0];
  return (
    <>
      <Card
        title={t('settings')}
        actions={
          <>
            {may('resetPin') && (
              <Button appearance="primary" icon={<KeyReset20Regular />} onClick={() => setResetting(true)}>
                {t('resetPin')}
              </Button>
            )}
            <LockButton id={mailbox.id} lockedOut={mailbox.lockedOut} />
          </>
        }
      >
        <FailureMessage error={status.error} onRetry={() => void status.refetch()} />
        {status.isPending && <Spinner size="small" />}
        {status.isSuccess && <PinFacts status={status.data} mailbox={mailbox} />}
      </Card>
      {newest !== undefined && (
        <Card title={t('newestMail')}>
          <MailStateLine mailboxId={mailbox.id} mail={newest} />
        </Card>
      )}
      {isResetting && <ResetPinDialog mailbox={mailbox} onClose={() => setResetting(false)} />}
    </>
  );
}

function PinFacts({ status, mailbox }: { readonly status: PinStatus; readonly mailbox: Mailbox }) {
  const t = useTranslations('umMailbox');
  const state = status.firstTimeUser ? 'firstTime' : status.pinExpired ? 'expired' : 'ok';
  return (
    <Facts>
      <Fact name={t('pinStatus')}>{t(`pin.${state}`)}</Fact>
      <Fact name={t('lock')}>
        <LockText lock={status.lock} />
      </Fact>
      <Fact name={t('extensions')}>{mailbox.extensions.join(', ')}</Fact>
      <Fact name={t('pinSet')}>
        <When at={status.pinSetAt} />
      </Fact>
      <Fact name={t('lastSuccess')}>
        <When at={status.lastSuccessAt} />
      </Fact>
      <Fact name={t('lastFailure')}>
        <When at={status.lastFailureAt} />
      </Fact>
      <Fact name={t('failuresSince')}>{status.failuresSinceSuccess}</Fact>
      <Fact name={t('failuresToward')}>
        {t('failuresOn', { elsewhere: status.failures, own: status.ownLineFailures })}
      </Fact>
    </Facts>
  );
}

function LockText({ lock }: { readonly lock: PinStatus['lock'] }) {
  const t = useTranslations('umMailbox');
  if (lock === null) return t('notLocked');
  return (
    <>
      {t(`lockedBy.${lock.reason}`)} {t(`lockScope.${lock.scope}`)} {t('since')} <When at={lock.since} />
      {'. '}
      {lock.opensAt === null ? (
        t('opensByHand')
      ) : (
        <>
          {t('opensAt')} <When at={lock.opensAt} />.
        </>
      )}
    </>
  );
}
