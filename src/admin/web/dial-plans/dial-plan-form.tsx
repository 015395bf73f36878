import { makeStyles } from '@fluentui/react-components';
import type { FormEvent } from 'react';
import { useTranslations } from 'use-intl';
import { type DialPlan, VOIP_SECURITIES } from '../../../domain/dial-plan.ts';
import { DIAL_PLAN_RANGES, normaliseDialPlan, refuseDialPlan } from '../../../domain/dial-plan-settings.ts';
import type { DialPlanChanges } from '../api/operations.ts';
import { Card } from '../ui/card.tsx';
import { FormFooter } from '../ui/form-footer.tsx';
import { ChoiceSetting, cleanList, ListSetting, NumberSetting, TextSetting } from '../ui/setting-fields.tsx';
import { useSettingRefusal } from '../ui/setting-refusal.ts';
import type { SettingsForm } from '../ui/use-settings-form.ts';

const useStyles = makeStyles({
  form: { display: 'flex', flexDirection: 'column', gap: '16px', maxWidth: '760px' },
});

/** What a form has; an operator that is not there is an empty text. */
export interface DialPlanValues extends Omit<DialPlan, 'id' | 'operatorExtension'> {
  readonly operatorExtension: string;
  readonly accessNumbers: readonly string[];
}

/** What is sent of what was changed. */
export function toSend({ accessNumbers, operatorExtension, ...changes }: Partial<DialPlanValues>): DialPlanChanges {
  const operator = operatorExtension?.trim();
  return {
    ...changes,
    ...(accessNumbers === undefined ? {} : { accessNumbers: cleanList(accessNumbers) }),
    ...(operator === undefined ? {} : { operatorExtension: operator === '' ? null : operator }),
  };
}

interface DialPlanFormProps {
  readonly form: SettingsForm<DialPlanValues>;
  readonly isReadOnly: boolean;
  readonly onSave: (event: FormEvent) => Promise<void>;
}

/** The settings of a dial plan, each with what it does and what it may be. */
export function DialPlanForm({ form, isReadOnly, onSave }: DialPlanFormProps) {
  const styles = useStyles();
  const t = useTranslations('dialPlans');
  const { values, set } = form;
  const operatorExtension = values.operatorExtension.trim() === '' ? undefined : values.operatorExtension.trim();
  const refused = refuseDialPlan(normaliseDialPlan({ ...values, operatorExtension }));
  const refusal = useSettingRefusal(form.isChanged ? refused : undefined, form.error);
  const textsOf = (name: keyof DialPlanValues) => ({
    label: t(`settings.${name}.label`),
    hint: t(`settings.${name}.hint`),
  });
  const field = <K extends keyof DialPlanValues>(name: K) => ({
    ...textsOf(name),
    refusal: refusal(name),
    value: values[name],
    onChange: (value: DialPlanValues[K]) => set(name, value),
    isReadOnly,
  });
  const number = (name: keyof typeof DIAL_PLAN_RANGES) => (
    <NumberSetting {...field(name)} range={DIAL_PLAN_RANGES[name]} />
  );
  return (
    <form className={styles.form} onSubmit={(event) => void onSave(event)} noValidate>
      <Card title={t('general')}>
        <TextSetting {...field('name')} isRequired />
        <ListSetting {...field('accessNumbers')} isRequired />
        {number('extensionDigits')}
        <TextSetting {...field('operatorExtension')} />
        <TextSetting {...field('defaultLanguage')} />
      </Card>
      <Card title={t('calls')}>
        <ChoiceSetting
          {...field('voipSecurity')}
          choices={VOIP_SECURITIES.map((value) => ({ value, text: t(`voipSecurities.${value}`) }))}
        />
        {number('logonFailuresBeforeDisconnect')}
        {number('inputFailuresBeforeDisconnect')}
        {number('maxCallDuration')}
        {number('maxRecordingDuration')}
        {number('recordingIdleTimeout')}
      </Card>
      {!isReadOnly && <FormFooter {...form} isRefused={refused !== undefined} />}
    </form>
  );
}
