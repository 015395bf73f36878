import { Checkbox, makeStyles } from '@fluentui/react-components';
import type { Ref } from 'react';
import { useTranslations } from 'use-intl';
import type { PinRules } from '../../../domain/pin-policy.ts';
import { HowChosen } from './how-chosen.tsx';
import { MailTo } from './mail-to.tsx';
import { pinRefusalOf, usePinRefusalText } from './pin-refusal-text.ts';
import type { PinForm } from './reset-form.ts';
import { TypedPin } from './typed-pin.tsx';

const useStyles = makeStyles({ typed: { paddingInlineStart: '32px' } });

interface FirstPinProps {
  readonly form: PinForm;
  /** Undefined until it is known which policies there are. */
  readonly rules: PinRules | undefined;
  /** Of the mailbox, as far as it has been typed. */
  readonly address: string;
  /** What is missing and shall be shown to be. */
  readonly missing: 'pin' | 'address' | undefined;
  /** Why it could not be saved; shown when it is about the PIN. */
  readonly error: unknown;
  readonly inputRef: Ref<HTMLInputElement>;
  readonly onChange: (changes: Partial<PinForm>) => void;
}

/** The PIN that a mailbox begins with: generated, or typed by the rules of its policy, and where the mail with it goes. */
export function FirstPin({ form, rules, address, missing, error, inputRef, onChange }: FirstPinProps) {
  const styles = useStyles();
  const reset = useTranslations('reset');
  const enable = useTranslations('enable');
  const refusalText = usePinRefusalText();
  const refused = pinRefusalOf(error);
  const refusal = refused === undefined ? undefined : refusalText(refused.problem);
  return (
    <>
      <HowChosen how={form.how} onChange={(how) => onChange({ how })} />
      {form.how === 'type' && rules !== undefined && (
        <div className={styles.typed}>
          <TypedPin
            pin={form.pin}
            rules={rules}
            onChange={(pin) => onChange({ pin })}
            refusal={refusal ?? (missing === 'pin' ? reset('pinMissing') : undefined)}
            inputRef={inputRef}
          />
        </div>
      )}
      <Checkbox
        label={reset('mustChange')}
        checked={form.pinExpired}
        onChange={(_event, { checked }) => onChange({ pinExpired: checked === true })}
      />
      <MailTo
        form={form}
        address={address === '' ? enable('itsAddress') : address}
        isAddressMissing={missing === 'address'}
        onChange={onChange}
      />
    </>
  );
}
