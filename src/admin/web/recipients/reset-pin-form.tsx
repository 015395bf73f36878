import {
  Button,
  Checkbox,
  DialogActions,
  DialogContent,
  Field,
  Input,
  makeStyles,
  Radio,
  RadioGroup,
  Text,
} from '@fluentui/react-components';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { done, Refused } from '../api/failure.ts';
import { type Mailbox, type MailboxPolicy, type PinResetAnswer, resetPin } from '../api/operations.ts';
import { useMay } from '../session/administrator.tsx';
import { FailureMessage } from '../ui/failure-message.tsx';
import { newIdempotencyKey } from '../ui/new-key.ts';
import { usePinRefusalText } from './pin-refusal-text.ts';
import { type MailChoice, mailChoices, missingIn, NEW_RESET, type ResetForm, requestOf } from './reset-form.ts';
import { TypedPin } from './typed-pin.tsx';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '14px' },
  typed: { paddingInlineStart: '32px' },
  hint: { display: 'block' },
});

interface ResetPinFormProps {
  readonly mailbox: Mailbox;
  readonly policy: MailboxPolicy;
  readonly onDone: (answer: PinResetAnswer) => void;
  readonly onClose: () => void;
}

/** How a PIN is to be reset. What is typed stays in the page until Save, and stays in the form when Save is refused. */
export function ResetPinForm({ mailbox, policy, onDone, onClose }: ResetPinFormProps) {
  const styles = useStyles();
  const t = useTranslations('reset');
  const common = useTranslations('common');
  const refusalText = usePinRefusalText();
  const [form, setForm] = useState<ResetForm>(NEW_RESET);
  const [error, setError] = useState<unknown>();
  const [missing, setMissing] = useState<'pin' | 'address'>();
  const [isBusy, setBusy] = useState(false);
  const pinInput = useRef<HTMLInputElement>(null);
  const rules = { ...policy, extensions: mailbox.extensions };
  const change = (changes: Partial<ResetForm>) => {
    setForm((before) => {
      const next = { ...before, ...changes };
      return mailChoices(next).includes(next.mailTo) ? next : { ...next, mailTo: 'user' };
    });
    setError(undefined);
    setMissing(undefined);
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const lacking = missingIn(form, rules);
    setMissing(lacking);
    if (lacking !== undefined) {
      if (lacking === 'pin') pinInput.current?.focus();
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      const idempotencyKey = newIdempotencyKey();
      onDone(await done(resetPin(mailbox.id, requestOf(form, mailbox), { idempotencyKey })));
    } catch (failure) {
      setError(failure);
      setBusy(false);
      if (pinRefusalOf(failure) !== undefined) pinInput.current?.focus();
    }
  };
  const refused = pinRefusalOf(error);
  const refusal = refused === undefined ? undefined : refusalText(refused.problem);
  return (
    <form onSubmit={(event) => void save(event)} noValidate style={{ display: 'contents' }}>
      <DialogContent className={styles.content}>
        <Text>{t('whose', { name: mailbox.displayName, address: mailbox.address })}</Text>
        <RadioGroup
          aria-label={t('how')}
          value={form.how}
          onChange={(_event, { value }) => change({ how: value === 'type' ? 'type' : 'generate' })}
        >
          <Radio value="generate" label={t('generate')} />
          <Radio value="type" label={t('type')} />
        </RadioGroup>
        {form.how === 'type' && (
          <div className={styles.typed}>
            <TypedPin
              pin={form.pin}
              rules={rules}
              historyCount={policy.pinHistoryCount}
              onChange={(pin) => change({ pin })}
              refusal={refusal ?? (missing === 'pin' ? t('pinMissing') : undefined)}
              isHistoryRefused={refused?.problem.rule === 'used-before'}
              inputRef={pinInput}
            />
          </div>
        )}
        <Checkbox
          label={t('mustChange')}
          checked={form.pinExpired}
          onChange={(_event, { checked }) => change({ pinExpired: checked === true })}
        />
        <MailTo form={form} mailbox={mailbox} isAddressMissing={missing === 'address'} onChange={change} />
        {mailbox.lockedOut && (
          <Checkbox
            label={t('keepLocked')}
            checked={form.keepLocked}
            onChange={(_event, { checked }) => change({ keepLocked: checked === true })}
          />
        )}
        <FailureMessage error={refused === undefined ? error : undefined} />
      </DialogContent>
      <DialogActions>
        <Button type="submit" appearance="primary" disabledFocusable={isBusy}>
          {isBusy ? common('saving') : common('save')}
        </Button>
        <Button onClick={onClose} disabled={isBusy}>
          {common('cancel')}
        </Button>
      </DialogActions>
    </form>
  );
}

function pinRefusalOf(error: unknown): Refused | undefined {
  const names = ['pin-refused', 'history-attempts-used-up'];
  return error instanceof Refused && names.includes(error.name) ? error : undefined;
}

interface MailToProps {
  readonly form: ResetForm;
  readonly mailbox: Mailbox;
  readonly isAddressMissing: boolean;
  readonly onChange: (changes: Partial<ResetForm>) => void;
}

/** Where the mail with the PIN goes; a choice for those whose role has one. */
function MailTo({ form, mailbox, isAddressMissing, onChange }: MailToProps) {
  const t = useTranslations('reset');
  const may = useMay();
  if (!may('chooseMailRecipient')) return <Text>{t('mailedTo', { address: mailbox.address })}</Text>;
  const labels: Readonly<Record<MailChoice, string>> = {
    user: t('toUser', { address: mailbox.address }),
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
          hint={t('otherAddressHint', { address: mailbox.address })}
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
