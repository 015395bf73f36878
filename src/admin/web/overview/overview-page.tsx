import { makeStyles, mergeClasses, Spinner, Text, tokens } from '@fluentui/react-components';
import { ChevronRight16Regular } from '@fluentui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';
import { Link } from 'wouter';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { getOverview } from '../api/operations.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { When } from '../ui/when.tsx';

const useStyles = makeStyles({
  tiles: { display: 'grid', gridTemplateColumns: 'repeat(auto-fill, minmax(200px, 1fr))', gap: '12px' },
  tile: {
    display: 'flex',
    flexDirection: 'column',
    gap: '4px',
    padding: '16px 18px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    color: tokens.colorNeutralForeground1,
    textDecorationLine: 'none',
    ':hover': { backgroundColor: tokens.colorNeutralBackground2 },
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  number: {
    fontSize: tokens.fontSizeHero800,
    lineHeight: tokens.lineHeightHero800,
    fontWeight: tokens.fontWeightSemibold,
  },
  name: { display: 'flex', alignItems: 'center', justifyContent: 'space-between', gap: '8px' },
  alarming: { color: tokens.colorStatusDangerForeground1 },
  soft: { color: tokens.colorNeutralForeground3 },
});

const TILES = [
  { name: 'lockedOut', href: '/admin/recipients?state=locked', isAlarming: true },
  { name: 'pinResetsToday', href: '/admin/audit', isAlarming: false },
  { name: 'lockoutsToday', href: '/admin/audit', isAlarming: false },
  { name: 'mailsWaiting', href: '/admin/recipients?state=mailProblem', isAlarming: false },
  { name: 'mailsRefused', href: '/admin/recipients?state=mailProblem', isAlarming: true },
  { name: 'liveCalls', href: '/admin/calls', isAlarming: false },
] as const;

/** How things are: numbers that change by themselves, each a way to what is behind it. */
export default function OverviewPage() {
  const styles = useStyles();
  const t = useTranslations('overview');
  const overview = useQuery({
    queryKey: KEYS.overview,
    queryFn: ({ signal }) => done(getOverview({ signal })),
    refetchInterval: 60_000,
  });
  return (
    <Page title={t('title')}>
      <FailureMessage error={overview.error} onRetry={() => void overview.refetch()} />
      {overview.isPending && <Spinner />}
      {overview.data !== undefined && (
        <>
          <div className={styles.tiles}>
            {TILES.map(({ name, href, isAlarming }) => {
              const value = overview.data[name];
              return (
                <Link key={name} href={href} className={styles.tile}>
                  <span className={mergeClasses(styles.number, isAlarming && value > 0 && styles.alarming)}>
                    {value}
                  </span>
                  <span className={styles.name}>
                    {t(name)}
                    <ChevronRight16Regular />
                  </span>
                </Link>
              );
            })}
          </div>
          <Text className={styles.soft}>
            {t('asOf')} <When at={overview.data.at} />
          </Text>
        </>
      )}
    </Page>
  );
}
