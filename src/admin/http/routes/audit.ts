import { Readable } from 'node:stream';
import Type from 'typebox';
import type { MailboxId } from '../../../domain/mailbox.ts';
import type { AuditFilter, ExportedAuditRecord } from '../../../services/audit-search.ts';
import { auditAnswer, exportedAuditAnswer, verificationAnswer } from '../answers/audit-answer.ts';
import type { HttpParts, RoutePlugin } from '../parts.ts';
import { raise } from '../problems.ts';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import { AuditExportQuery, AuditQuery, AuditRecordList, AuditVerification } from '../schemas/audit.ts';
import { IdempotencyHeaders, refTo } from '../schemas/common.ts';
import { mailboxIdOf, pageAnswer, pageRequest } from './support.ts';

const AUDIT = 'Audit trail';
const MAY_TAKE_ALL = ['organization-management', 'um-management', 'view-only'] as const;
const Position = Type.Object({ at: Type.Number(), sequence: Type.Number() });

/** As ids of mailboxes are made. */
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const Lines = Type.Unsafe<Readable>({ type: 'string', description: 'On each line an ExportedAuditRecord, as JSON.' });

/** Seconds after which a verification or an export that is under way may be over. */
const SOON = 5;

/** Exports at the same time: each reads the whole trail from the one database that the calls write to. */
const MOST_EXPORTS = 4;

/** The mailbox that records are asked of; one that has been disabled is still found by its id. */
async function mailboxIn({ useCases }: HttpParts, identity: string): Promise<MailboxId> {
  if (ID.test(identity)) return identity as MailboxId;
  return mailboxIdOf(useCases, identity);
}

async function filterOf(parts: HttpParts, query: AuditExportQuery): Promise<AuditFilter> {
  const { from, to, mailbox, action, outcome, actor } = query;
  return {
    ...(action === undefined ? {} : { action }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(actor === undefined ? {} : { actor }),
    ...(from === undefined ? {} : { from: Date.parse(from) }),
    ...(to === undefined ? {} : { to: Date.parse(to) }),
    ...(mailbox === undefined ? {} : { mailbox: await mailboxIn(parts, mailbox) }),
  };
}

function searchRoute(app: HttpApp, parts: HttpParts): void {
  app.get(
    '/audit',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-mailbox', 'ambiguous-identity'] },
      schema: {
        operationId: 'searchAudit',
        summary: 'Search the audit trail',
        description: 'Newest first. A mailbox that has been disabled is found by its id.',
        tags: [AUDIT],
        querystring: AuditQuery,
        response: { 200: refTo(AuditRecordList, 'A page of records.') },
      },
    },
    async ({ query }) => {
      const page = await parts.auditSearch.find(await filterOf(parts, query), pageRequest(Position, query));
      return pageAnswer(page, auditAnswer);
    },
  );
}

/** One record on a line; a part at a time, so that the next is read only when there is room for it. */
async function* linesOf(parts: AsyncIterable<readonly ExportedAuditRecord[]>): AsyncGenerator<string> {
  for await (const records of parts) {
    yield records.map((record) => `${JSON.stringify(exportedAuditAnswer(record))}\n`).join('');
  }
}

function exportRoute(app: HttpApp, parts: HttpParts): void {
  let exports = 0;
  app.get(
    '/audit/export',
    {
      config: { roles: MAY_TAKE_ALL, problems: ['no-such-mailbox', 'ambiguous-identity'] },
      schema: {
        operationId: 'exportAudit',
        summary: 'Export the audit trail',
        description:
          'One record on each line, in the order of their numbers, with their seals. What is recorded meanwhile is not in it. An answer that breaks off is not complete. Four at a time: a fifth is asked to wait.',
        tags: [AUDIT],
        querystring: AuditExportQuery,
        response: {
          200: {
            description: 'The records, one JSON object on each line.',
            content: {
              'application/x-ndjson': { schema: Lines },
            },
          },
        },
      },
    },
    async ({ query }, reply) => {
      const filter = await filterOf(parts, query);
      if (exports >= MOST_EXPORTS) {
        return raise({ name: 'overloaded', detail: 'As many exports as may be are under way.', retryAfter: SOON });
      }
      exports += 1;
      const lines = Readable.from(linesOf(parts.auditSearch.export(filter)), { objectMode: false, highWaterMark: 1 });
      // Comes at the end as well as when the client goes away before it.
      lines.once('close', () => {
        exports -= 1;
      });
      reply.type('application/x-ndjson; charset=utf-8');
      return reply.send(lines);
    },
  );
}

function verifyRoute(app: HttpApp, { verifyAudit }: HttpParts): void {
  let isVerifying = false;
  app.post(
    '/audit/verify',
    {
      config: { roles: MAY_TAKE_ALL, problems: ['overloaded'] },
      schema: {
        operationId: 'verifyAudit',
        summary: 'Verify the audit trail',
        description:
          'Follows the whole trail and names the first record that was tampered with. One at a time: a second is asked to wait.',
        tags: [AUDIT],
        headers: IdempotencyHeaders,
        response: { 200: refTo(AuditVerification, 'What was found.') },
      },
    },
    async () => {
      if (isVerifying) {
        return raise({ name: 'overloaded', detail: 'The trail is being verified already.', retryAfter: SOON });
      }
      isVerifying = true;
      try {
        return verificationAnswer(await verifyAudit());
      } finally {
        isVerifying = false;
      }
    },
  );
}

/** The audit trail. */
export const auditRoutes: RoutePlugin = (app, parts) => {
  searchRoute(app, parts);
  exportRoute(app, parts);
  verifyRoute(app, parts);
};
