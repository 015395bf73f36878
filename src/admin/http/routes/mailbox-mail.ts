import Type from 'typebox';
import type { OutboxId } from '../../../services/ports/outbox-store.ts';
import { mailAnswer } from '../answers/mail-answer.ts';
import type { HttpParts, RoutePlugin } from '../parts.ts';
import { requesterOf } from '../principal.ts';
import { raise } from '../problems.ts';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import { IdempotencyHeaders, refTo, WhatIfQuery } from '../schemas/common.ts';
import { MailboxParams } from '../schemas/mailboxes.ts';
import { Mail, MailList, MailListQuery, MailParams } from '../schemas/mails.ts';
import { mailboxOf, markWhatIf, noSuchMailbox, pageAnswer, pageRequest, useCasesOf } from './support.ts';

const MAIL = 'Mail';

const Position = Type.Object({ at: Type.Number(), sequence: Type.Number() });

function listRoute(app: HttpApp, { useCases }: HttpParts): void {
  app.get(
    '/mailboxes/:identity/mail',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-mailbox', 'ambiguous-identity'] },
      schema: {
        operationId: 'listMail',
        summary: 'List the mail to a mailbox',
        description: 'Newest first, and never what is in it.',
        tags: [MAIL],
        params: MailboxParams,
        querystring: MailListQuery,
        response: { 200: refTo(MailList, 'A page of mails.') },
      },
    },
    async ({ params, query }) => {
      const { id } = await mailboxOf(useCases, params.identity);
      const page = await useCases.mailboxAdministration.mails(id, pageRequest(Position, query));
      return pageAnswer(page ?? noSuchMailbox(), mailAnswer);
    },
  );
}

function retryRoute(app: HttpApp, parts: HttpParts): void {
  app.post(
    '/mailboxes/:identity/mail/:id/retry',
    {
      config: {
        roles: ['organization-management', 'um-management', 'help-desk'],
        problems: ['no-such-mailbox', 'no-such-mail', 'ambiguous-identity', 'mail-not-retriable'],
      },
      schema: {
        operationId: 'retryMail',
        summary: 'Try a mail again',
        description: 'Only one that was refused or waits. It is tried soon; the mail as it is now is the answer.',
        tags: [MAIL],
        params: MailParams,
        querystring: WhatIfQuery,
        headers: IdempotencyHeaders,
        response: { 200: refTo(Mail, 'What would be tried again.'), 202: refTo(Mail, 'It is tried again soon.') },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const useCases = useCasesOf(parts, query);
      const { id } = await mailboxOf(useCases, params.identity);
      const mailId = params.id as OutboxId;
      const result = await useCases.mailboxAdministration.retryMail(id, mailId, requesterOf(request));
      switch (result.kind) {
        case 'retried':
          reply.code(query.whatIf === true ? 200 : 202);
          return markWhatIf(mailAnswer(result.mail), query);
        case 'no-such-mailbox':
          return noSuchMailbox();
        case 'no-such-mail':
          return raise({ name: 'no-such-mail', detail: 'The mailbox has no mail of this id.' });
        case 'not-retriable':
          return raise({
            name: 'mail-not-retriable',
            detail: `The mail is ${result.state}; only one that was refused or waits is tried again.`,
            more: { state: result.state },
          });
      }
    },
  );
}

/** The mail to a mailbox. */
export const mailboxMailRoutes: RoutePlugin = (app, parts) => {
  listRoute(app, parts);
  retryRoute(app, parts);
};
