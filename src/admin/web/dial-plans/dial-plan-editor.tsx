import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { DIAL_PLAN_DEFAULTS } from '../../../domain/dial-plan-settings.ts';
import { answerOf, done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { changeDialPlan, createDialPlan, type DialPlan, getDialPlan, removeDialPlan } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { RemoveButton } from '../ui/remove-button.tsx';
import { Starting } from '../ui/starting.tsx';
import { useOnce } from '../ui/use-once.ts';
import { useSettingsForm } from '../ui/use-settings-form.ts';
import { useToast } from '../ui/use-toast.tsx';
import { DialPlanForm, type DialPlanValues, toSend } from './dial-plan-form.tsx';

/** A dial plan: `new` is one that is being made. */
export default function DialPlanEditor({ id }: { readonly id: string }) {
  return id === 'new' ? <NewDialPlan /> : <StoredDialPlan id={id} />;
}

const useAbove = () => {
  const t = useTranslations('dialPlans');
  return { title: t('title'), href: '/admin/dial-plans' };
};

function StoredDialPlan({ id }: { readonly id: string }) {
  const t = useTranslations('dialPlans');
  const above = useAbove();
  const found = useQuery({
    queryKey: [...KEYS.dialPlans, id],
    queryFn: async ({ signal }) => {
      const { data, headers } = await answerOf(getDialPlan(id, { signal }));
      return { plan: data, revision: headers.get('etag') ?? undefined };
    },
  });
  if (found.data !== undefined) return <EditDialPlan {...found.data} />;
  return (
    <Page title={t('one')} above={above}>
      <FailureMessage error={found.error} onRetry={() => void found.refetch()} />
      {found.isPending && <Starting />}
    </Page>
  );
}

const valuesOf = ({ id: _id, whatIf: _whatIf, operatorExtension, ...values }: DialPlan): DialPlanValues => ({
  ...values,
  operatorExtension: operatorExtension ?? '',
});

function EditDialPlan({ plan, revision }: { readonly plan: DialPlan; readonly revision: string | undefined }) {
  const t = useTranslations('dialPlans');
  const settings = useTranslations('settings');
  const client = useQueryClient();
  const toast = useToast();
  const may = useMay();
  const [, navigate] = useLocation();
  const above = useAbove();
  const form = useSettingsForm(valuesOf(plan), revision);
  const refresh = () => client.invalidateQueries({ queryKey: KEYS.dialPlans });
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const isSaved = await form.save(async (changes, ifMatch) => {
      await done(changeDialPlan(plan.id, toSend(changes), ifMatch === undefined ? {} : { ifMatch }));
      await refresh();
    });
    if (isSaved) toast(settings('saved'));
  };
  const remove = async () => {
    await done(removeDialPlan(plan.id));
    await refresh();
    navigate('/admin/dial-plans');
  };
  return (
    <Page
      title={plan.name}
      above={above}
      actions={may('removeDialPlan') && <RemoveButton name={plan.name} about={t('removeAbout')} onRemove={remove} />}
    >
      <DialPlanForm form={form} isReadOnly={!may('changeDialPlan')} onSave={save} />
    </Page>
  );
}

const EMPTY: DialPlanValues = {
  ...DIAL_PLAN_DEFAULTS,
  operatorExtension: '',
  name: '',
  accessNumbers: [],
  extensionDigits: 5,
};

function NewDialPlan() {
  const t = useTranslations('dialPlans');
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const above = useAbove();
  const once = useOnce();
  const form = useSettingsForm(EMPTY, undefined);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    await form.save(async (changes) => {
      const { name, accessNumbers = [], extensionDigits } = { ...toSend(form.values) };
      const body = { ...toSend(changes), name: name ?? '', accessNumbers, extensionDigits: extensionDigits ?? 0 };
      const made = await once(body, (options) => done(createDialPlan(body, options)));
      await client.invalidateQueries({ queryKey: KEYS.dialPlans });
      navigate(`/admin/dial-plans/${made.id}`);
    });
  };
  return (
    <Page title={t('new')} above={above}>
      <DialPlanForm form={form} isReadOnly={false} onSave={save} />
    </Page>
  );
}
