import type { ExportedAuditRecord, FoundAuditRecord } from '../../../services/audit-search.ts';
import type { AuditVerdict } from '../../../services/audit-verification.ts';
import type { TimelineEntry } from '../../../services/mailbox-administration.ts';
import type {
  AuditRecord,
  AuditVerification,
  ExportedAuditRecord as ExportedAnswer,
  TimelineEntry as TimelineAnswer,
} from '../schemas/audit.ts';
import { momentOf } from './moment.ts';

/** An audit record as it is answered. */
export function auditAnswer({ mailbox, reason, details, ...record }: FoundAuditRecord): AuditRecord {
  return {
    sequence: record.sequence,
    at: momentOf(record.at),
    action: record.action,
    outcome: record.outcome,
    actor: record.actor,
    source: record.source,
    mailbox: mailbox === undefined ? null : { id: mailbox.id, address: mailbox.address ?? null },
    reason: reason ?? null,
    details: { ...details },
  };
}

/** An audit record as it is exported, with its seal. */
export function exportedAuditAnswer({ sealed, ...record }: ExportedAuditRecord): ExportedAnswer {
  const { entry, keyId, mac } = sealed;
  return { ...auditAnswer(record), entry, keyId, mac };
}

/** What following the trail has shown, as it is answered. */
export function verificationAnswer(verdict: AuditVerdict): AuditVerification {
  switch (verdict.kind) {
    case 'intact':
      return { intact: true, records: verdict.records, head: verdict.head ?? null, break: null };
    case 'broken': {
      const { sequence, how } = verdict;
      return { intact: false, records: Math.max(0, sequence - 1), head: null, break: { sequence, kind: how } };
    }
  }
}

/** One thing that happened to a mailbox, as it is answered. */
export function timelineAnswer({ at, reason, details, sequence, ...entry }: TimelineEntry): TimelineAnswer {
  return { ...entry, at: momentOf(at), reason: reason ?? null, details: { ...details }, sequence: sequence ?? null };
}
