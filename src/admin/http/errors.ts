import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { errorCode } from '../../domain/error-code.ts';
import { describeFault } from '../../domain/fault.ts';
import type { Log } from '../../domain/log.ts';
import { HashQueueFull } from '../../services/ports/hash-queue-full.ts';
import { URL_LIMIT } from './limits.ts';
import { PROBLEMS, type Problem, type ProblemName, ProblemRaised, problemDocument } from './problems.ts';
import { faultsOf } from './validation.ts';

/** Seconds after which whoever met an overload may try again. */
const RETRY_AFTER = 5;

/** What fastify complains of, by its codes. */
const CODES: Readonly<Record<string, readonly [ProblemName, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is larger than 64 KiB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Send the body as application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid-request', 'The body is not as long as `Content-Length` says.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['invalid-request', 'The body is empty where JSON is announced.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['invalid-request', 'The body is not JSON.'],
  FST_ERR_BAD_URL: ['invalid-request', 'The address is not well formed.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri-too-long', `An address has ${URL_LIMIT} characters at most.`],
  FST_ERR_NOT_FOUND: ['not-found', 'There is nothing at this address.'],
  FST_ERR_HANDLER_TIMEOUT: ['overloaded', 'This took too long.'],
};

/** Sends a problem document; what is sent says nothing that is not in `problem`. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, problem: Problem): FastifyReply {
  const { status } = PROBLEMS[problem.name];
  if (problem.retryAfter !== undefined) reply.header('retry-after', String(problem.retryAfter));
  if (problem.name === 'authentication-required') reply.header('www-authenticate', 'Bearer realm="Touchtone"');
  return reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .serializer(String)
    .send(JSON.stringify(problemDocument(problem, request.id)));
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
}

/** By their names, for storage is not known here: a failing database, and one that is not where it was. */
const DATABASE_FAULTS: ReadonlySet<string> = new Set(['DatabaseRefused', 'DatabaseUnavailable', 'TransactionConflict']);

/** What a failure is for the one who asked; undefined for a fault, of which they are told nothing. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof ProblemRaised) return error.problem;
  if (error instanceof HashQueueFull) {
    return { name: 'overloaded', detail: 'Too many PINs are being checked.', retryAfter: RETRY_AFTER };
  }
  const code = errorCode(error) ?? '';
  if (code.startsWith('ERR_SQLITE') || (error instanceof Error && DATABASE_FAULTS.has(error.name))) {
    return { name: 'overloaded', detail: 'The database cannot be used now.', retryAfter: RETRY_AFTER };
  }
  const [name, detail] = CODES[code] ?? [];
  if (name !== undefined && detail !== undefined) {
    return { name, detail, ...(name === 'overloaded' ? { retryAfter: RETRY_AFTER } : {}) };
  }
  if (!isFastifyError(error)) return undefined;
  if (error.validation !== undefined) {
    const part = error.validationContext ?? 'request';
    return {
      name: 'invalid-request',
      detail: `The ${part} is not what it must be.`,
      more: { errors: faultsOf(error.validation) },
    };
  }
  // Files that are not there, or would be outside of their folder.
  if (error.statusCode === 403 || error.statusCode === 404) {
    return { name: 'not-found', detail: 'There is nothing at this address.' };
  }
  // Malformed JSON, and JSON with members that would change the prototypes of objects.
  if (error.statusCode === 400)
    return { name: 'invalid-request', detail: 'The body is not JSON that can be read here.' };
  return undefined;
}

const INTERNAL: Problem = { name: 'internal-error', detail: 'This was not foreseen, and has been logged.' };

/** What is answered for something that was thrown. What nobody expected is logged, and told only by its id. */
function answerTo(error: unknown, request: FastifyRequest, log: Log): Problem {
  const problem = problemOf(error);
  if (problem === undefined || PROBLEMS[problem.name].status >= 500) {
    const { method, url: route } = request.routeOptions;
    log.error({ requestId: request.id, method, route, fault: describeFault(error) }, 'A request could not be answered');
  }
  return problem ?? INTERNAL;
}

/** Turns what was wrong before there was a route into a problem document. */
export function createUnroutedHandler(log: Log) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    sendProblem(request, reply, answerTo(error, request, log));
  };
}

/**
 * Turns everything that is thrown into a problem document.
 *
 * @param record is told of each before it is sent; when it throws, that is answered instead, for nobody is told of a
 *   refusal that is not on the record.
 */
export function createErrorHandler(log: Log, record: (request: FastifyRequest, problem: Problem) => Promise<void>) {
  return async (error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const problem = answerTo(error, request, log);
    try {
      await record(request, problem);
    } catch (fault) {
      return sendProblem(request, reply, answerTo(fault, request, log));
    }
    return sendProblem(request, reply, problem);
  };
}
