import { Button, makeStyles } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { enableMailbox } from '../api/operations.ts';
import { Card } from '../ui/card.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { Page } from '../ui/page.tsx';
import { ChoiceSetting, cleanList, ListSetting, TextSetting } from '../ui/setting-fields.tsx';
import { useSettingRefusal } from '../ui/setting-refusal.ts';
import { useOnce } from '../ui/use-once.ts';
import { useToast } from '../ui/use-toast.tsx';
import { FirstPin } from './first-pin.tsx';
import { pinRefusalOf } from './pin-refusal-text.ts';
import { usePolicies } from './queries.ts';
import { changedBy, missingIn, NEW_PIN, type PinForm, pinRequestOf } from './reset-form.ts';

const useStyles = makeStyles({
  card: { boxSizing: 'border-box', maxWidth: '760px' },
  form: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '560px' },
  buttons: { display: 'flex', gap: '8px' },
});

interface NewForm {
  readonly displayName: string;
  readonly address: string;
  readonly extensions: readonly string[];
  readonly policy: string;
}

const EMPTY: NewForm = { displayName: '', address: '', extensions: [], policy: '' };

const REQUIRED = ['displayName', 'address', 'extensions', 'policy'] as const;

/** Gives somebody a mailbox for the telephone; the first PIN is generated and mailed, unless it is typed. */
export default function EnableMailbox() {
  const styles = useStyles();
  const t = useTranslations('enable');
  const mailbox = useTranslations('mailboxSettings');
  const common = useTranslations('common');
  const recipients = useTranslations('recipients');
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const toast = useToast();
  const once = useOnce();
  const policies = usePolicies();
  const [form, setForm] = useState(EMPTY);
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [pin, setPin] = useState(NEW_PIN);
  const pinInput = useRef<HTMLInputElement>(null);
  const refusalOf = useSettingRefusal(undefined, error);
  const items = policies.data?.items ?? [];
  const chosen = items.find(({ id }) => id === form.policy) ?? items[0];
  const values = { ...form, policy: chosen?.id ?? '' };
  const set = (changes: Partial<NewForm>) => {
    setError(undefined);
    setForm({ ...form, ...changes });
  };
  const changePin = (changes: Partial<PinForm>) => {
    setError(undefined);
    setPin((before) => changedBy(before, changes));
  };
  const rules = chosen && { ...chosen, extensions: cleanList(values.extensions) };
  const lacking = rules && missingIn(pin, rules);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (REQUIRED.some((name) => values[name].length === 0)) return;
    if (lacking !== undefined) {
      if (lacking === 'pin') pinInput.current?.focus();
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      const body = { ...values, ...pinRequestOf(pin), extensions: cleanList(values.extensions) };
      const made = await once(body, (options) => done(enableMailbox(body, options)));
      await client.invalidateQueries({ queryKey: KEYS.mailboxes });
      toast(t(pin.mailTo === 'nobody' ? 'enabledUnmailed' : 'enabled', { name: made.displayName }));
      navigate(`/admin/recipients/${made.id}/um`);
    } catch (failure) {
      setError(failure);
      setBusy(false);
      if (pinRefusalOf(failure) !== undefined) pinInput.current?.focus();
    }
  };
  const field = <K extends keyof NewForm>(name: K) => {
    const isMissing = isTried && values[name] !== undefined && String(values[name]).length === 0;
    return {
      value: values[name],
      refusal: refusalOf(name) ?? (isMissing ? t('missing') : undefined),
      onChange: (value: NewForm[K]) => set({ [name]: value }),
    };
  };
  return (
    <Page title={t('title')} above={{ title: recipients('title'), href: '/admin/recipients' }}>
      <Card title={t('who')} className={styles.card}>
        <form className={styles.form} onSubmit={(event) => void save(event)} noValidate>
          <TextSetting {...field('displayName')} label={mailbox('displayName.label')} isRequired />
          <TextSetting
            {...field('address')}
            label={mailbox('address.label')}
            hint={t('addressHint')}
            type="email"
            isRequired
          />
          <ListSetting
            {...field('extensions')}
            label={mailbox('extensions.label')}
            hint={mailbox('extensions.hint')}
            isRequired
          />
          <ChoiceSetting
            {...field('policy')}
            label={mailbox('policy.label')}
            hint={chosen === undefined ? undefined : mailbox('policy.hint', { dialPlan: chosen.dialPlan.name })}
            choices={items.map(({ id, name }) => ({ value: id, text: name }))}
          />
          <FirstPin
            form={pin}
            rules={rules}
            address={values.address.trim()}
            missing={isTried ? lacking : undefined}
            error={error}
            inputRef={pinInput}
            onChange={changePin}
          />
          <FailureMessage error={pinRefusalOf(error) === undefined ? error : undefined} />
          <div className={styles.buttons}>
            <Button type="submit" appearance="primary" disabledFocusable={isBusy}>
              {isBusy ? common('saving') : t('enable')}
            </Button>
            <Button disabled={isBusy} onClick={() => navigate('/admin/recipients')}>
              {common('cancel')}
            </Button>
          </div>
        </form>
      </Card>
    </Page>
  );
}
