import { Button, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { type OwnMailbox, resetOwnPin } from '../api/operations.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';

/** Has a new PIN mailed. There is nothing to type: a PIN that is chosen is keyed on the telephone. */
export function ResetOwnPin({ mailbox }: { readonly mailbox: OwnMailbox }) {
  const t = useTranslations('me');
  const client = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const [mailedTo, setMailedTo] = useState<string>();
  const reset = async () => {
    const answer = await done(resetOwnPin({}));
    setMailedTo(answer.mailedTo);
    await client.invalidateQueries({ queryKey: ['own-mailbox'] });
  };
  return (
    <>
      {mailedTo !== undefined && (
        <MessageBar intent="success" layout="multiline" role="status">
          <MessageBarBody>{t('resetDone', { address: mailedTo })}</MessageBarBody>
        </MessageBar>
      )}
      <div>
        <Button appearance="primary" onClick={() => setAsking(true)}>
          {t('reset')}
        </Button>
      </div>
      {isAsking && (
        <ConfirmDialog
          title={t('resetTitle')}
          action={t('resetYes')}
          onConfirm={reset}
          onClose={() => setAsking(false)}
        >
          <p>{t('resetAbout', { address: mailbox.address })}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
