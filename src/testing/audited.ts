import type { AuditEntry } from '../services/audit.ts';
import type { Database } from '../services/ports/database.ts';

/** More records than any test makes. */
const ALL_RECORDS = 100_000;

/** Everything that was audited so far, in order. */
export async function auditedIn({ database }: { readonly database: Database }): Promise<readonly AuditEntry[]> {
  const records = await database.audit.from(1, ALL_RECORDS);
  return records.map(({ entry }) => JSON.parse(entry) as AuditEntry);
}
