import { Badge, makeStyles } from '@fluentui/react-components';
import { Clock16Regular, LockClosed16Regular, MailWarning16Regular, PersonAdd16Regular } from '@fluentui/react-icons';
import { useTranslations } from 'use-intl';
import type { Mailbox } from '../api/operations.ts';

const useStyles = makeStyles({ badges: { display: 'flex', flexWrap: 'wrap', gap: '4px' } });

type States = Pick<Mailbox, 'lockedOut' | 'pinExpired' | 'firstTimeUser' | 'subscriberAccess' | 'mail'>;

const MAIL_PROBLEMS: readonly string[] = ['refused', 'expired'];

/** What somebody should see of a mailbox at a glance; each state has a word and a picture, never a colour alone. */
export function MailboxStates({ lockedOut, pinExpired, firstTimeUser, subscriberAccess, mail }: States) {
  const styles = useStyles();
  const t = useTranslations('states');
  const hasMailProblem = mail !== null && MAIL_PROBLEMS.includes(mail.state);
  if (!lockedOut && !hasMailProblem && !pinExpired && !firstTimeUser && subscriberAccess) return null;
  return (
    <span className={styles.badges}>
      {lockedOut && (
        <Badge appearance="filled" color="danger" icon={<LockClosed16Regular />}>
          {t('lockedOut')}
        </Badge>
      )}
      {hasMailProblem && (
        <Badge appearance="tint" color="danger" icon={<MailWarning16Regular />}>
          {t('mailProblem')}
        </Badge>
      )}
      {pinExpired && (
        <Badge appearance="tint" color="warning" icon={<Clock16Regular />}>
          {t('pinExpired')}
        </Badge>
      )}
      {firstTimeUser && (
        <Badge appearance="tint" color="informative" icon={<PersonAdd16Regular />}>
          {t('firstTime')}
        </Badge>
      )}
      {!subscriberAccess && (
        <Badge appearance="outline" color="informative">
          {t('noAccess')}
        </Badge>
      )}
    </span>
  );
}
