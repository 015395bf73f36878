import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import type { StoredCredential } from './ports/credential-store.ts';
import type { Stores } from './ports/database.ts';

/** A mailbox with what decides on its PIN, each as it is now. */
export interface PinMailbox {
  readonly mailbox: Mailbox;
  readonly policy: MailboxPolicy;
  readonly credential: StoredCredential;
}

/** Undefined when the mailbox is gone, or going. Throws when the database fails. */
export async function readPinMailbox(
  { mailboxes, policies, credentials }: Pick<Stores, 'mailboxes' | 'policies' | 'credentials'>,
  id: MailboxId,
): Promise<PinMailbox | undefined> {
  const mailbox = await mailboxes.byId(id);
  const policy = mailbox && (await policies.byId(mailbox.policyId));
  const credential = await credentials.byMailbox(id);
  if (mailbox === undefined || policy === undefined || credential === undefined) return undefined;
  return { mailbox, policy, credential };
}
