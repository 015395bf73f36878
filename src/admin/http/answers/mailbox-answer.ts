import type { MailboxDetails } from '../../../services/mailbox-administration.ts';
import type { EnabledMailbox, Mailbox } from '../schemas/mailboxes.ts';
import { momentOf } from './moment.ts';

/** A mailbox as it is answered. */
export function mailboxAnswer({ mailbox, dialPlan, policy, mail, ...state }: MailboxDetails): Mailbox {
  const { dialPlanId: _dialPlanId, policyId: _policyId, extensions, registeredNumbers, ...settings } = mailbox;
  return {
    ...settings,
    extensions: [...extensions],
    registeredNumbers: [...registeredNumbers],
    dialPlan,
    policy,
    pinExpired: state.pinExpired,
    firstTimeUser: state.firstTimeUser,
    lockedOut: state.lockedOut,
    mail: mail === undefined ? null : { ...mail, queuedAt: momentOf(mail.queuedAt) },
  };
}

/** A mailbox that has just been enabled, with the mails that were queued. */
export function enabledMailboxAnswer(details: MailboxDetails, mails: EnabledMailbox['mails']): EnabledMailbox {
  return { ...mailboxAnswer(details), mails };
}
