import { Radio, RadioGroup } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import type { ResetForm } from './reset-form.ts';

interface HowChosenProps {
  readonly how: ResetForm['how'];
  readonly onChange: (how: ResetForm['how']) => void;
}

/** Whether a PIN is generated or typed. */
export function HowChosen({ how, onChange }: HowChosenProps) {
  const t = useTranslations('reset');
  return (
    <RadioGroup
      aria-label={t('how')}
      value={how}
      onChange={(_event, { value }) => onChange(value === 'type' ? 'type' : 'generate')}
    >
      <Radio value="generate" label={t('generate')} />
      <Radio value="type" label={t('type')} />
    </RadioGroup>
  );
}
