import { Dialog, DialogBody, DialogSurface, DialogTitle } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { KEYS } from '../api/keys.ts';
import type { Mailbox, PinResetAnswer } from '../api/operations.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { usePolicy } from './queries.ts';
import { ResetPinForm } from './reset-pin-form.tsx';
import { ResetResult } from './reset-result.tsx';

interface ResetPinDialogProps {
  readonly mailbox: Mailbox;
  readonly onClose: () => void;
}

/** Resets the PIN of a mailbox: first how, then what came of it, with the way of the mail as it goes. */
export function ResetPinDialog({ mailbox, onClose }: ResetPinDialogProps) {
  const t = useTranslations('reset');
  const client = useQueryClient();
  const policy = usePolicy(mailbox.policy.id);
  const [answer, setAnswer] = useState<PinResetAnswer>();
  // Whoever closed it now would not learn what came of it.
  const [isBusy, setBusy] = useState(false);
  const onDone = (result: PinResetAnswer) => {
    setAnswer(result);
    setBusy(false);
    for (const queryKey of [KEYS.mailbox(mailbox.id), KEYS.mailboxes]) void client.invalidateQueries({ queryKey });
  };
  // A dialog that opens without anything to set the focus on would not hold it.
  if (policy.data === undefined) return <FailureMessage error={policy.error} onRetry={() => void policy.refetch()} />;
  return (
    <Dialog
      inertTrapFocus
      open
      modalType={answer === undefined ? 'alert' : 'modal'}
      onOpenChange={(_event, { open }) => !open && !isBusy && onClose()}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{t('title')}</DialogTitle>
          {answer !== undefined && <ResetResult mailboxId={mailbox.id} answer={answer} onClose={onClose} />}
          {answer === undefined && (
            <ResetPinForm
              mailbox={mailbox}
              policy={policy.data.policy}
              isBusy={isBusy}
              onBusy={setBusy}
              onDone={onDone}
              onClose={onClose}
            />
          )}
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}
