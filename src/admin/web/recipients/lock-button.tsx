import { Button } from '@fluentui/react-components';
import { LockClosed20Regular, LockOpen20Regular } from '@fluentui/react-icons';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { lockMailbox, unlockMailbox } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useOnce } from '../ui/use-once.ts';
import { useToast } from '../ui/use-toast.tsx';

interface LockButtonProps {
  readonly id: string;
  readonly lockedOut: boolean;
  readonly size?: 'small' | 'medium';
}

type Change = 'lock' | 'unlock';

/** Locks a mailbox, or unlocks it; asked before, for both are felt at once by whoever is on the telephone. */
export function LockButton({ id, lockedOut, size = 'medium' }: LockButtonProps) {
  const t = useTranslations('lock');
  const may = useMay();
  // What was asked stays what is asked, though the mailbox may be locked or unlocked meanwhile, even by this very request.
  const [asked, setAsked] = useState<Change>();
  const next: Change = lockedOut ? 'unlock' : 'lock';
  return (
    <>
      {may(`${next}Mailbox`) && (
        <Button
          size={size}
          icon={lockedOut ? <LockOpen20Regular /> : <LockClosed20Regular />}
          onClick={() => setAsked(next)}
        >
          {t(next)}
        </Button>
      )}
      {asked !== undefined && <LockDialog id={id} change={asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}

interface LockDialogProps {
  readonly id: string;
  readonly change: Change;
  readonly onClose: () => void;
}

function LockDialog({ id, change, onClose }: LockDialogProps) {
  const t = useTranslations('lock');
  const client = useQueryClient();
  const toast = useToast();
  const once = useOnce();
  const confirm = async () => {
    const send = change === 'lock' ? lockMailbox : unlockMailbox;
    await once(id, (options) => done(send(id, options)));
    toast(t(`${change}ed`));
    await Promise.all([KEYS.mailbox(id), KEYS.mailboxes].map((queryKey) => client.invalidateQueries({ queryKey })));
  };
  return (
    <ConfirmDialog title={t(`${change}Title`)} action={t(change)} onConfirm={confirm} onClose={onClose}>
      <p>{t(`${change}About`)}</p>
    </ConfirmDialog>
  );
}
