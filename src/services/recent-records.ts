import type { AuditCriteria, AuditPlace, AuditRecord, AuditStore } from './ports/audit-store.ts';

/** Records that are looked at in one statement. */
const AMONG = 500;

/**
 * The newest records that are by criteria, at most `limit`, however many others have to be looked at for them; so criteria
 * say since when. Throws when the database fails.
 */
export async function recentRecords(
  { audit }: { readonly audit: AuditStore },
  criteria: AuditCriteria & { readonly from: number },
  isWanted: (record: AuditRecord) => boolean,
  limit: number,
): Promise<readonly AuditRecord[]> {
  const wanted: AuditRecord[] = [];
  let before: AuditPlace | undefined;
  do {
    const { found, through } = await audit.find(criteria, before, AMONG, AMONG);
    wanted.push(...found.filter(isWanted));
    before = through;
  } while (before !== undefined && wanted.length < limit);
  return wanted.slice(0, limit);
}
