import Type from 'typebox';
import type { DialPlanChanges, ListedDialPlan } from '../../../services/dial-plans.ts';
import { dialPlanAnswer } from '../answers/dial-plan-answer.ts';
import { etagOf } from '../etag.ts';
import type { AdminUseCases, HttpParts, RoutePlugin } from '../parts.ts';
import { requesterOf } from '../principal.ts';
import { raise } from '../problems.ts';
import { dialPlanRefused } from '../refusals.ts';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import { IdempotencyHeaders, IfMatchHeaders, refTo, WhatIfQuery } from '../schemas/common.ts';
import {
  DialPlanChanges as Changes,
  CreatedDialPlan,
  DialPlan,
  DialPlanList,
  DialPlanListQuery,
  DialPlanParams,
  NewDialPlan,
  type DialPlanChanges as WantedChanges,
} from '../schemas/dial-plans.ts';
import {
  atLeastOne,
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

const DIAL_PLANS = 'Dial plans';
const MAY_CHANGE = ['organization-management', 'um-management'] as const;

const noSuchDialPlan = (): never =>
  raise({ name: 'no-such-dial-plan', detail: 'There is no dial plan of this id or name.' });

/** The dial plan of an id or a name; answers that there is none. */
export async function dialPlanOf({ directory }: AdminUseCases, identity: string): Promise<ListedDialPlan> {
  return (await directory.dialPlan(identity)) ?? noSuchDialPlan();
}

const nameOf = ({ dialPlan }: ListedDialPlan): string => `${dialPlan.name.toLowerCase()} ${dialPlan.id}`;

function readRoutes(app: HttpApp, { useCases }: HttpParts): void {
  app.get(
    '/dial-plans',
    {
      config: { roles: ANY_ROLE },
      schema: {
        operationId: 'listDialPlans',
        summary: 'List dial plans',
        description: 'In the order of their names.',
        tags: [DIAL_PLANS],
        querystring: DialPlanListQuery,
        response: { 200: refTo(DialPlanList, 'A page of dial plans.') },
      },
    },
    async ({ query }) => {
      const all = await useCases.directory.dialPlans();
      return pageAnswer(pageOfAll(all, nameOf, pageRequest(Type.String(), query)), dialPlanAnswer);
    },
  );
  app.get(
    '/dial-plans/:plan',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-dial-plan'] },
      schema: {
        operationId: 'getDialPlan',
        summary: 'See a dial plan',
        tags: [DIAL_PLANS],
        params: DialPlanParams,
        response: { 200: refTo(DialPlan, 'The dial plan as it is now.') },
      },
    },
    async ({ params: { plan } }, reply) => {
      const found = await dialPlanOf(useCases, plan);
      reply.header('etag', etagOf(found.revision));
      return dialPlanAnswer(found);
    },
  );
}

function createRoute(app: HttpApp, parts: HttpParts): void {
  app.post(
    '/dial-plans',
    {
      config: {
        roles: MAY_CHANGE,
        problems: ['setting-refused', 'not-an-extension', 'not-a-number', 'number-taken', 'name-taken'],
      },
      schema: {
        operationId: 'createDialPlan',
        summary: 'Make a dial plan',
        description: 'A mailbox policy is made with it, which has the defaults.',
        tags: [DIAL_PLANS],
        querystring: WhatIfQuery,
        headers: IdempotencyHeaders,
        body: refTo(NewDialPlan),
        response: {
          200: refTo(CreatedDialPlan, 'What would be made.'),
          201: refTo(CreatedDialPlan, 'The dial plan is made.'),
        },
      },
    },
    async (request, reply) => {
      const { query } = request;
      const { accessNumbers, operatorExtension, ...settings } = request.body;
      const wanted = {
        ...settings,
        accessNumbers: atLeastOne(accessNumbers),
        operatorExtension: operatorExtension ?? undefined,
      };
      const created = await useCasesOf(parts, query).directory.createDialPlan(wanted, requesterOf(request));
      if (created.kind !== 'created') return raise(dialPlanRefused(created));
      const { dialPlan, defaultPolicy, revision } = created;
      const reference = { id: defaultPolicy.id, name: defaultPolicy.name };
      const answer = { ...dialPlanAnswer(created), defaultPolicy: reference };
      if (query.whatIf === true) return markWhatIf(answer, query);
      reply.code(201).header('location', locationOf(request, dialPlan.id)).header('etag', etagOf(revision));
      return answer;
    },
  );
}

/** What is null is taken away (RFC 7396); only what may be missing can be. */
function changesOf({ accessNumbers, operatorExtension, ...settings }: WantedChanges): DialPlanChanges {
  return {
    ...settings,
    ...(accessNumbers === undefined ? {} : { accessNumbers: atLeastOne(accessNumbers) }),
    ...(operatorExtension === undefined ? {} : { operatorExtension: operatorExtension ?? undefined }),
  };
}

function changeRoute(app: HttpApp, parts: HttpParts): void {
  app.patch(
    '/dial-plans/:plan',
    {
      config: {
        roles: MAY_CHANGE,
        problems: [
          'no-such-dial-plan',
          'precondition-failed',
          'has-mailboxes',
          'setting-refused',
          'not-an-extension',
          'not-a-number',
          'number-taken',
          'name-taken',
        ],
      },
      schema: {
        operationId: 'changeDialPlan',
        summary: 'Change a dial plan',
        description: 'Holds from the next call on.',
        tags: [DIAL_PLANS],
        params: DialPlanParams,
        querystring: WhatIfQuery,
        headers: IfMatchHeaders,
        body: refTo(Changes),
        response: { 200: refTo(DialPlan, 'The dial plan as it is now.') },
      },
    },
    async (request, reply) => {
      const { params, query, body } = request;
      const useCases = useCasesOf(parts, query);
      const { dialPlan, revision } = await dialPlanOf(useCases, params.plan);
      const expected = expectedRevisionOf(request, revision);
      const changed = await useCases.directory.changeDialPlan(
        dialPlan.id,
        changesOf(body),
        requesterOf(request),
        expected,
      );
      switch (changed.kind) {
        case 'changed':
          if (query.whatIf !== true) reply.header('etag', etagOf(changed.revision));
          return markWhatIf(dialPlanAnswer(changed), query);
        case 'no-such-dial-plan':
          return noSuchDialPlan();
        case 'revision-differs':
          return preconditionFailed();
        case 'has-mailboxes':
          return raise({
            name: 'has-mailboxes',
            detail: 'The length of extensions stays as it is while the dial plan has mailboxes.',
            more: { setting: changed.setting },
          });
        default:
          return raise(dialPlanRefused(changed));
      }
    },
  );
}

function removeRoute(app: HttpApp, parts: HttpParts): void {
  app.delete(
    '/dial-plans/:plan',
    {
      config: { roles: MAY_CHANGE, problems: ['no-such-dial-plan', 'precondition-failed', 'in-use'] },
      schema: {
        operationId: 'removeDialPlan',
        summary: 'Remove a dial plan',
        description: 'With its mailbox policies; one that has mailboxes is not removed.',
        tags: [DIAL_PLANS],
        params: DialPlanParams,
        querystring: WhatIfQuery,
        headers: IfMatchHeaders,
        response: { 200: refTo(DialPlan, 'What would be removed.'), 204: noContent('It is removed.') },
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const useCases = useCasesOf(parts, query);
      const found = await dialPlanOf(useCases, params.plan);
      const expected = expectedRevisionOf(request, found.revision);
      const removed = await useCases.directory.removeDialPlan(found.dialPlan.id, requesterOf(request), expected);
      switch (removed.kind) {
        case 'removed':
          return query.whatIf === true ? markWhatIf(dialPlanAnswer(found), query) : reply.code(204).send(null);
        case 'no-such-dial-plan':
          return noSuchDialPlan();
        case 'revision-differs':
          return preconditionFailed();
        case 'in-use':
          return raise({ name: 'in-use', detail: 'The dial plan has mailboxes.' });
      }
    },
  );
}

/** Dial plans. */
export const dialPlanRoutes: RoutePlugin = (app, parts) => {
  readRoutes(app, parts);
  createRoute(app, parts);
  changeRoute(app, parts);
  removeRoute(app, parts);
};
