import { useQueryClient } from '@tanstack/react-query';
import type { FormEvent, ReactNode } from 'react';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { FailureMessage } from './failure-message.tsx';
import { Page, type PageAbove } from './page.tsx';
import { RemoveButton } from './remove-button.tsx';
import { Starting } from './starting.tsx';
import { type SettingsForm, useSettingsForm } from './use-settings-form.ts';
import { useToast } from './use-toast.tsx';

interface SettingsEditorProps<T extends object> {
  /** Of what is edited. */
  readonly name: string;
  /** The page with the list that it is in. */
  readonly above: PageAbove;
  readonly stored: T;
  readonly revision: string | undefined;
  /** What is made old by a change. */
  readonly queryKey: readonly string[];
  /** Sends changes, on the condition that nobody else has changed it. */
  readonly send: (changes: Partial<T>, condition: { readonly ifMatch?: string }) => Promise<unknown>;
  /** Undefined for those who may not. */
  readonly remove: (() => Promise<unknown>) | undefined;
  /** What it means that it is gone. */
  readonly removeAbout: string;
  readonly children: (form: SettingsForm<T>, onSave: (event: FormEvent) => Promise<void>) => ReactNode;
}

/** The page of something that has settings and a revision, and is in a list: it is changed, or removed. */
export function SettingsEditor<T extends object>(props: SettingsEditorProps<T>) {
  const { name, above, stored, revision, queryKey, send, remove, removeAbout, children } = props;
  const t = useTranslations('settings');
  const client = useQueryClient();
  const toast = useToast();
  const [, navigate] = useLocation();
  const form = useSettingsForm(stored, revision);
  const refresh = () => client.invalidateQueries({ queryKey });
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const isSaved = await form.save(async (changes, ifMatch) => {
      await send(changes, ifMatch === undefined ? {} : { ifMatch });
      await refresh();
    });
    if (isSaved) toast(t('saved'));
  };
  const onRemove = async (does: () => Promise<unknown>) => {
    await does();
    await refresh();
    navigate(above.href);
  };
  return (
    <Page
      title={name}
      above={above}
      actions={remove && <RemoveButton name={name} about={removeAbout} onRemove={() => onRemove(remove)} />}
    >
      {children(form, save)}
    </Page>
  );
}

interface UnreadPageProps {
  readonly title: string;
  readonly above: PageAbove;
  readonly query: { readonly error: unknown; readonly isPending: boolean; refetch(): Promise<unknown> };
}

/** The page of something that has not been read yet, or cannot be. */
export function UnreadPage({ title, above, query }: UnreadPageProps) {
  return (
    <Page title={title} above={above}>
      <FailureMessage error={query.error} onRetry={() => void query.refetch()} />
      {query.isPending && <Starting />}
    </Page>
  );
}
