import type { Readable } from 'node:stream';
import Type from 'typebox';
import { overviewOf } from '../../../services/overview.ts';
import { overviewAnswer } from '../answers/overview-answer.ts';
import type { HttpParts } from '../parts.ts';
import { ANY_ROLE, type HttpApp } from '../route.ts';
import { refTo } from '../schemas/common.ts';
import { Overview } from '../schemas/overview.ts';
import type { LiveEvents } from '../web/live-events.ts';

const TAG = 'Overview';

const Stream = Type.Unsafe<Readable>({ type: 'string', description: 'Events (HTML Living Standard, section 9.2).' });

const EVENTS = `Server-sent events, about a second late at most. Each has \`data\` in JSON:

- \`mailbox\` \`{id}\`: its state has changed, or something was recorded of it
- \`mail\` \`{id, mailboxId, status}\`: what became of a mail
- \`audit\` \`{number}\`: the trail has grown up to this record
- \`call\` \`{kind, id}\`: one \`began\` or \`ended\`
- \`overview\`: the numbers, at first and when one changes
- \`resync\`: something was missed; read anew what is shown
- \`session-ended\`: nothing more comes

A comment comes every 20 seconds. A hundred streams at a time, six of one person. A stream is no use of its session.`;

function overviewRoute(app: HttpApp, parts: HttpParts): void {
  app.get(
    '/overview',
    {
      config: { roles: ANY_ROLE },
      schema: {
        operationId: 'getOverview',
        summary: 'How is the service doing?',
        tags: [TAG],
        response: { 200: refTo(Overview, 'A few numbers.') },
      },
    },
    async () => overviewAnswer(await overviewOf(parts.overview)),
  );
}

function eventsRoute(app: HttpApp, events: LiveEvents): void {
  app.get(
    '/events',
    {
      config: { roles: ANY_ROLE, isNoUse: true },
      schema: {
        operationId: 'streamEvents',
        summary: 'What happens, as it happens',
        description: EVENTS,
        tags: [TAG],
        response: {
          200: {
            description: 'Events, until the client goes or its session ends.',
            content: { 'text/event-stream': { schema: Stream } },
          },
        },
      },
    },
    async (request, reply) => {
      const stream = await events.listen(request);
      // Proxies that collect answers before they pass them on are asked not to.
      reply.type('text/event-stream; charset=utf-8').header('x-accel-buffering', 'no');
      return reply.send(stream.body);
    },
  );
}

/** How the service is doing, now and live. */
export function overviewRoutes(app: HttpApp, parts: HttpParts, events: LiveEvents): void {
  app.addHook('preClose', async () => events.close());
  overviewRoute(app, parts);
  eventsRoute(app, events);
}
