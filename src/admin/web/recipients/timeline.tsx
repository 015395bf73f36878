import { Spinner } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import { RecordTable } from '../audit/record-table.tsx';
import { Card } from '../ui/card.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Pager, usePaging } from '../ui/pager.tsx';
import { useTimeline } from './queries.ts';

/** What happened to a mailbox, the newest first. */
export function Timeline({ id }: { readonly id: string }) {
  const t = useTranslations('umMailbox');
  const paging = usePaging(id);
  const timeline = useTimeline(id, paging.cursor);
  return (
    <Card title={t('tabs.timeline')}>
      <FailureMessage error={timeline.error} onRetry={() => void timeline.refetch()} />
      {timeline.isPending && <Spinner size="small" />}
      {timeline.isSuccess && (
        <RecordTable
          records={timeline.data.items.map((entry, index) => ({
            ...entry,
            action: entry.kind,
            key: `${entry.at} ${index}`,
          }))}
        />
      )}
      <Pager paging={paging} next={timeline.data?.next} />
    </Card>
  );
}
