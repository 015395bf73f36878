import type { MailboxId } from '../domain/mailbox.ts';
import { readEntry } from './audit.ts';
import type { AuditStore } from './ports/audit-store.ts';
import { recentRecords } from './recent-records.ts';

/** Resets that a user may ask for within {@link RESET_WINDOW}. */
export const OWN_RESETS = 3;
export const RESET_WINDOW = 3_600_000;

/**
 * How long a user has to wait for another PIN, in whole seconds; 0 when one may be asked for now. It holds for sure where
 * it is asked in the transaction that stores the reset. `now` is in milliseconds since 1970. Throws when the database fails.
 */
export async function untilNextOwnReset(
  stores: { readonly audit: AuditStore },
  mailbox: MailboxId,
  now: number,
): Promise<number> {
  const criteria = { mailbox, action: 'pin-reset', outcome: 'done', from: now - RESET_WINDOW + 1 };
  const own = await recentRecords(stores, criteria, ({ entry }) => readEntry(entry)?.actor.kind === 'user', OWN_RESETS);
  const first = own[OWN_RESETS - 1];
  return first === undefined ? 0 : Math.max(1, Math.ceil((first.at + RESET_WINDOW - now) / 1_000));
}
