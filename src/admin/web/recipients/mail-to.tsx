import { Field, Input, Radio, RadioGroup, Text } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import { useMay } from '../session/administrator.tsx';
import { type MailChoice, type MailForm, mailChoices } from './reset-form.ts';

interface MailToProps {
  readonly form: MailForm;
  /** Of the mailbox. */
  readonly address: string;
  readonly isAddressMissing: boolean;
  readonly onChange: (changes: Partial<Pick<MailForm, 'mailTo' | 'otherAddress'>>) => void;
}

/** Where the mail with the PIN goes; a choice for those whose role has one. */
export function MailTo({ form, address, isAddressMissing, onChange }: MailToProps) {
  const t = useTranslations('reset');
  const may = useMay();
  if (!may('chooseMailRecipient')) return <Text>{t('mailedTo', { address })}</Text>;
  const labels: Readonly<Record<MailChoice, string>> = {
    user: t('toUser', { address }),
    other: t('toOther'),
    nobody: t('toNobody'),
  };
  return (
    <>
      <Field label={t('mail')}>
        <RadioGroup
          value={form.mailTo}
          onChange={(_event, { value }) =>
            onChange({ mailTo: mailChoices(form).find((choice) => choice === value) ?? 'user' })
          }
        >
          {mailChoices(form).map((choice) => (
            <Radio key={choice} value={choice} label={labels[choice]} />
          ))}
        </RadioGroup>
      </Field>
      {form.mailTo === 'other' && (
        <Field
          label={t('otherAddress')}
          hint={t('otherAddressHint', { address })}
          validationState={isAddressMissing ? 'error' : 'none'}
          validationMessage={isAddressMissing ? t('addressMissing') : undefined}
          required
        >
          <Input
            type="email"
            autoComplete="off"
            value={form.otherAddress}
            onChange={(_event, { value }) => onChange({ otherAddress: value })}
          />
        </Field>
      )}
    </>
  );
}
