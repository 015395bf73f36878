import Type from 'typebox';
import type { LiveCall } from '../../../services/ports/live-calls.ts';
import { callAnswer } from '../answers/call-answer.ts';
import type { HttpParts, RoutePlugin } from '../parts.ts';
import { raise } from '../problems.ts';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import { Call, CallList, CallListQuery, CallParams } from '../schemas/calls.ts';
import { refTo, WhatIfQuery } from '../schemas/common.ts';
import { markWhatIf, pageAnswer, pageOfAll, pageRequest } from './support.ts';

const CALLS = 'Calls';

/** Calls are told apart by when they came in, and by their ids. */
const Position = Type.String();

const positionOfCall = ({ since, id }: LiveCall): string => `${String(since).padStart(16, '0')} ${id}`;

const noSuchCall = (): never =>
  raise({ name: 'no-such-call', detail: 'There is no call of this id, or not any more.' });

function listRoute(app: HttpApp, { calls }: HttpParts): void {
  app.get(
    '/calls',
    {
      config: { roles: ANY_ROLE },
      schema: {
        operationId: 'listCalls',
        summary: 'List the calls that are going on',
        description: 'In the order in which they came in.',
        tags: [CALLS],
        querystring: CallListQuery,
        response: { 200: refTo(CallList, 'A page of calls.') },
      },
    },
    async ({ query }) => pageAnswer(pageOfAll(calls.list(), positionOfCall, pageRequest(Position, query)), callAnswer),
  );
}

function hangUpRoute(app: HttpApp, { calls }: HttpParts): void {
  app.delete(
    '/calls/:id',
    {
      config: { roles: ['organization-management', 'um-management'], problems: ['no-such-call'] },
      schema: {
        operationId: 'hangUpCall',
        summary: 'Hang up',
        description: 'Ends a call with a farewell, which takes a few seconds.',
        tags: [CALLS],
        params: CallParams,
        querystring: WhatIfQuery,
        response: { 200: refTo(Call, 'Which call would be ended.'), 202: refTo(Call, 'The farewell is played.') },
      },
    },
    async ({ params: { id }, query }, reply) => {
      const call = calls.list().find((one) => one.id === id) ?? noSuchCall();
      if (query.whatIf === true) return markWhatIf(callAnswer(call), query);
      if (!calls.hangUp(id)) return noSuchCall();
      reply.code(202);
      return callAnswer(call);
    },
  );
}

/** The calls that are going on. */
export const callRoutes: RoutePlugin = (app, parts) => {
  listRoute(app, parts);
  hangUpRoute(app, parts);
};
