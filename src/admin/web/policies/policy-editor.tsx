import { makeStyles } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { MAILBOX_POLICY_DEFAULTS } from '../../../domain/mailbox-policy.ts';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import {
  changeMailboxPolicy,
  createMailboxPolicy,
  type MailboxPolicy,
  removeMailboxPolicy,
} from '../api/operations.ts';
import { useDialPlans, usePolicy } from '../recipients/queries.ts';
import { useMay } from '../session/administrator.tsx';
import { Card } from '../ui/card.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { ChoiceSetting } from '../ui/setting-fields.tsx';
import { SettingsEditor, UnreadPage } from '../ui/settings-editor.tsx';
import { useOnce } from '../ui/use-once.ts';
import { useSettingsForm } from '../ui/use-settings-form.ts';
import { PolicyForm, type PolicyValues, toSend } from './policy-form.tsx';

/** A mailbox policy: `new` is one that is being made. */
export default function PolicyEditor({ id }: { readonly id: string }) {
  return id === 'new' ? <NewPolicy /> : <StoredPolicy id={id} />;
}

const useAbove = () => {
  const t = useTranslations('policies');
  return { title: t('title'), href: '/admin/policies' };
};

function StoredPolicy({ id }: { readonly id: string }) {
  const t = useTranslations('policies');
  const found = usePolicy(id);
  const above = useAbove();
  return found.data === undefined ? (
    <UnreadPage title={t('one')} above={above} query={found} />
  ) : (
    <EditPolicy {...found.data} />
  );
}

const valuesOf = ({ id: _id, dialPlan: _plan, whatIf: _whatIf, ...values }: MailboxPolicy): PolicyValues => values;

function EditPolicy({ policy, revision }: { readonly policy: MailboxPolicy; readonly revision: string | undefined }) {
  const t = useTranslations('policies');
  const may = useMay();
  const above = useAbove();
  return (
    <SettingsEditor
      name={policy.name}
      above={above}
      stored={valuesOf(policy)}
      revision={revision}
      queryKey={KEYS.policies}
      send={(changes, condition) => done(changeMailboxPolicy(policy.id, toSend(changes), condition))}
      remove={may('removeMailboxPolicy') ? () => done(removeMailboxPolicy(policy.id)) : undefined}
      removeAbout={t('removeAbout')}
    >
      {(form, onSave) => (
        <PolicyForm
          form={form}
          dialPlan={policy.dialPlan.name}
          isReadOnly={!may('changeMailboxPolicy')}
          onSave={onSave}
        />
      )}
    </SettingsEditor>
  );
}

const useStyles = makeStyles({ where: { boxSizing: 'border-box', maxWidth: '760px' } });

function NewPolicy() {
  const styles = useStyles();
  const t = useTranslations('policies');
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const above = useAbove();
  const plans = useDialPlans();
  const [chosen, setChosen] = useState('');
  const once = useOnce();
  const form = useSettingsForm<PolicyValues>({ ...MAILBOX_POLICY_DEFAULTS, name: '' }, undefined);
  const items = plans.data?.items ?? [];
  const plan = items.find(({ id }) => id === chosen) ?? items[0];
  const save = async (event: FormEvent) => {
    event.preventDefault();
    await form.save(async (changes) => {
      const body = { ...toSend(changes), name: form.values.name, dialPlan: plan?.id ?? '' };
      const made = await once(body, (options) => done(createMailboxPolicy(body, options)));
      await client.invalidateQueries({ queryKey: KEYS.policies });
      navigate(`/admin/policies/${made.id}`);
    });
  };
  return (
    <Page title={t('new')} above={above}>
      <FailureMessage error={plans.error} onRetry={() => void plans.refetch()} />
      {plan !== undefined && (
        <>
          <Card title={t('where')} className={styles.where}>
            <ChoiceSetting
              label={t('dialPlan')}
              hint={t('dialPlanHint')}
              value={plan.id}
              onChange={setChosen}
              choices={items.map(({ id, name }) => ({ value: id, text: name }))}
            />
          </Card>
          <PolicyForm form={form} dialPlan={plan.name} isReadOnly={false} onSave={save} />
        </>
      )}
    </Page>
  );
}
