import { mergeClasses, Text } from '@fluentui/react-components';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { listSessions } from '../api/operations.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { Pager, usePaging } from '../ui/pager.tsx';
import { Starting } from '../ui/starting.tsx';
import { useTableStyles } from '../ui/table-styles.ts';
import { SignedInCard } from './signed-in-card.tsx';

/** Who is signed in with a browser; for signing somebody out whose token has got into wrong hands, or who has left. */
export default function SessionsPage() {
  const styles = useTableStyles();
  const t = useTranslations('sessions');
  const paging = usePaging('');
  const { cursor } = paging;
  const persons = useQuery({
    queryKey: [...KEYS.sessions, cursor],
    queryFn: ({ signal }) => done(listSessions({ limit: 50, ...(cursor === undefined ? {} : { cursor }) }, { signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 60_000,
  });
  return (
    <Page title={t('title')}>
      <Text>{t('about')}</Text>
      <FailureMessage error={persons.error} onRetry={() => void persons.refetch()} />
      {persons.isPending && <Starting />}
      {persons.data?.items.length === 0 && <div className={mergeClasses(styles.around, styles.empty)}>{t('none')}</div>}
      {persons.data?.items.map((person) => (
        <SignedInCard key={person.person} person={person} />
      ))}
      <Pager paging={paging} next={persons.data?.next} />
    </Page>
  );
}
