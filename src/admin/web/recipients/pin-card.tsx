import { Spinner } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import type { Mailbox, PinStatus } from '../api/operations.ts';
import { Card } from '../ui/card.tsx';
import { Fact, Facts } from '../ui/facts.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { When } from '../ui/when.tsx';
import { LockButton } from './lock-button.tsx';
import { MailStateLine } from './mail-state.tsx';
import { useMails, usePinStatus } from './queries.ts';
import { ResetPinButton } from './reset-pin-button.tsx';

/** The state of the PIN, and what can be done about it. */
export function PinCard({ mailbox }: { readonly mailbox: Mailbox }) {
  const t = useTranslations('umMailbox');
  const status = usePinStatus(mailbox.id);
  const mails = useMails(mailbox.id);
  const told = status.data?.mail;
  // The list may know more of it by now. Its first is another where somebody has asked for links to sign in by since.
  const newest = mails.data?.items.find(({ id }) => id === told?.id) ?? told;
  return (
    <>
      <Card
        title={t('settings')}
        actions={
          <>
            <ResetPinButton mailbox={mailbox} />
            <LockButton id={mailbox.id} lockedOut={mailbox.lockedOut} />
          </>
        }
      >
        <FailureMessage error={status.error} onRetry={() => void status.refetch()} />
        {status.isPending && <Spinner size="small" />}
        {status.isSuccess && <PinFacts status={status.data} mailbox={mailbox} />}
      </Card>
      {newest && (
        <Card title={t('newestMail')}>
          <MailStateLine mailboxId={mailbox.id} mail={newest} />
        </Card>
      )}
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
