import { Button } from '@fluentui/react-components';
import { KeyReset20Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import type { Mailbox } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { usePolicy } from './queries.ts';
import { ResetPinDialog } from './reset-pin-dialog.tsx';

interface ResetPinButtonProps {
  readonly mailbox: Mailbox;
  readonly size?: 'small' | 'medium';
}

/** Opens the dialog in which a PIN is reset, for those who may. */
export function ResetPinButton({ mailbox, size = 'medium' }: ResetPinButtonProps) {
  const t = useTranslations('umMailbox');
  const may = useMay();
  // What a PIN is judged by is there when the dialog opens.
  usePolicy(mailbox.policy.id);
  const [isResetting, setResetting] = useState(false);
  if (!may('resetPin')) return null;
  return (
    <>
      <Button size={size} appearance="primary" icon={<KeyReset20Regular />} onClick={() => setResetting(true)}>
        {t('resetPin')}
      </Button>
      {isResetting && <ResetPinDialog mailbox={mailbox} onClose={() => setResetting(false)} />}
    </>
  );
}
