import { Toast, ToastTitle, useToastController } from '@fluentui/react-components';
import { useCallback } from 'react';

export const TOASTER = 'touchtone';

/** Says in passing that something was done; screen readers hear it too. */
export function useToast(): (text: string) => void {
  const { dispatchToast } = useToastController(TOASTER);
  return useCallback(
    (text) => {
      dispatchToast(
        <Toast>
          <ToastTitle>{text}</ToastTitle>
        </Toast>,
        { intent: 'success', timeout: 6_000 },
      );
    },
    [dispatchToast],
  );
}
