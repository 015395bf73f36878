import { Button, MessageBar, MessageBarActions, MessageBarBody } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { useFailureText } from './failure-text.ts';

interface FailureMessageProps {
  /** Null and undefined show nothing. */
  readonly error: unknown;
  readonly onRetry?: (() => void) | undefined;
  readonly action?: ReactNode;
}

/** Tells that something failed, and offers to do it again. */
export function FailureMessage({ error, onRetry, action }: FailureMessageProps) {
  const t = useTranslations('common');
  const textOf = useFailureText();
  if (error === null || error === undefined) return null;
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>{textOf(error)}</MessageBarBody>
      {(onRetry !== undefined || action !== undefined) && (
        <MessageBarActions>
          {action}
          {onRetry !== undefined && <Button onClick={onRetry}>{t('tryAgain')}</Button>}
        </MessageBarActions>
      )}
    </MessageBar>
  );
}
