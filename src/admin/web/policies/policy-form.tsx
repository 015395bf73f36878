import { makeStyles } from '@fluentui/react-components';
import type { FormEvent } from 'react';
import { useTranslations } from 'use-intl';
import { MAILBOX_POLICY_DEFAULTS } from '../../../domain/mailbox-policy.ts';
import {
  MAILBOX_POLICY_RANGES,
  type NamedPolicySettings,
  normalisePolicy,
  POLICY_TEXTS,
  refusePolicy,
} from '../../../domain/mailbox-policy-settings.ts';
import type { MailboxPolicyChanges } from '../api/operations.ts';
import { Card } from '../ui/card.tsx';
import { FormFooter } from '../ui/form-footer.tsx';
import { LimitSetting, LongTextSetting, NumberSetting, SwitchSetting, TextSetting } from '../ui/setting-fields.tsx';
import { useSettingRefusal } from '../ui/setting-refusal.ts';
import type { SettingsForm } from '../ui/use-settings-form.ts';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '760px' },
});

export type PolicyValues = Required<MailboxPolicyChanges>;

const isLimited = (value: number | string | undefined): value is number | 'unlimited' =>
  typeof value === 'number' || value === 'unlimited';

/** The rules of the domain judge values as the API has them. */
const asSettings = (values: PolicyValues): NamedPolicySettings => normalisePolicy(values as NamedPolicySettings);

/** Only what was changed is sent. */
export const toSend = (changes: Partial<PolicyValues>): MailboxPolicyChanges => changes;

/** Minutes that a lockout lasts where somebody wants it to end by itself. */
const USUAL_LOCKOUT = 60;

interface PolicyFormProps {
  readonly form: SettingsForm<PolicyValues>;
  readonly dialPlan: string;
  readonly isReadOnly: boolean;
  readonly onSave: (event: FormEvent) => Promise<void>;
}

const SWITCHES = ['allowSubscriberAccess', 'ownerLine', 'allowPinlessVoiceMailAccess'] as const;

/** The settings of a mailbox policy, each with what it does and what it may be; wrong values are told as they are typed. */
export function PolicyForm({ form, dialPlan, isReadOnly, onSave }: PolicyFormProps) {
  const styles = useStyles();
  const t = useTranslations('policies');
  const { values, set } = form;
  const refused = refusePolicy(asSettings(values));
  const refusal = useSettingRefusal(form.isChanged ? refused : undefined, form.error);
  const textsOf = (name: Exclude<keyof PolicyValues, 'name'>) => ({
    label: t(`settings.${name}.label`),
    hint: t(`settings.${name}.hint`),
  });
  const field = <K extends Exclude<keyof PolicyValues, 'name'>>(name: K) => ({
    ...textsOf(name),
    refusal: refusal(name),
    value: values[name],
    onChange: (value: PolicyValues[K]) => set(name, value),
    isReadOnly,
  });
  const number = (name: 'minPinLength' | 'pinHistoryCount' | 'maxLogonAttempts' | 'maxGreetingDuration') => (
    <NumberSetting {...field(name)} range={MAILBOX_POLICY_RANGES[name]} />
  );
  const limit = (name: 'pinLifetime' | 'logonFailuresBeforePinReset' | 'lockoutDuration', usual: number) => {
    const value = values[name];
    return (
      <LimitSetting
        {...field(name)}
        value={isLimited(value) ? value : 'unlimited'}
        onChange={(next) => set(name, next)}
        range={MAILBOX_POLICY_RANGES[name]}
        unlimited={t(`settings.${name}.unlimited`)}
        usual={usual}
      />
    );
  };
  return (
    <form className={styles.form} onSubmit={(event) => void onSave(event)} noValidate>
      <Card title={t('general')}>
        <TextSetting
          label={t('name')}
          hint={t('inDialPlan', { dialPlan })}
          value={values.name}
          refusal={refusal('name')}
          onChange={(value) => set('name', value)}
          isReadOnly={isReadOnly}
          isRequired
        />
        {SWITCHES.map((name) => (
          <SwitchSetting key={name} {...field(name)} />
        ))}
        {number('maxGreetingDuration')}
      </Card>
      <Card title={t('pins')}>
        {number('minPinLength')}
        {limit('pinLifetime', Number(MAILBOX_POLICY_DEFAULTS.pinLifetime))}
        {number('pinHistoryCount')}
        <SwitchSetting {...field('allowCommonPatterns')} />
      </Card>
      <Card title={t('failures')}>
        {limit('logonFailuresBeforePinReset', Number(MAILBOX_POLICY_DEFAULTS.logonFailuresBeforePinReset))}
        {number('maxLogonAttempts')}
        {limit('lockoutDuration', USUAL_LOCKOUT)}
      </Card>
      <Card title={t('mails')}>
        {POLICY_TEXTS.map((name) => (
          <LongTextSetting key={name} {...field(name)} />
        ))}
      </Card>
      {!isReadOnly && <FormFooter {...form} isRefused={refused !== undefined} />}
    </form>
  );
}
