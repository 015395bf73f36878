import { Button, Checkbox, DialogActions, DialogContent, makeStyles, Text } from '@fluentui/react-components';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslations } from 'use-intl';
import { done } from '../api/failure.ts';
import { type Mailbox, type MailboxPolicy, type PinResetAnswer, resetPin } from '../api/operations.ts';
import { FailureMessage } from '../ui/failure-message.tsx';
import { useOnce } from '../ui/use-once.ts';
import { HowChosen } from './how-chosen.tsx';
import { MailTo } from './mail-to.tsx';
import { pinRefusalOf, usePinRefusalText } from './pin-refusal-text.ts';
import { changedBy, missingIn, NEW_RESET, type ResetForm, requestOf } from './reset-form.ts';
import { TypedPin } from './typed-pin.tsx';

const useStyles = makeStyles({
  content: { display: 'flex', flexDirection: 'column', gap: '14px' },
  typed: { paddingInlineStart: '32px' },
  hint: { display: 'block' },
});

interface ResetPinFormProps {
  readonly mailbox: Mailbox;
  readonly policy: MailboxPolicy;
  /** Whether the reset is under way. */
  readonly isBusy: boolean;
  readonly onBusy: (isBusy: boolean) => void;
  readonly onDone: (answer: PinResetAnswer) => void;
  readonly onClose: () => void;
}

/** How a PIN is to be reset. What is typed stays in the page until Save, and stays in the form when Save is refused. */
export function ResetPinForm({ mailbox, policy, isBusy, onBusy, onDone, onClose }: ResetPinFormProps) {
  const styles = useStyles();
  const t = useTranslations('reset');
  const common = useTranslations('common');
  const refusalText = usePinRefusalText();
  const once = useOnce();
  const [form, setForm] = useState<ResetForm>(NEW_RESET);
  const [error, setError] = useState<unknown>();
  const [missing, setMissing] = useState<'pin' | 'address'>();
  const pinInput = useRef<HTMLInputElement>(null);
  const rules = { ...policy, extensions: mailbox.extensions };
  const change = (changes: Partial<ResetForm>) => {
    setForm((before) => changedBy(before, changes));
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
    onBusy(true);
    setError(undefined);
    try {
      const body = requestOf(form, mailbox);
      onDone(await once(body, (options) => done(resetPin(mailbox.id, body, options))));
    } catch (failure) {
      setError(failure);
      onBusy(false);
      if (pinRefusalOf(failure) !== undefined) pinInput.current?.focus();
    }
  };
  const refused = pinRefusalOf(error);
  const refusal = refused === undefined ? undefined : refusalText(refused.problem);
  return (
    <form onSubmit={(event) => void save(event)} noValidate style={{ display: 'contents' }}>
      <DialogContent className={styles.content}>
        <Text>{t('whose', { name: mailbox.displayName, address: mailbox.address })}</Text>
        <HowChosen how={form.how} onChange={(how) => change({ how })} />
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
        <MailTo form={form} address={mailbox.address} isAddressMissing={missing === 'address'} onChange={change} />
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
