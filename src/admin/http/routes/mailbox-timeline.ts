import Type from 'typebox';
import { timelineAnswer } from '../answers/audit-answer.ts';
import type { RoutePlugin } from '../parts.ts';
import { ANY_ROLE } from '../route.ts';
import { Timeline, TimelineQuery } from '../schemas/audit.ts';
import { refTo } from '../schemas/common.ts';
import { MailboxParams } from '../schemas/mailboxes.ts';
import { mailboxOf, noSuchMailbox, pageAnswer, pageRequest } from './support.ts';

const Place = Type.Object({ at: Type.Number(), sequence: Type.Number() });
const Position = Type.Object({ record: Place, mail: Place });

/** The one story of a mailbox. */
export const mailboxTimelineRoutes: RoutePlugin = (app, { useCases }) => {
  app.get(
    '/mailboxes/:identity/timeline',
    {
      config: { roles: ANY_ROLE, problems: ['no-such-mailbox', 'ambiguous-identity'] },
      schema: {
        operationId: 'getTimeline',
        summary: 'Read what happened to a mailbox',
        description: 'Sign-ins, resets, locks, mails and what administrators did, in one order, newest first.',
        tags: ['Mailboxes'],
        params: MailboxParams,
        querystring: TimelineQuery,
        response: { 200: refTo(Timeline, 'A page of what happened.') },
      },
    },
    async ({ params, query }) => {
      const { id } = await mailboxOf(useCases, params.identity);
      const page = await useCases.mailboxAdministration.timeline(id, pageRequest(Position, query));
      return pageAnswer(page ?? noSuchMailbox(), timelineAnswer);
    },
  );
};
