import type { FastifyReply, FastifyRequest } from 'fastify';
import { describeFault } from '../../domain/fault.ts';
import type { Log } from '../../domain/log.ts';
import type { Attempt, IdempotentRequests } from '../../services/idempotent-requests.ts';
import { raise } from './problems.ts';
import type { HttpApp } from './route.ts';

/** Visible ASCII. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Besides the body, what of an answer is kept. */
const KEPT_HEADERS = ['content-type', 'location', 'etag'];

/** What changes nothing is neither remembered nor found in the memory. */
const isRehearsal = ({ query }: FastifyRequest): boolean =>
  typeof query === 'object' && query !== null && 'whatIf' in query && query.whatIf === 'true';

function keyOf({ method, headers, principal }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (method !== 'POST' || principal === null || key === undefined) return undefined;
  if (typeof key === 'string' && KEY.test(key)) return key;
  return raise({ name: 'invalid-request', detail: '`Idempotency-Key` is 1 to 255 visible ASCII characters.' });
}

async function begin(requests: IdempotentRequests, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const key = keyOf(request);
  if (key === undefined || request.principal === null || isRehearsal(request)) return;
  const { url } = request.raw;
  const begun = await requests.begin(
    { requester: request.principal.id, key },
    JSON.stringify([request.method, url, request.body ?? null]),
  );
  switch (begun.kind) {
    case 'begun':
      request.attempt = begun.attempt;
      return;
    case 'under-way':
      return raise({
        name: 'idempotency-key-in-use',
        detail: 'The request with this key is being carried out.',
        retryAfter: 1,
      });
    case 'reused':
      return raise({ name: 'idempotency-key-reused', detail: 'This key was used for another request.' });
    case 'answered-in-secret':
      return raise({ name: 'answer-not-kept', detail: 'This was done when it was asked first.' });
    case 'answered': {
      const { status, headers, body } = begun.answer;
      await reply
        .code(status)
        .headers({ ...headers, 'idempotency-replayed': 'true' })
        .serializer(String)
        .send(body);
    }
  }
}

async function keep(
  requests: IdempotentRequests,
  attempt: Attempt,
  { status, ...reply }: { status: number; isSecret: boolean; headers: Record<string, unknown> },
  payload: unknown,
): Promise<void> {
  const headers = Object.fromEntries(
    KEPT_HEADERS.flatMap((name) => (reply.headers[name] === undefined ? [] : [[name, String(reply.headers[name])]])),
  );
  const body = typeof payload === 'string' ? payload : '';
  await requests.succeeded(attempt, reply.isSecret ? undefined : { status, headers, body });
}

/** What was refused is not made worse by a database that fails: the key is free a minute later anyway. */
async function release(requests: IdempotentRequests, attempt: Attempt, log: Log): Promise<void> {
  try {
    await requests.released(attempt);
  } catch (error) {
    log.error({ fault: describeFault(error) }, 'An idempotency key cannot be released');
  }
}

/**
 * Carries out a POST with an `Idempotency-Key` once, however often it is sent: a repeat gets the same answer. The answer
 * is kept before it is sent. After a crash in between, the repeat is carried out again, a minute later.
 */
export function useIdempotency(app: HttpApp, requests: IdempotentRequests, log: Log): void {
  app.decorateRequest('attempt', null);
  app.addHook('preValidation', (request, reply) => begin(requests, request, reply));
  app.addHook('onSend', async (request, reply, payload) => {
    const { attempt } = request;
    if (attempt === null) return payload;
    // Once: storing it may fail, and what is sent then comes by here again.
    request.attempt = null;
    const { statusCode } = reply;
    if (statusCode < 200 || statusCode > 299) {
      await release(requests, attempt, log);
      return payload;
    }
    const isSecret = request.routeOptions.config.answersSecret === true;
    await keep(requests, attempt, { status: statusCode, isSecret, headers: reply.getHeaders() }, payload);
    return payload;
  });
}
