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
import { useToast } from '../ui/use-toast.tsx';

interface LockButtonProps {
  readonly id: string;
  readonly lockedOut: boolean;
  readonly size?: 'small' | 'medium';
}

/** Locks a mailbox, or unlocks it; asked before, for both are felt at once by whoever is on the telephone. */
export function LockButton({ id, lockedOut, size = 'medium' }: LockButtonProps) {
  const t = useTranslations('lock');
  const may = useMay();
  const client = useQueryClient();
  const toast = useToast();
  const [isAsking, setAsking] = useState(false);
  if (!may(lockedOut ? 'unlockMailbox' : 'lockMailbox')) return null;
  const change = async () => {
    await done(lockedOut ? unlockMailbox(id) : lockMailbox(id));
    toast(lockedOut ? t('unlocked') : t('locked'));
    await Promise.all([KEYS.mailbox(id), KEYS.mailboxes].map((queryKey) => client.invalidateQueries({ queryKey })));
  };
  return (
    <>
      <Button
        size={size}
        icon={lockedOut ? <LockOpen20Regular /> : <LockClosed20Regular />}
        onClick={() => setAsking(true)}
      >
        {lockedOut ? t('unlock') : t('lock')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={lockedOut ? t('unlockTitle') : t('lockTitle')}
          action={lockedOut ? t('unlock') : t('lock')}
          onConfirm={change}
          onClose={() => setAsking(false)}
        >
          <p>{lockedOut ? t('unlockAbout') : t('lockAbout')}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
