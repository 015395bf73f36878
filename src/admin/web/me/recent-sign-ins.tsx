import { Button, MessageBar, MessageBarBody, Text } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { type OwnMailbox, reportOwnMailbox } from '../api/operations.ts';
import { Card } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useTableStyles } from '../ui/table-styles.ts';
import { When } from '../ui/when.tsx';

/** Who has signed in lately or tried to, and a way to say that it was somebody else. */
export function RecentSignIns({ mailbox }: { readonly mailbox: OwnMailbox }) {
  const styles = useTableStyles();
  const t = useTranslations('me');
  return (
    <Card title={t('recent')}>
      <Text>{t('failuresSince', { count: mailbox.failuresSinceSuccess })}</Text>
      {mailbox.recentSignIns.length === 0 ? (
        <Text>{t('noSignIns')}</Text>
      ) : (
        <div className={styles.around}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('when')}</th>
                <th scope="col">{t('outcome')}</th>
                <th scope="col">{t('from')}</th>
              </tr>
            </thead>
            <tbody>
              {mailbox.recentSignIns.map(({ at, outcome, callingNumber }) => (
                <tr key={`${at} ${outcome} ${callingNumber}`}>
                  <td>
                    <When at={at} />
                  </td>
                  <td>{t(`outcomes.${outcome}`)}</td>
                  <td>{callingNumber ?? t('unknownNumber')}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      <NotMe />
    </Card>
  );
}

function NotMe() {
  const t = useTranslations('me');
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [isReported, setReported] = useState(false);
  const report = async () => {
    await done(reportOwnMailbox({}));
    setReported(true);
    await client.invalidateQueries({ queryKey: ['own-mailbox'] });
  };
  return (
    <>
      {isReported && (
        <MessageBar intent="success" layout="multiline" role="status">
          <MessageBarBody>{t('reported')}</MessageBarBody>
        </MessageBar>
      )}
      <div>
        <Button onClick={() => setAsking(true)}>{t('notMe')}</Button>
      </div>
      {isAsking && (
        <ConfirmDialog title={t('notMe')} action={t('notMeYes')} onConfirm={report} onClose={() => setAsking(false)}>
          <p>{t('notMeAbout')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
