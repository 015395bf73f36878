import type { Clock } from '../../../domain/clock.ts';
import type { MailBacklog } from '../../../services/ports/outbox-store.ts';
import type { CallFigures } from './call-metrics.ts';
import { within } from './within.ts';

/** What the readiness of the service is judged by. */
export interface ReadinessParts {
  readonly telephony: { figures(): Pick<CallFigures, 'signallingUp' | 'draining' | 'mediaServers'> };
  readonly outbox: { backlog(): Promise<MailBacklog> };
  readonly writes: { comesThrough(): Promise<boolean> };
  readonly mail: { readonly cutOffFor: number };
  readonly clock: Clock;
}

/** How each part is. None of it is a secret: anybody may ask. */
export interface Readiness {
  readonly ready: boolean;
  readonly parts: {
    readonly service: 'up' | 'draining';
    /** `stuck` when it answers, and stores nothing. */
    readonly database: 'up' | 'stuck' | 'down';
    readonly signalling: 'up' | 'down';
    readonly media: 'up' | 'down';
    /** `unknown` while the database is down. */
    readonly mail: 'up' | 'behind' | 'unknown';
  };
}

/** How long the database may take to answer, in milliseconds. */
export const DATABASE_DEADLINE = 2_000;

/** How long mails may wait for a way out, and be due without being tried, in milliseconds. */
export const MAIL_PATIENCE = 5 * 60_000;

/** An answer is good for so long, in milliseconds: anybody may ask, and as often as they like. */
const FRESH = 1_000;

/**
 * Mails are behind when one has waited for long and the way out is of no use, or nobody tries what is due. One whose
 * recipient puts it off for hours keeps nobody else's from being delivered, and is no reason.
 */
function isBehind({ oldestQueuedAt, nextDueAt }: MailBacklog, cutOffFor: number, now: number): boolean {
  if (oldestQueuedAt === undefined || now - oldestQueuedAt < MAIL_PATIENCE) return false;
  return cutOffFor >= MAIL_PATIENCE || (nextDueAt !== undefined && now - nextDueAt >= MAIL_PATIENCE);
}

async function look({ telephony, outbox, writes, mail, clock }: ReadinessParts): Promise<Readiness> {
  const { signallingUp, draining, mediaServers } = telephony.figures();
  const [backlog, isStoring] = await Promise.all([
    within(clock, DATABASE_DEADLINE, () => outbox.backlog()),
    writes.comesThrough(),
  ]);
  const parts: Readiness['parts'] = {
    service: draining ? 'draining' : 'up',
    database: backlog === undefined ? 'down' : isStoring ? 'up' : 'stuck',
    signalling: signallingUp ? 'up' : 'down',
    media: mediaServers.some(({ up }) => up) ? 'up' : 'down',
    mail: backlog === undefined ? 'unknown' : isBehind(backlog, mail.cutOffFor, clock.now()) ? 'behind' : 'up',
  };
  return { ready: Object.values(parts).every((state) => state === 'up'), parts };
}

/** Makes the judge: it answers within two seconds whatever is dead, never rejects, and looks once a second at most. */
export function createReadiness(parts: ReadinessParts): () => Promise<Readiness> {
  let last: { readonly at: number; readonly readiness: Promise<Readiness> } | undefined;
  return () => {
    const at = parts.clock.monotonic();
    if (last === undefined || at - last.at >= FRESH) last = { at, readiness: look(parts) };
    return last.readiness;
  };
}
