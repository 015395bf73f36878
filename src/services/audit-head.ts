import type { Cancel, Clock } from '../domain/clock.ts';
import { isRecord } from '../domain/is-record.ts';
import type { Log } from '../domain/log.ts';
import type { NotedHead } from './audit-verification.ts';
import { everyHour } from './hourly.ts';
import type { AuditStore } from './ports/audit-store.ts';

/** By what the log line with the head of the audit trail is known. */
const AUDIT_HEAD_EVENT = 'audit-head';

export interface AuditHeadOptions {
  readonly audit: AuditStore;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Logs the head of the audit trail now and every hour (SPEC §5). Who can change the database cannot change lines that
 * have left this machine, so a trail whose end is cut off does not reach the head that was logged last. While the trail
 * is empty, that is logged as number 0. A database that fails meanwhile is logged, and asked again an hour later.
 *
 * @returns resolves when the first line is logged, with what ends it; a line that is being made then is not waited for.
 *   Rejects when the database fails at the first.
 */
export async function startAuditHeads({ audit, clock, log }: AuditHeadOptions): Promise<Cancel> {
  const logHead = async (): Promise<void> => {
    const { sequence, mac }: NotedHead = (await audit.head()) ?? { sequence: 0, mac: '' };
    log.info({ event: AUDIT_HEAD_EVENT, sequence, mac }, 'The head of the audit trail');
  };
  await logHead();
  return everyHour({ clock, log }, logHead, 'The head of the audit trail cannot be read');
}

/** The head that a line of the service's log tells; undefined for any other line, and for what is no log line. */
export function auditHeadIn(line: string): NotedHead | undefined {
  // Most lines are others, and long logs are read.
  if (!line.includes(AUDIT_HEAD_EVENT)) return undefined;
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!isRecord(fields) || fields.event !== AUDIT_HEAD_EVENT) return undefined;
  const { sequence, mac } = fields;
  const isHead = typeof sequence === 'number' && Number.isSafeInteger(sequence) && typeof mac === 'string';
  return isHead ? { sequence, mac } : undefined;
}
