import { makeStyles, Spinner, Tab, TabList } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { MailList } from './mail-list.tsx';
import { MailboxSettings } from './mailbox-settings.tsx';
import { MailboxStates } from './mailbox-states.tsx';
import { PinCard } from './pin-card.tsx';
import { useMailbox } from './queries.ts';
import { Timeline } from './timeline.tsx';

const useStyles = makeStyles({ part: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '920px' } });

const TABS = ['pin', 'settings', 'mail', 'timeline'] as const;
type TabName = (typeof TABS)[number];

/** Everything about a mailbox: its PIN, its settings, its mail, what happened to it. */
export default function UmMailboxPage({ id, tab }: { readonly id: string; readonly tab: string | undefined }) {
  const styles = useStyles();
  const t = useTranslations('umMailbox');
  const recipients = useTranslations('recipients');
  const [, navigate] = useLocation();
  const found = useMailbox(id);
  const current: TabName = TABS.find((one) => one === tab) ?? 'pin';
  const above = { title: recipients('title'), href: `/admin/recipients/${id}` };
  const mailbox = found.data?.mailbox;
  if (mailbox === undefined) {
    return (
      <Page title={t('title')} above={above}>
        <FailureMessage error={found.error} onRetry={() => void found.refetch()} />
        {found.isPending && <Spinner />}
      </Page>
    );
  }
  return (
    <Page title={t('titleOf', { name: mailbox.displayName })} above={above}>
      <MailboxStates {...mailbox} />
      <TabList
        selectedValue={current}
        onTabSelect={(_event, { value }) => navigate(`/admin/recipients/${id}/um/${String(value)}`)}
      >
        {TABS.map((name) => (
          <Tab key={name} value={name} id={`tab-${name}`} aria-controls="tab-panel">
            {t(`tabs.${name}`)}
          </Tab>
        ))}
      </TabList>
      <div className={styles.part} role="tabpanel" id="tab-panel" aria-labelledby={`tab-${current}`}>
        {current === 'pin' && <PinCard mailbox={mailbox} />}
        {current === 'settings' && <MailboxSettings mailbox={mailbox} revision={found.data?.revision} />}
        {current === 'mail' && <MailList id={id} />}
        {current === 'timeline' && <Timeline id={id} />}
      </div>
    </Page>
  );
}
