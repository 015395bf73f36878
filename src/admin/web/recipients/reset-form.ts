import type { PinRules } from '../../../domain/pin-policy.ts';
import type { Mailbox, PinResetRequest } from '../api/operations.ts';
import { checkPin } from './pin-checks.ts';

export type MailChoice = 'user' | 'other' | 'nobody';

/** What has been filled in of a reset. */
export interface ResetForm {
  readonly how: 'generate' | 'type';
  readonly pin: string;
  readonly pinExpired: boolean;
  readonly mailTo: MailChoice;
  readonly otherAddress: string;
  readonly keepLocked: boolean;
}

export const NEW_RESET: ResetForm = {
  how: 'generate',
  pin: '',
  pinExpired: true,
  mailTo: 'user',
  otherAddress: '',
  keepLocked: false,
};

/** A generated PIN that is mailed to nobody would be known to nobody. */
export const mailChoices = (form: ResetForm): readonly MailChoice[] =>
  form.how === 'type' ? ['user', 'other', 'nobody'] : ['user', 'other'];

/** What is missing before it can be saved; undefined when nothing is. */
export function missingIn(form: ResetForm, rules: PinRules): 'pin' | 'address' | undefined {
  if (form.how === 'type') {
    const checks = checkPin(form.pin, rules);
    if (checks.some(({ state }) => state !== 'met')) return 'pin';
  }
  return form.mailTo === 'other' && form.otherAddress.trim() === '' ? 'address' : undefined;
}

/** What is asked of the service. */
export function requestOf(form: ResetForm, mailbox: Pick<Mailbox, 'lockedOut'>): PinResetRequest {
  return {
    ...(form.how === 'type' ? { pin: form.pin } : {}),
    pinExpired: form.pinExpired,
    ...(mailbox.lockedOut && form.keepLocked ? { lockedOut: true } : {}),
    ...(form.mailTo === 'other' ? { notifyEmail: form.otherAddress.trim() } : {}),
    ...(form.mailTo === 'nobody' && form.how === 'type' ? { sendEmail: false } : {}),
  };
}
