import type { Clock } from '../domain/clock.ts';
import type { Database } from './ports/database.ts';
import type { LiveCalls } from './ports/live-calls.ts';

const DAY = 86_400_000;

/** How the service is doing, in a few numbers. */
export interface Overview {
  /** Mailboxes that are locked now, for elsewhere or for everybody. */
  readonly lockedOut: number;
  /** In the last 24 hours, whoever or whatever did it. */
  readonly pinResets: number;
  readonly lockouts: number;
  /** Mails that are to be delivered, and those that are parked because nobody takes them. */
  readonly mailsWaiting: number;
  readonly mailsRefused: number;
  /** Calls of this process. */
  readonly liveCalls: number;
  /** In milliseconds since 1970. */
  readonly at: number;
}

export interface OverviewParts {
  readonly database: Database;
  readonly calls: LiveCalls;
  readonly clock: Clock;
}

/** Counts; throws when the database fails. */
export async function overviewOf({ database, calls, clock }: OverviewParts): Promise<Overview> {
  const at = clock.now();
  const { waiting, refused } = await database.outbox.backlog();
  return {
    lockedOut: await database.mailboxes.countLocked(at),
    pinResets: await database.audit.countSince('pin-reset', 'done', at - DAY),
    lockouts: await database.audit.countSince('lock', 'done', at - DAY),
    mailsWaiting: waiting,
    mailsRefused: refused,
    liveCalls: calls.list().length,
    at,
  };
}
