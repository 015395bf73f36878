import { Button, DialogActions, DialogContent, makeStyles, Text, useAnnounce } from '@fluentui/react-components';
import { useEffect } from 'react';
import { useTranslations } from 'use-intl';
import type { PinResetAnswer } from '../api/operations.ts';
import { MailStateLine } from './mail-state.tsx';
import { useMails } from './queries.ts';

const useStyles = makeStyles({ content: { display: 'flex', flexDirection: 'column', gap: '12px' } });

interface ResetResultProps {
  readonly mailboxId: string;
  readonly answer: PinResetAnswer;
  readonly onClose: () => void;
}

/** What came of a reset, and how far its mails are. */
export function ResetResult({ mailboxId, answer, onClose }: ResetResultProps) {
  const styles = useStyles();
  const t = useTranslations('reset');
  const common = useTranslations('common');
  const { announce } = useAnnounce();
  const mails = useMails(mailboxId);
  const summary = answer.pinGenerated ? t('doneGenerated') : t('doneTyped');
  useEffect(() => {
    announce(summary, { alert: true });
  }, [announce, summary]);
  return (
    <>
      <DialogContent className={styles.content}>
        <Text weight="semibold">{summary}</Text>
        <Text>{answer.pinExpired ? t('doneMustChange') : t('doneKeeps')}</Text>
        <Text>{answer.lockedOut ? t('doneLocked') : t('doneOpen')}</Text>
        {answer.mails.map((mail) => (
          <MailStateLine
            key={mail.id}
            mailboxId={mailboxId}
            mail={mails.data?.items.find(({ id }) => id === mail.id) ?? mail}
          />
        ))}
      </DialogContent>
      <DialogActions>
        <Button appearance="primary" autoFocus onClick={onClose}>
          {common('done')}
        </Button>
      </DialogActions>
    </>
  );
}
