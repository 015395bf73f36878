/**
 * What the audit trail costs: `node src/services/audit.bench.ts`. Records are added each in a transaction of its own, as
 * sign-ins add them, and then the whole trail is verified.
 */
import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import type { MailboxId } from '../domain/mailbox.ts';
import { createAuditSealer } from '../security/audit-sealer.ts';
import { percentile } from '../testing/bench/statistics.ts';
import { DATABASE_KINDS } from '../testing/databases.ts';
import { audit } from './audit.ts';
import { verifyAudit } from './audit-verification.ts';

const RECORDS = 10_000;

const sealer = createAuditSealer([{ id: 'bench', key: randomBytes(32) }]);

for (const kind of DATABASE_KINDS) {
  const { database, dispose } = await kind.create();
  try {
    const durations: number[] = [];
    for (let number = 0; number < RECORDS; number++) {
      const start = performance.now();
      await database.transact((stores) =>
        audit(stores, sealer, Date.now(), {
          action: 'sign-in',
          outcome: 'failed',
          actor: { kind: 'caller' },
          source: { kind: 'call', callId: `call-${number}`, peer: '192.0.2.1', assertedNumber: '+442079460123' },
          mailboxId: `mailbox-${number % 100}` as MailboxId,
          reason: 'wrong-pin',
          details: { failures: number % 5 },
        }),
      );
      durations.push(performance.now() - start);
    }
    const start = performance.now();
    const verdict = await verifyAudit(database, sealer);
    const verified = performance.now() - start;
    if (verdict.kind !== 'intact' || verdict.records !== RECORDS) throw new Error('The trail was judged wrongly');
    const of = (rank: number): string => percentile(durations, rank).toFixed(2);
    console.log(`${kind.name}: a record p50 ${of(0.5)} ms, p95 ${of(0.95)} ms`);
    console.log(
      `${RECORDS} records verified in ${verified.toFixed(0)} ms, ${((RECORDS * 1_000) / verified).toFixed(0)} a second`,
    );
  } finally {
    await dispose();
  }
}
