import { Button, makeStyles } from '@fluentui/react-components';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslations } from 'use-intl';
import { useLocation } from 'wouter';
import { done } from '../api/failure.ts';
import { KEYS } from '../api/keys.ts';
import { changeMailbox, disableMailbox, type Mailbox, type MailboxChanges } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { Card } from '../ui/card.tsx';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { FormFooter } from '../ui/form-footer.tsx';
import { ChoiceSetting, cleanList, ListSetting, SwitchSetting, TextSetting } from '../ui/setting-fields.tsx';
import { useSettingRefusal } from '../ui/setting-refusal.ts';
import { useSettingsForm } from '../ui/use-settings-form.ts';
import { useToast } from '../ui/use-toast.tsx';
import { usePolicies } from './queries.ts';

const useStyles = makeStyles({ form: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '560px' } });

const storedOf = ({ policy, ...mailbox }: Mailbox): Required<MailboxChanges> => ({
  address: mailbox.address,
  alias: mailbox.alias,
  displayName: mailbox.displayName,
  extensions: mailbox.extensions,
  registeredNumbers: mailbox.registeredNumbers,
  language: mailbox.language,
  timeZone: mailbox.timeZone,
  clock: mailbox.clock,
  subscriberAccess: mailbox.subscriberAccess,
  pinlessAccess: mailbox.pinlessAccess,
  policy: policy.id,
});

/** Lists are sent without what is empty in them. */
function toSend(changes: Partial<MailboxChanges>): MailboxChanges {
  const { extensions, registeredNumbers, ...rest } = changes;
  return {
    ...rest,
    ...(extensions === undefined ? {} : { extensions: cleanList(extensions) }),
    ...(registeredNumbers === undefined ? {} : { registeredNumbers: cleanList(registeredNumbers) }),
  };
}

interface MailboxSettingsProps {
  readonly mailbox: Mailbox;
  readonly revision: string | undefined;
}

/** The settings of a mailbox, and switching it off. */
export function MailboxSettings({ mailbox, revision }: MailboxSettingsProps) {
  const styles = useStyles();
  const t = useTranslations('mailboxSettings');
  const settings = useTranslations('settings');
  const may = useMay();
  const toast = useToast();
  const client = useQueryClient();
  const policies = usePolicies();
  const form = useSettingsForm(storedOf(mailbox), revision);
  const refusal = useSettingRefusal(undefined, form.error);
  const isReadOnly = !may('changeMailbox');
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const isSaved = await form.save(async (changes, ifMatch) => {
      await done(changeMailbox(mailbox.id, toSend(changes), ifMatch === undefined ? {} : { ifMatch }));
      await Promise.all(
        [KEYS.mailbox(mailbox.id), KEYS.mailboxes].map((queryKey) => client.invalidateQueries({ queryKey })),
      );
    });
    if (isSaved) toast(settings('saved'));
  };
  const { values, set } = form;
  const labelOf = (name: keyof typeof values) => t(`${name}.label`);
  const field = <K extends keyof typeof values>(name: K) => ({
    label: labelOf(name),
    refusal: refusal(name),
    value: values[name],
    onChange: (value: (typeof values)[K]) => set(name, value),
    isReadOnly,
  });
  const ofPlan = (policies.data?.items ?? []).filter(({ dialPlan }) => dialPlan.id === mailbox.dialPlan.id);
  return (
    <>
      <Card title={t('title')}>
        <form className={styles.form} onSubmit={(event) => void save(event)} noValidate>
          <TextSetting {...field('displayName')} />
          <TextSetting {...field('address')} hint={t('address.hint')} />
          <TextSetting {...field('alias')} hint={t('alias.hint')} />
          <ListSetting
            {...field('extensions')}
            onChange={(value) => set('extensions', [...value])}
            hint={t('extensions.hint')}
          />
          <ListSetting
            {...field('registeredNumbers')}
            onChange={(value) => set('registeredNumbers', [...value])}
            hint={t('registeredNumbers.hint')}
          />
          <ChoiceSetting
            {...field('policy')}
            hint={t('policy.hint', { dialPlan: mailbox.dialPlan.name })}
            choices={ofPlan.map(({ id, name }) => ({ value: id, text: name }))}
          />
          <TextSetting {...field('language')} hint={t('language.hint')} />
          <TextSetting {...field('timeZone')} hint={t('timeZone.hint')} />
          <ChoiceSetting
            {...field('clock')}
            choices={(['12-hour', '24-hour'] as const).map((value) => ({ value, text: t(`clocks.${value}`) }))}
          />
          <SwitchSetting {...field('subscriberAccess')} hint={t('subscriberAccess.hint')} />
          <SwitchSetting {...field('pinlessAccess')} hint={t('pinlessAccess.hint')} />
          {!isReadOnly && <FormFooter {...form} isRefused={false} />}
        </form>
      </Card>
      {may('disableMailbox') && <Disable mailbox={mailbox} />}
    </>
  );
}

function Disable({ mailbox }: { readonly mailbox: Mailbox }) {
  const t = useTranslations('mailboxSettings');
  const client = useQueryClient();
  const toast = useToast();
  const [, navigate] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const disable = async () => {
    await done(disableMailbox(mailbox.id));
    await client.invalidateQueries({ queryKey: KEYS.mailboxes });
    toast(t('disabled', { name: mailbox.displayName }));
    navigate('/admin/recipients');
  };
  return (
    <Card title={t('disable')}>
      <span>{t('disableAbout')}</span>
      <div>
        <Button onClick={() => setAsking(true)}>{t('disable')}</Button>
      </div>
      {isAsking && (
        <ConfirmDialog
          title={t('disableTitle', { name: mailbox.displayName })}
          action={t('disable')}
          onConfirm={disable}
          onClose={() => setAsking(false)}
        >
          <p>{t('disableAsk')}</p>
        </ConfirmDialog>
      )}
    </Card>
  );
}
