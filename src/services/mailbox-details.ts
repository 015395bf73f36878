import type { CredentialState } from '../domain/credential.ts';
import type { DialPlan } from '../domain/dial-plan.ts';
import { changeCauses } from '../domain/forced-change.ts';
import { releaseTimedLock } from '../domain/lockout.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import type { MailboxDetails, MailView } from './mailbox-administration.ts';
import { PIN_LETTERS } from './ports/letter.ts';
import type { OutboxMail } from './ports/outbox-store.ts';

/** Everything that the details of a mailbox are made of, all read at the same moment. */
export interface MailboxFacts {
  readonly mailbox: Mailbox;
  readonly revision: number;
  readonly dialPlan: DialPlan;
  readonly policy: MailboxPolicy;
  readonly state: CredentialState;
  /** The newest. */
  readonly mail: OutboxMail | undefined;
}

/** Whether a PIN has to be changed at the next sign-in, as far as that is known before it is keyed. */
export function isPinExpired(state: CredentialState, policy: MailboxPolicy, now: number): boolean {
  // Whatever its length: how many digits a PIN has is not known until it is keyed.
  const causes = changeCauses(state, policy, policy.minPinLength, now);
  return causes.includes('pin-expired') || causes.includes('lifetime');
}

/** A mailbox as administrators see it. `now` is in milliseconds since 1970. */
export function detailsOf(facts: MailboxFacts, now: number): MailboxDetails {
  const { mailbox, dialPlan, policy, state, mail, revision } = facts;
  return {
    mailbox,
    dialPlan: { id: dialPlan.id, name: dialPlan.name },
    policy: { id: policy.id, name: policy.name },
    pinExpired: isPinExpired(state, policy, now),
    firstTimeUser: state.firstTime,
    lockedOut: releaseTimedLock(state, policy, now).lock !== undefined,
    mail: mail && { id: mail.id, kind: mail.letter.kind, state: mail.state, queuedAt: mail.queuedAt },
    revision,
  };
}

/** A mail without what is in it. */
export function mailViewOf(mail: OutboxMail): MailView {
  const { id, letter, state, attempts, queuedAt, nextAttemptAt, settledAt, lastError } = mail;
  return {
    id,
    kind: letter.kind,
    to: letter.address,
    state,
    tellsPin: PIN_LETTERS.includes(letter.kind),
    attempts,
    queuedAt,
    nextAttemptAt: state === 'waiting' ? nextAttemptAt : undefined,
    settledAt,
    lastError,
  };
}
