import { audit } from './audit.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { Stores } from './ports/database.ts';
import type { MailOutcome } from './ports/mail-outcome.ts';

/**
 * Records what has become of a mail; it belongs in the transaction in which the outbox settles it. Throws when the
 * database fails.
 */
export async function auditMailOutcome(
  stores: Pick<Stores, 'audit'>,
  sealer: AuditSealer,
  { mail, state, at, error }: MailOutcome,
): Promise<void> {
  await audit(stores, sealer, at, {
    action: 'mail',
    outcome: state,
    actor: { kind: 'system' },
    source: { kind: 'service' },
    mailboxId: mail.mailboxId,
    ...(error === undefined ? {} : { reason: error }),
    details: { mail: mail.id, letter: mail.letter.kind, attempts: mail.attempts },
  });
}
