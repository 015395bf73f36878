import type { MailView } from '../../../services/mailbox-administration.ts';
import type { Mail } from '../schemas/mails.ts';
import { momentOf, momentOrNull } from './moment.ts';

/** A mail as it is answered: never what is in it. */
export function mailAnswer(mail: MailView): Mail {
  return {
    ...mail,
    queuedAt: momentOf(mail.queuedAt),
    nextAttemptAt: momentOrNull(mail.nextAttemptAt),
    settledAt: momentOrNull(mail.settledAt),
    lastError: mail.lastError ?? null,
  };
}
