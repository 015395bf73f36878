import { Button, makeStyles, Spinner, Text, tokens, typographyStyles } from '@fluentui/react-components';
import { Dismiss20Regular } from '@fluentui/react-icons';
import { useEffect, useRef } from 'react';
import { useTranslations } from 'use-intl';
import { AppLink } from '../ui/app-link.tsx';
import { Fact, Facts } from '../ui/facts.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { isCovered } from '../ui/is-covered.ts';
import { isTyping } from '../ui/is-typing.ts';
import { When } from '../ui/when.tsx';
import { LockButton } from './lock-button.tsx';
import { MailboxStates } from './mailbox-states.tsx';
import { useMailbox, usePinStatus } from './queries.ts';
import { ResetPinButton } from './reset-pin-button.tsx';

const useStyles = makeStyles({
  pane: {
    position: 'sticky',
    top: '12px',
    padding: '16px 20px 20px',
    display: 'flex',
    flexDirection: 'column',
    gap: '14px',
    backgroundColor: tokens.colorNeutralBackground1,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    borderRadius: tokens.borderRadiusLarge,
  },
  head: { display: 'flex', alignItems: 'flex-start', gap: '8px' },
  who: { flexGrow: 1, minWidth: 0 },
  heading: { ...typographyStyles.subtitle1, margin: 0, outlineStyle: 'none' },
  part: { display: 'flex', flexDirection: 'column', gap: '8px' },
  partHeading: { margin: 0, fontSize: tokens.fontSizeBase300, fontWeight: tokens.fontWeightSemibold },
  sub: {
    margin: 0,
    fontSize: tokens.fontSizeBase200,
    fontWeight: tokens.fontWeightSemibold,
    color: tokens.colorNeutralForeground3,
  },
  line: { display: 'flex', flexWrap: 'wrap', gap: '8px 16px', alignItems: 'center' },
});

/** Closes by Escape, wherever the focus is; while what is shown is being fetched, it is still in the list. */
function useEscape(onClose: () => void): void {
  const close = useRef(onClose);
  close.current = onClose;
  useEffect(() => {
    const onKey = ({ key, target }: KeyboardEvent) => {
      if (key === 'Escape' && !isCovered() && !isTyping(target)) close.current();
    };
    // Before anybody else: a dialog that this key closes would not be there any more, and its key is not for what is behind it.
    document.addEventListener('keydown', onKey, true);
    return () => document.removeEventListener('keydown', onKey, true);
  }, []);
}

/** What is known of a mailbox, and the way to its UM settings. */
export function DetailsPane({ id, onClose }: { readonly id: string; readonly onClose: () => void }) {
  const styles = useStyles();
  const t = useTranslations('details');
  const common = useTranslations('common');
  const found = useMailbox(id);
  const pin = usePinStatus(id);
  const heading = useRef<HTMLHeadingElement>(null);
  useEscape(onClose);
  const isThere = found.isSuccess;
  useEffect(() => {
    if (isThere) heading.current?.focus({ preventScroll: true });
  }, [isThere]);
  const mailbox = found.data?.mailbox;
  return (
    <aside className={styles.pane} aria-label={t('title')}>
      <div className={styles.head}>
        <div className={styles.who}>
          <h2 ref={heading} tabIndex={-1} className={styles.heading}>
            {mailbox?.displayName ?? common('loading')}
          </h2>
          <Text block>{mailbox?.address}</Text>
        </div>
        <Button appearance="subtle" icon={<Dismiss20Regular />} aria-label={common('close')} onClick={onClose} />
      </div>
      <FailureMessage error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <Spinner size="small" />}
      {mailbox !== undefined && (
        <>
          <MailboxStates {...mailbox} />
          <div className={styles.part}>
            <h3 className={styles.partHeading}>{t('phoneAndVoice')}</h3>
            <h4 className={styles.sub}>{t('unifiedMessaging')}</h4>
            <div className={styles.line}>
              <AppLink href={`/admin/recipients/${id}/um`}>{t('viewDetails')}</AppLink>
              <ResetPinButton mailbox={mailbox} size="small" />
              <LockButton id={id} lockedOut={mailbox.lockedOut} size="small" />
            </div>
          </div>
          <Facts>
            <Fact name={t('extensions')}>{mailbox.extensions.join(', ')}</Fact>
            <Fact name={t('policy')}>{mailbox.policy.name}</Fact>
            <Fact name={t('dialPlan')}>{mailbox.dialPlan.name}</Fact>
            <Fact name={t('pinSet')}>
              <When at={pin.data?.pinSetAt} none="–" />
            </Fact>
            <Fact name={t('lastSuccess')}>
              <When at={pin.data?.lastSuccessAt} />
            </Fact>
            <Fact name={t('failures')}>{pin.data?.failuresSinceSuccess ?? '–'}</Fact>
          </Facts>
        </>
      )}
    </aside>
  );
}
