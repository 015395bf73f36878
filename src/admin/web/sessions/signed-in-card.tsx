import { Badge, makeStyles, Text, tokens } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import { ROLE_NAMES } from '../../../domain/role.ts';
import { endSessionOf, endSessionsOf, type SignedInPerson } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { AppLink } from '../ui/app-link.tsx';
import { Card } from '../ui/card.tsx';
import { When } from '../ui/when.tsx';
import { EndButton } from './end-button.tsx';

type Session = SignedInPerson['sessions'][number];

const useStyles = makeStyles({
  card: { boxSizing: 'border-box', maxWidth: '920px' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'flex', flexDirection: 'column', gap: '12px' },
  session: {
    display: 'flex',
    gap: '8px 16px',
    alignItems: 'flex-start',
    paddingTop: '12px',
    borderTop: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  facts: { minWidth: 0, flexGrow: 1, display: 'flex', flexDirection: 'column', gap: '2px', overflowWrap: 'anywhere' },
  head: { display: 'flex', flexWrap: 'wrap', gap: '4px 8px', alignItems: 'center' },
  soft: { color: tokens.colorNeutralForeground3 },
});

/** Somebody who is signed in, with each of their browsers; the one that shows this is marked, and left by its own menu. */
export function SignedInCard({ person }: { readonly person: SignedInPerson }) {
  const styles = useStyles();
  const t = useTranslations('sessions');
  const may = useMay();
  const { name, sessions, mailboxId } = person;
  const isOneself = sessions.some(({ isCurrent }) => isCurrent);
  const isEndingAll = may('endSessionsOf') && sessions.length > 1 && !isOneself;
  return (
    <Card
      title={name}
      className={styles.card}
      actions={
        isEndingAll && (
          <EndButton
            action={t('endAll')}
            label={t('endAllOf', { name })}
            title={t('endAllTitle', { name })}
            about={t('endAbout')}
            send={() => endSessionsOf(person.person)}
          />
        )
      }
    >
      {mailboxId !== null && <AppLink href={`/admin/recipients/${mailboxId}`}>{t('user')}</AppLink>}
      <ul className={styles.list}>
        {sessions.map((session) => (
          <li key={session.id} className={styles.session}>
            <SessionFacts session={session} />
            {may('endSessionOf') && !session.isCurrent && (
              <EndButton
                action={t('end')}
                label={t('endOf', { name, address: session.address })}
                title={t('endTitle', { name })}
                about={t('endAbout')}
                send={() => endSessionOf(person.person, session.id)}
              />
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function SessionFacts({ session }: { readonly session: Session }) {
  const styles = useStyles();
  const t = useTranslations('sessions');
  return (
    <div className={styles.facts}>
      <div className={styles.head}>
        <Text weight="semibold">{t('from', { address: session.address })}</Text>
        {session.isCurrent && (
          <Badge appearance="tint" color="brand">
            {t('current')}
          </Badge>
        )}
      </div>
      <Text>{[t(`by.${session.signedInBy}`), ...session.roles.map((role) => ROLE_NAMES[role])].join(' · ')}</Text>
      <Text className={styles.soft}>
        {t('began')} <When at={session.beganAt} />
      </Text>
      <Text className={styles.soft}>
        {t('lastUsed')} <When at={session.lastUsedAt} />
      </Text>
    </div>
  );
}
