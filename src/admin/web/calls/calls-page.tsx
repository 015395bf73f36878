import { Button, mergeClasses } from '@fluentui/react-components';
import { CallEnd20Regular } from '@fluentui/react-icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { type Call, hangUpCall, listCalls } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { Starting } from '../ui/starting.tsx';
import { useTableStyles } from '../ui/table-styles.ts';
import { When } from '../ui/when.tsx';

/** The calls that are going on. */
export default function CallsPage() {
  const styles = useTableStyles();
  const t = useTranslations('calls');
  const calls = useQuery({
    queryKey: KEYS.calls,
    queryFn: ({ signal }) => done(listCalls({ limit: 200 }, { signal })),
    refetchInterval: 15_000,
  });
  return (
    <Page title={t('title')}>
      <FailureMessage error={calls.error} onRetry={() => void calls.refetch()} />
      {calls.isPending && <Starting />}
      {calls.data?.items.length === 0 && <div className={mergeClasses(styles.around, styles.empty)}>{t('none')}</div>}
      {calls.data !== undefined && calls.data.items.length > 0 && (
        <div className={styles.around}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('since')}</th>
                <th scope="col">{t('from')}</th>
                <th scope="col" className={styles.minor}>
                  {t('dialPlan')}
                </th>
                <th scope="col">{t('state')}</th>
                <th scope="col">{t('actions')}</th>
              </tr>
            </thead>
            <tbody>
              {calls.data.items.map((call) => (
                <tr key={call.id} className={styles.row}>
                  <td>
                    <When at={call.since} />
                  </td>
                  <td>{call.peer}</td>
                  <td className={styles.minor}>{call.dialPlan ?? '–'}</td>
                  <td>{t(`states.${call.state}`)}</td>
                  <td className={styles.end}>
                    <HangUp call={call} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Page>
  );
}

function HangUp({ call }: { readonly call: Call }) {
  const t = useTranslations('calls');
  const may = useMay();
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  if (!may('hangUpCall')) return null;
  const hangUp = async () => {
    await done(hangUpCall(call.id));
    await client.invalidateQueries({ queryKey: KEYS.calls });
  };
  return (
    <>
      <Button
        size="small"
        icon={<CallEnd20Regular />}
        aria-label={t('hangUpFrom', { peer: call.peer })}
        onClick={() => setAsking(true)}
      >
        {t('hangUp')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('hangUpTitle')}
          action={t('hangUp')}
          onConfirm={hangUp}
          onClose={() => setAsking(false)}
        >
          <p>{t('hangUpAbout', { peer: call.peer })}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
