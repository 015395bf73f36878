import Type from 'typebox';
import type { MailboxChanges, MailboxDetails, MailboxFilter } from '../../../services/mailbox-administration.ts';
import type { FirstPin } from '../../../services/mailbox-provisioning.ts';
import { enabledMailboxAnswer, mailboxAnswer } from '../answers/mailbox-answer.ts';
import { etagOf } from '../etag.ts';
import type { AdminUseCases, HttpParts, RoutePlugin } from '../parts.ts';
import { requesterOf } from '../principal.ts';
import { type ProblemName, raise } from '../problems.ts';
import { mailboxRefused } from '../refusals.ts';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import { IdempotencyHeaders, IfMatchHeaders, refTo, WhatIfQuery } from '../schemas/common.ts';
import {
  MailboxChanges as Changes,
  EnabledMailbox,
  Mailbox,
  MailboxList,
  MailboxListQuery,
  MailboxParams,
  NewMailbox,
  type MailboxChanges as WantedChanges,
} from '../schemas/mailboxes.ts';
import { dialPlanOf } from './dial-plans.ts';
import { policyOf } from './mailbox-policies.ts';
import {
  atLeastOne,
  expectedRevisionOf,
  locationOf,
  mailboxIdOf,
  markWhatIf,
  noContent,
  noSuchMailbox,
  pageAnswer,
  pageRequest,
  preconditionFailed,
  useCasesOf,
} from './support.ts';

const MAILBOXES = 'Mailboxes';
const MAY_CHANGE = ['organization-management', 'um-management'] as const;

/** What refuses a mailbox, whether it is new or changed. */
const REFUSALS = [
  'no-such-policy',
  'not-an-address',
  'not-an-extension',
  'not-a-number',
  'setting-refused',
  'address-taken',
  'alias-taken',
  'number-taken',
] as const satisfies readonly ProblemName[];

/** The mailbox that an identity names, as it is; answers that there is none, or which it may be. */
async function detailsOf(useCases: AdminUseCases, identity: string): Promise<MailboxDetails> {
  const id = await mailboxIdOf(useCases, identity);
  return (await useCases.mailboxAdministration.get(id)) ?? noSuchMailbox();
}

async function filterOf(useCases: AdminUseCases, query: MailboxListQuery): Promise<MailboxFilter> {
  const { policy, dialPlan, limit: _limit, cursor: _cursor, ...rest } = query;
  return {
    ...rest,
    ...(policy === undefined ? {} : { policy: (await policyOf(useCases, policy)).policy.id }),
    ...(dialPlan === undefined ? {} : { dialPlan: (await dialPlanOf(useCases, dialPlan)).dialPlan.id }),
  };
}

function readRoutes(app: HttpApp, { useCases }: HttpParts): void {
  app.get(
    '/mailboxes',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-policy', 'no-such-dial-plan'] },
      schema: {
        operationId: 'listMailboxes',
        summary: 'List or search mailboxes',
        description: 'In the order of their addresses: those that are everything that is asked for.',
        tags: [MAILBOXES],
        querystring: MailboxListQuery,
        response: { 200: refTo(MailboxList, 'A page of mailboxes.') },
      },
    },
    async ({ query }) => {
      const filter = await filterOf(useCases, query);
      const page = await useCases.mailboxAdministration.list(filter, pageRequest(Type.String(), query));
      return pageAnswer(page, mailboxAnswer);
    },
  );
  app.get(
    '/mailboxes/:identity',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-mailbox', 'ambiguous-identity'] },
      schema: {
        operationId: 'getMailbox',
        summary: 'See a mailbox',
        tags: [MAILBOXES],
        params: MailboxParams,
        response: { 200: refTo(Mailbox, 'The mailbox as it is now.') },
      },
    },
    async ({ params: { identity } }, reply) => {
      const details = await detailsOf(useCases, identity);
      reply.header('etag', etagOf(details.revision));
      return mailboxAnswer(details);
    },
  );
}

/** How a new mailbox gets its PIN; answers that nobody would learn a generated one that is not mailed. */
function firstPinOf({ pin, pinExpired, sendEmail, notifyEmail }: NewMailbox): FirstPin {
  const mailed = {
    ...(notifyEmail === undefined ? {} : { notifyEmail }),
    ...(pinExpired === undefined ? {} : { pinExpired }),
  };
  if (pin !== undefined) return { kind: 'typed', pin, mail: sendEmail ?? true, ...mailed };
  if (sendEmail !== false) return { kind: 'generated', ...mailed };
  return raise({ name: 'generated-unmailed', detail: 'Give a PIN, or let the generated one be mailed.' });
}

function enableRoute(app: HttpApp, parts: HttpParts): void {
  app.post(
    '/mailboxes',
    {
      config: { roles: MAY_CHANGE, problems: [...REFUSALS, 'pin-refused', 'generated-unmailed', 'overloaded'] },
      schema: {
        operationId: 'enableMailbox',
        summary: 'Enable a mailbox',
        description: 'Makes a mailbox with its first PIN, which is generated unless one is given, and mails it.',
        tags: [MAILBOXES],
        querystring: WhatIfQuery,
        headers: IdempotencyHeaders,
        body: refTo(NewMailbox),
        response: {
          200: refTo(EnabledMailbox, 'What would be made.'),
          201: refTo(EnabledMailbox, 'The mailbox is enabled.'),
        },
      },
    },
    async (request, reply) => {
      const { query, body } = request;
      const { policy: policyIdentity, pin: _pin, pinExpired: _expired, sendEmail: _send, ...rest } = body;
      const { notifyEmail: _notify, extensions, ...settings } = rest;
      const pin = firstPinOf(body);
      const useCases = useCasesOf(parts, query);
      const { policy } = await policyOf(useCases, policyIdentity);
      const wanted = { ...settings, extensions: atLeastOne(extensions), pin };
      const made = await useCases.directory.provisionMailbox(policy.id, wanted, requesterOf(request));
      if (made.kind !== 'provisioned') return raise(mailboxRefused(made));
      const answer = enabledMailboxAnswer(made.details, [...made.mails]);
      if (query.whatIf === true) return markWhatIf(answer, query);
      reply.code(201).header('location', locationOf(request, made.mailbox.id));
      reply.header('etag', etagOf(made.details.revision));
      return answer;
    },
  );
}

async function changesOf(useCases: AdminUseCases, wanted: WantedChanges): Promise<MailboxChanges> {
  const { policy, extensions, ...settings } = wanted;
  return {
    ...settings,
    ...(extensions === undefined ? {} : { extensions: atLeastOne(extensions) }),
    ...(policy === undefined ? {} : { policyId: (await policyOf(useCases, policy)).policy.id }),
  };
}

function changeRoute(app: HttpApp, parts: HttpParts): void {
  app.patch(
    '/mailboxes/:identity',
    {
      config: {
        roles: MAY_CHANGE,
        problems: ['no-such-mailbox', 'ambiguous-identity', 'precondition-failed', ...REFUSALS],
      },
      schema: {
        operationId: 'changeMailbox',
        summary: 'Change a mailbox',
        description:
          'Holds at once. Switching subscriber access off ends the calls that are signed in. Mail that waits goes where it was going.',
        tags: [MAILBOXES],
        params: MailboxParams,
        querystring: WhatIfQuery,
        headers: IfMatchHeaders,
        body: refTo(Changes),
        response: { 200: refTo(Mailbox, 'The mailbox as it is now.') },
      },
    },
    async (request, reply) => {
      const { params, query, body } = request;
      const useCases = useCasesOf(parts, query);
      const { mailbox, revision } = await detailsOf(useCases, params.identity);
      const expected = expectedRevisionOf(request, revision);
      const changes = await changesOf(useCases, body);
      const changed = await useCases.mailboxAdministration.change(mailbox.id, changes, requesterOf(request), expected);
      switch (changed.kind) {
        case 'changed':
          if (query.whatIf !== true) reply.header('etag', etagOf(changed.details.revision));
          return markWhatIf(mailboxAnswer(changed.details), query);
        case 'no-such-mailbox':
          return noSuchMailbox();
        case 'revision-differs':
          return preconditionFailed();
        case 'policy-of-another-dial-plan':
          return raise({
            name: 'setting-refused',
            detail: 'A mailbox stays in its dial plan, and the policy is one of another.',
            more: { setting: 'policy', rule: changed.kind },
          });
        default:
          return raise(mailboxRefused(changed));
      }
    },
  );
}

function disableRoute(app: HttpApp, parts: HttpParts): void {
  app.delete(
    '/mailboxes/:identity',
    {
      config: { roles: MAY_CHANGE, problems: ['no-such-mailbox', 'ambiguous-identity', 'precondition-failed'] },
      schema: {
        operationId: 'disableMailbox',
        summary: 'Disable a mailbox',
        description:
          'Removes it with its PIN, ends the calls that are signed in, and withdraws mail with a PIN that is not delivered. What the audit trail has of it stays.',
        tags: [MAILBOXES],
        params: MailboxParams,
        querystring: WhatIfQuery,
        headers: IfMatchHeaders,
        response: { 200: refTo(Mailbox, 'What would be disabled.'), 204: noContent('It is disabled.') },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const useCases = useCasesOf(parts, query);
      const details = await detailsOf(useCases, params.identity);
      const expected = expectedRevisionOf(request, details.revision);
      const { id } = details.mailbox;
      const disabled = await useCases.mailboxAdministration.disable(id, requesterOf(request), expected);
      switch (disabled.kind) {
        case 'disabled':
          return query.whatIf === true ? markWhatIf(mailboxAnswer(details), query) : reply.code(204).send(null);
        case 'no-such-mailbox':
          return noSuchMailbox();
        case 'revision-differs':
          return preconditionFailed();
      }
    },
  );
}

/** Mailboxes: enabling, seeing, changing and disabling them. */
export const mailboxRoutes: RoutePlugin = (app, parts) => {
  readRoutes(app, parts);
  enableRoute(app, parts);
  changeRoute(app, parts);
  disableRoute(app, parts);
};
