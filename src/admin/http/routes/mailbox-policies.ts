import Type from 'typebox';
import type { ListedPolicy } from '../../../services/mailbox-policies.ts';
import { policyAnswer } from '../answers/policy-answer.ts';
import { etagOf } from '../etag.ts';
import type { AdminUseCases, HttpParts, RoutePlugin } from '../parts.ts';
import { requesterOf } from '../principal.ts';
import { raise } from '../problems.ts';
import { policyRefused } from '../refusals.ts';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import { IdempotencyHeaders, IfMatchHeaders, refTo, WhatIfQuery } from '../schemas/common.ts';
import {
  MailboxPolicy,
  MailboxPolicyChanges,
  MailboxPolicyList,
  MailboxPolicyListQuery,
  MailboxPolicyParams,
  NewMailboxPolicy,
} from '../schemas/mailbox-policies.ts';
import { dialPlanOf } from './dial-plans.ts';
import {
  expectedRevisionOf,
  locationOf,
  markWhatIf,
  noContent,
  pageAnswer,
  pageOfAll,
  pageRequest,
  preconditionFailed,
  useCasesOf,
} from './support.ts';

const POLICIES = 'Mailbox policies';
const MAY_CHANGE = ['organization-management', 'um-management'] as const;

const noSuchPolicy = (): never =>
  raise({ name: 'no-such-policy', detail: 'There is no mailbox policy of this id or name.' });

/** The mailbox policy of an id or a name; answers that there is none. */
export async function policyOf({ directory }: AdminUseCases, identity: string): Promise<ListedPolicy> {
  return (await directory.policy(identity)) ?? noSuchPolicy();
}

const nameOf = ({ policy }: ListedPolicy): string => `${policy.name.toLowerCase()} ${policy.id}`;

function readRoutes(app: HttpApp, { useCases }: HttpParts): void {
  app.get(
    '/mailbox-policies',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-dial-plan'] },
      schema: {
        operationId: 'listMailboxPolicies',
        summary: 'List mailbox policies',
        description: 'In the order of their names.',
        tags: [POLICIES],
        querystring: MailboxPolicyListQuery,
        response: { 200: refTo(MailboxPolicyList, 'A page of mailbox policies.') },
      },
    },
    async ({ query }) => {
      const plan = query.dialPlan === undefined ? undefined : await dialPlanOf(useCases, query.dialPlan);
      const all = await useCases.directory.policies(plan?.dialPlan.id);
      return pageAnswer(pageOfAll(all, nameOf, pageRequest(Type.String(), query)), policyAnswer);
    },
  );
  app.get(
    '/mailbox-policies/:policy',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-policy'] },
      schema: {
        operationId: 'getMailboxPolicy',
        summary: 'See a mailbox policy',
        tags: [POLICIES],
        params: MailboxPolicyParams,
        response: { 200: refTo(MailboxPolicy, 'The policy as it is now.') },
      },
    },
    async ({ params: { policy } }, reply) => {
      const found = await policyOf(useCases, policy);
      reply.header('etag', etagOf(found.revision));
      return policyAnswer(found);
    },
  );
}

function createRoute(app: HttpApp, parts: HttpParts): void {
  app.post(
    '/mailbox-policies',
    {
      config: { roles: MAY_CHANGE, problems: ['no-such-dial-plan', 'setting-refused', 'name-taken'] },
      schema: {
        operationId: 'createMailboxPolicy',
        summary: 'Make a mailbox policy',
        tags: [POLICIES],
        querystring: WhatIfQuery,
        headers: IdempotencyHeaders,
        body: refTo(NewMailboxPolicy),
        response: {
          200: refTo(MailboxPolicy, 'What would be made.'),
          201: refTo(MailboxPolicy, 'The policy is made.'),
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const { dialPlan: planIdentity, ...settings } = request.body;
      const useCases = useCasesOf(parts, query);
      const { dialPlan } = await dialPlanOf(useCases, planIdentity);
      const wanted = { ...settings, dialPlanId: dialPlan.id };
      const created = await useCases.directory.createPolicy(wanted, requesterOf(request));
      switch (created.kind) {
        case 'created': {
          const answer = policyAnswer(created);
          if (query.whatIf === true) return markWhatIf(answer, query);
          reply.code(201).header('location', locationOf(request, answer.id));
          reply.header('etag', etagOf(created.revision));
          return answer;
        }
        case 'no-such-dial-plan':
          return raise({ name: 'no-such-dial-plan', detail: 'The dial plan has just been removed.' });
        default:
          return raise(policyRefused(created));
      }
    },
  );
}

function changeRoute(app: HttpApp, parts: HttpParts): void {
  app.patch(
    '/mailbox-policies/:policy',
    {
      config: {
        roles: MAY_CHANGE,
        problems: ['no-such-policy', 'precondition-failed', 'setting-refused', 'name-taken'],
      },
      schema: {
        operationId: 'changeMailboxPolicy',
        summary: 'Change a mailbox policy',
        description: 'Holds from the next sign-in on: whose PIN has become too short has to choose another one then.',
        tags: [POLICIES],
        params: MailboxPolicyParams,
        querystring: WhatIfQuery,
        headers: IfMatchHeaders,
        body: refTo(MailboxPolicyChanges),
        response: { 200: refTo(MailboxPolicy, 'The policy as it is now.') },
      },
    },
    async (request, reply) => {
      const { params, query, body } = request;
      const useCases = useCasesOf(parts, query);
      const { policy, revision } = await policyOf(useCases, params.policy);
      const expected = expectedRevisionOf(request, revision);
      const changed = await useCases.directory.changePolicy(policy.id, body, requesterOf(request), expected);
      switch (changed.kind) {
        case 'changed':
          if (query.whatIf !== true) reply.header('etag', etagOf(changed.revision));
          return markWhatIf(policyAnswer(changed), query);
        case 'no-such-policy':
          return noSuchPolicy();
        case 'revision-differs':
          return preconditionFailed();
        default:
          return raise(policyRefused(changed));
      }
    },
  );
}

function removeRoute(app: HttpApp, parts: HttpParts): void {
  app.delete(
    '/mailbox-policies/:policy',
    {
      config: { roles: MAY_CHANGE, problems: ['no-such-policy', 'precondition-failed', 'in-use'] },
      schema: {
        operationId: 'removeMailboxPolicy',
        summary: 'Remove a mailbox policy',
        description: 'One that a mailbox has is not removed.',
        tags: [POLICIES],
        params: MailboxPolicyParams,
        querystring: WhatIfQuery,
        headers: IfMatchHeaders,
        response: { 200: refTo(MailboxPolicy, 'What would be removed.'), 204: noContent('It is removed.') },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const useCases = useCasesOf(parts, query);
      const found = await policyOf(useCases, params.policy);
      const expected = expectedRevisionOf(request, found.revision);
      const removed = await useCases.directory.removePolicy(found.policy.id, requesterOf(request), expected);
      switch (removed.kind) {
        case 'removed':
          return query.whatIf === true ? markWhatIf(policyAnswer(found), query) : reply.code(204).send(null);
        case 'no-such-policy':
          return noSuchPolicy();
        case 'revision-differs':
          return preconditionFailed();
        case 'in-use':
          return raise({ name: 'in-use', detail: 'Mailboxes have this policy.' });
      }
    },
  );
}

/** Mailbox policies. */
export const mailboxPolicyRoutes: RoutePlugin = (app, parts) => {
  readRoutes(app, parts);
  createRoute(app, parts);
  changeRoute(app, parts);
  removeRoute(app, parts);
};
