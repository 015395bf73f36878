import { Checkbox, Field, Input, makeStyles, Select, Switch, Textarea } from '@fluentui/react-components';
import { useTranslations } from 'use-intl';
import type { SettingRange } from '../../../domain/setting-range.ts';

const useStyles = makeStyles({
  number: { maxWidth: '140px' },
  line: { display: 'flex', flexWrap: 'wrap', gap: '4px 12px', alignItems: 'center' },
});

interface SettingProps<T> {
  readonly label: string;
  readonly hint?: string | undefined;
  /** Why it cannot be had as it is. */
  readonly refusal?: string | undefined;
  readonly value: T;
  readonly onChange: (value: T) => void;
  readonly isReadOnly?: boolean;
  readonly isRequired?: boolean;
}

const stateOf = (refusal: string | undefined) => (refusal === undefined ? 'none' : 'error');

export function TextSetting({
  label,
  hint,
  refusal,
  value,
  onChange,
  isReadOnly,
  isRequired,
  type = 'text',
}: SettingProps<string> & { readonly type?: 'text' | 'email' }) {
  return (
    <Field
      label={label}
      hint={hint}
      validationState={stateOf(refusal)}
      validationMessage={refusal}
      required={isRequired ?? false}
    >
      <Input
        type={type}
        value={value}
        readOnly={isReadOnly ?? false}
        autoComplete="off"
        onChange={(_event, data) => onChange(data.value)}
      />
    </Field>
  );
}

export function LongTextSetting({ label, hint, refusal, value, onChange, isReadOnly }: SettingProps<string>) {
  return (
    <Field label={label} hint={hint} validationState={stateOf(refusal)} validationMessage={refusal}>
      <Textarea
        value={value}
        readOnly={isReadOnly ?? false}
        resize="vertical"
        onChange={(_event, data) => onChange(data.value)}
      />
    </Field>
  );
}

/** Several values with commas between them. */
export function ListSetting({ value, onChange, ...rest }: SettingProps<readonly string[]>) {
  const split = (text: string): readonly string[] => {
    const parts = text.split(/[,;]/).map((part) => part.trimStart());
    return parts.length === 1 && parts[0] === '' ? [] : parts;
  };
  return <TextSetting {...rest} value={value.join(', ')} onChange={(text) => onChange(split(text))} />;
}

/** Without what is empty or has blanks around it: what is sent of a {@link ListSetting}. */
export const cleanList = (list: readonly string[]): string[] =>
  list.map((one) => one.trim()).filter((one) => one !== '');

const shownNumber = (value: number): string => (Number.isNaN(value) ? '' : String(value));
const readNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

type NumberProps<T> = SettingProps<T> & { readonly range: SettingRange };

export function NumberSetting({ label, hint, refusal, value, onChange, isReadOnly, range }: NumberProps<number>) {
  const styles = useStyles();
  const t = useTranslations('settings');
  const { minimum, maximum } = range;
  return (
    <Field
      label={label}
      hint={`${hint ?? ''} ${t('range', { minimum, maximum })}`}
      validationState={stateOf(refusal)}
      validationMessage={refusal}
    >
      <Input
        className={styles.number}
        type="number"
        min={minimum}
        max={maximum}
        value={shownNumber(value)}
        readOnly={isReadOnly ?? false}
        onChange={(_event, data) => onChange(readNumber(data.value))}
      />
    </Field>
  );
}

/** A number that can be without a limit. What was there before comes back when the limit does. */
export function LimitSetting({
  label,
  hint,
  refusal,
  value,
  onChange,
  isReadOnly,
  range,
  unlimited,
  usual,
}: NumberProps<number | 'unlimited'> & { readonly unlimited: string; readonly usual: number }) {
  const styles = useStyles();
  const t = useTranslations('settings');
  const { minimum, maximum } = range;
  const isUnlimited = value === 'unlimited';
  return (
    <Field
      label={label}
      hint={`${hint ?? ''} ${t('rangeOrUnlimited', { minimum, maximum, unlimited })}`}
      validationState={stateOf(refusal)}
      validationMessage={refusal}
    >
      {(props) => (
        <div className={styles.line}>
          <Input
            {...props}
            className={styles.number}
            type="number"
            min={minimum}
            max={maximum}
            disabled={isUnlimited}
            value={isUnlimited ? '' : shownNumber(value)}
            readOnly={isReadOnly ?? false}
            onChange={(_event, data) => onChange(readNumber(data.value))}
          />
          <Checkbox
            label={unlimited}
            checked={isUnlimited}
            disabled={isReadOnly ?? false}
            onChange={(_event, { checked }) => onChange(checked === true ? 'unlimited' : usual)}
          />
        </div>
      )}
    </Field>
  );
}

export function SwitchSetting({ label, hint, value, onChange, isReadOnly }: SettingProps<boolean>) {
  return (
    <Field hint={hint}>
      <Switch
        label={label}
        checked={value}
        disabled={isReadOnly ?? false}
        onChange={(_event, { checked }) => onChange(checked)}
      />
    </Field>
  );
}

interface ChoiceProps<T extends string> extends SettingProps<T> {
  readonly choices: readonly { readonly value: T; readonly text: string }[];
}

export function ChoiceSetting<T extends string>({
  label,
  hint,
  refusal,
  value,
  onChange,
  choices,
  isReadOnly,
}: ChoiceProps<T>) {
  return (
    <Field label={label} hint={hint} validationState={stateOf(refusal)} validationMessage={refusal}>
      <Select
        value={value}
        disabled={isReadOnly ?? false}
        onChange={(_event, data) => {
          const chosen = choices.find((choice) => choice.value === data.value);
          if (chosen !== undefined) onChange(chosen.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.text}
          </option>
        ))}
      </Select>
    </Field>
  );
}
