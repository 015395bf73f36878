import type { PinRules } from '../../../domain/pin-policy.ts';
import type { Mailbox, PinResetRequest } from '../api/operations.ts';
import { checkPin } from './pin-checks.ts';

export type MailChoice = 'user' | 'other' | 'nobody';

/** How a PIN is chosen, and where the mail with it goes. */
export interface MailForm {
  readonly how: 'generate' | 'type';
  readonly mailTo: MailChoice;
  readonly otherAddress: string;
}

/** What has been filled in about a new PIN. */
export interface PinForm extends MailForm {
  readonly pin: string;
  readonly pinExpired: boolean;
}

/** What has been filled in of a reset. */
export interface ResetForm extends PinForm {
  readonly keepLocked: boolean;
}

export const NEW_PIN: PinForm = { how: 'generate', pin: '', pinExpired: true, mailTo: 'user', otherAddress: '' };

export const NEW_RESET: ResetForm = { ...NEW_PIN, keepLocked: false };

/** A generated PIN that is mailed to nobody would be known to nobody. */
export const mailChoices = (form: Pick<MailForm, 'how'>): readonly MailChoice[] =>
  form.how === 'type' ? ['user', 'other', 'nobody'] : ['user', 'other'];

/** The form with these changes; a choice of the mail that no longer is one is taken back. */
export function changedBy<F extends PinForm>(before: F, changes: Partial<F>): F {
  const next = { ...before, ...changes };
  return mailChoices(next).includes(next.mailTo) ? next : { ...next, mailTo: 'user' };
}

/** What is missing before it can be saved; undefined when nothing is. */
export function missingIn(form: PinForm, rules: PinRules): 'pin' | 'address' | undefined {
  if (form.how === 'type') {
    const checks = checkPin(form.pin, rules);
    if (checks.some(({ state }) => state !== 'met')) return 'pin';
  }
  return form.mailTo === 'other' && form.otherAddress.trim() === '' ? 'address' : undefined;
}

/** What is asked of the service about the PIN. */
export const pinRequestOf = (form: PinForm) => ({
  ...(form.how === 'type' ? { pin: form.pin } : {}),
  pinExpired: form.pinExpired,
  ...(form.mailTo === 'other' ? { notifyEmail: form.otherAddress.trim() } : {}),
  ...(form.mailTo === 'nobody' && form.how === 'type' ? { sendEmail: false } : {}),
});

/** What is asked of the service for a reset. */
export function requestOf(form: ResetForm, mailbox: Pick<Mailbox, 'lockedOut'>): PinResetRequest {
  return { ...pinRequestOf(form), ...(mailbox.lockedOut && form.keepLocked ? { lockedOut: true } : {}) };
}
