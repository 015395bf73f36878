import { Button } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import type { endSessionsOf } from '../api/operations.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { useToast } from '../ui/use-toast.tsx';

interface EndButtonProps {
  readonly action: string;
  /** What it is for those who do not see where it stands. */
  readonly label: string;
  readonly title: string;
  readonly about: string;
  readonly send: () => ReturnType<typeof endSessionsOf>;
}

/** Signs somebody out, after having asked. */
export function EndButton({ action, label, title, about, send }: EndButtonProps) {
  const t = useTranslations('sessions');
  const client = useQueryClient();
  const toast = useToast();
  const [isAsking, setAsking] = useState(false);
  const end = async () => {
    const { sessions } = await done(send());
    toast(t('ended', { count: sessions }));
    await client.invalidateQueries({ queryKey: KEYS.sessions });
  };
  return (
    <>
      <Button aria-label={label} onClick={() => setAsking(true)}>
        {action}
      </Button>
      {isAsking && (
        <ConfirmDialog title={title} action={action} onConfirm={end} onClose={() => setAsking(false)}>
          <p>{about}</p>
        </ConfirmDialog>
      )}
    </>
  );
}
