import type { OutboxMail } from './outbox-store.ts';

/**
 * What has become of a mail that nobody tries any more; a superseded one is its successor's business, unless it arrives all the
 * same.
 */
export interface MailOutcome {
  readonly mail: OutboxMail;
  readonly state: 'delivered' | 'refused' | 'expired';
  /** In milliseconds since 1970. */
  readonly at: number;
  /** Why it was not delivered, in words without addresses and digits of a PIN. */
  readonly error: string | undefined;
}
