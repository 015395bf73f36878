import { Button, MessageBar, MessageBarBody, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { getOwnMailbox, type OwnMailbox } from '../api/operations.ts';
import { signOut } from '../api/web.ts';
import { ThemeMenu } from '../shell/theme-menu.tsx';
import { Card } from '../ui/card.tsx';
import { Fact, Facts } from '../ui/facts.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { Starting } from '../ui/starting.tsx';
import { useToast } from '../ui/use-toast.tsx';
import { When } from '../ui/when.tsx';
import { RecentSignIns } from './recent-sign-ins.tsx';
import { ResetOwnPin } from './reset-own-pin.tsx';
import { useUser } from './user-gate.tsx';

const useStyles = makeStyles({
  around: { minHeight: '100vh', backgroundColor: tokens.colorNeutralBackground2 },
  top: {
    display: 'flex',
    alignItems: 'center',
    gap: '8px',
    padding: '6px 20px',
    backgroundColor: tokens.colorNeutralBackground1,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
    '@media (max-width: 640px)': { padding: '6px 12px' },
  },
  brand: { flexGrow: 1, fontSize: tokens.fontSizeBase400, fontWeight: tokens.fontWeightSemibold },
  main: { maxWidth: '760px', margin: '0 auto' },
});

/** What users see of their own mailbox, and what they can do about it. */
export function OwnMailboxPage() {
  const styles = useStyles();
  const t = useTranslations('me');
  const shell = useTranslations('shell');
  const common = useTranslations('common');
  const toast = useToast();
  const { keeper, session } = useUser();
  const mailbox = useQuery({
    queryKey: ['own-mailbox'],
    queryFn: ({ signal }) => done(getOwnMailbox({ signal })),
    refetchInterval: 30_000,
  });
  const leave = async () => {
    try {
      await signOut(session, false);
      keeper.end();
    } catch {
      toast(shell('signOutFailed'));
    }
  };
  return (
    <div className={styles.around}>
      <header className={styles.top}>
        <span className={styles.brand}>{common('product')}</span>
        <ThemeMenu />
        <Button appearance="subtle" onClick={() => void leave()}>
          {shell('signOut')}
        </Button>
      </header>
      <main className={styles.main}>
        <Page title={t('title', { name: session.displayName })}>
          <FailureMessage error={mailbox.error} onRetry={() => void mailbox.refetch()} />
          {mailbox.isPending && <Starting />}
          {mailbox.data !== undefined && <OwnMailboxParts mailbox={mailbox.data} />}
        </Page>
      </main>
    </div>
  );
}

function OwnMailboxParts({ mailbox }: { readonly mailbox: OwnMailbox }) {
  const t = useTranslations('me');
  return (
    <>
      {mailbox.lockedOut && (
        <MessageBar intent="error" layout="multiline" role="alert">
          <MessageBarBody>
            {mailbox.lockedUntil === null ? (
              t('locked')
            ) : (
              <>
                {t('lockedUntil')} <When at={mailbox.lockedUntil} />.
              </>
            )}
          </MessageBarBody>
        </MessageBar>
      )}
      <Card title={t('call')}>
        <Facts>
          <Fact name={t('number')}>{mailbox.accessNumbers.join(', ')}</Fact>
          <Fact name={t('extension')}>{mailbox.extensions.join(', ')}</Fact>
          <Fact name={t('mailAddress')}>{mailbox.address}</Fact>
        </Facts>
      </Card>
      <Card title={t('pin')}>
        <Text>{t(`pinState.${mailbox.pin.state}`)}</Text>
        <Facts>
          <Fact name={t('pinSet')}>
            <When at={mailbox.pin.setAt} />
          </Fact>
          <Fact name={t('pinExpires')}>
            <When at={mailbox.pin.expiresAt} />
          </Fact>
        </Facts>
        <ResetOwnPin mailbox={mailbox} />
      </Card>
      <RecentSignIns mailbox={mailbox} />
    </>
  );
}
