import { Button } from '@fluentui/react-components';
import { Delete20Regular } from '@fluentui/react-icons';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { ConfirmDialog } from './confirm-dialog.tsx';

interface RemoveButtonProps {
  readonly name: string;
  /** What it means that it is gone. */
  readonly about: string;
  readonly onRemove: () => Promise<unknown>;
}

/** Removes something for good, after having asked. */
export function RemoveButton({ name, about, onRemove }: RemoveButtonProps) {
  const t = useTranslations('common');
  const [isAsking, setAsking] = useState(false);
  return (
    <>
      <Button icon={<Delete20Regular />} onClick={() => setAsking(true)} aria-label={t('removeNamed', { name })}>
        {t('remove')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('removeTitle', { name })}
          action={t('remove')}
          onConfirm={onRemove}
          onClose={() => setAsking(false)}
        >
          <p>{about}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
