import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { DIAL_PLAN_DEFAULTS } from '../../../domain/dial-plan-settings.ts';
import { answerOf, done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { changeDialPlan, createDialPlan, type DialPlan, getDialPlan, removeDialPlan } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { Page } from '../ui/page.tsx';
import { SettingsEditor, UnreadPage } from '../ui/settings-editor.tsx';
import { useOnce } from '../ui/use-once.ts';
import { useSettingsForm } from '../ui/use-settings-form.ts';
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
  return found.data === undefined ? (
    <UnreadPage title={t('one')} above={above} query={found} />
  ) : (
    <EditDialPlan {...found.data} />
  );
}

const valuesOf = ({ id: _id, whatIf: _whatIf, operatorExtension, ...values }: DialPlan): DialPlanValues => ({
  ...values,
  operatorExtension: operatorExtension ?? '',
});

function EditDialPlan({ plan, revision }: { readonly plan: DialPlan; readonly revision: string | undefined }) {
  const t = useTranslations('dialPlans');
  const may = useMay();
  const above = useAbove();
  return (
    <SettingsEditor
      name={plan.name}
      above={above}
      stored={valuesOf(plan)}
      revision={revision}
      queryKey={KEYS.dialPlans}
      send={(changes, condition) => done(changeDialPlan(plan.id, toSend(changes), condition))}
      remove={may('removeDialPlan') ? () => done(removeDialPlan(plan.id)) : undefined}
      removeAbout={t('removeAbout')}
    >
      {(form, onSave) => <DialPlanForm form={form} isReadOnly={!may('changeDialPlan')} onSave={onSave} />}
    </SettingsEditor>
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
