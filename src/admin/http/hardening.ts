import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import helmet from '@fastify/helmet';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { errorCode } from '../../domain/error-code.ts';
import { sendProblem } from './errors.ts';
import { type HttpLimits, URL_LIMIT } from './limits.ts';
import { PROBLEMS, type Problem, problemDocument, raise } from './problems.ts';
import type { HttpApp } from './route.ts';

/** A browser that opens an answer loads nothing, runs nothing, and shows it in nobody's frame. */
const NOTHING = {
  defaultSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** What the pages about the API need: everything comes from here. Pictures are also in the style sheet itself. */
export const PAGES_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Headers that keep browsers from doing with an answer what nobody means them to. */
export function useSecurityHeaders(app: HttpApp): void {
  app.register(helmet, {
    global: true,
    contentSecurityPolicy: { useDefaults: false, directives: NOTHING },
    referrerPolicy: { policy: 'no-referrer' },
    // Whether other names below this one have TLS is not known here.
    strictTransportSecurity: { maxAge: 31_536_000, includeSubDomains: false },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store').header('x-request-id', request.id);
    if ((request.raw.url ?? '').length > URL_LIMIT) {
      raise({ name: 'uri-too-long', detail: `An address has ${URL_LIMIT} characters at most.` });
    }
  });
}

/** Bodies are JSON in UTF-8, without members that would change the prototypes of objects. */
export function useJsonOnly(app: HttpApp): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    ['application/json', 'application/merge-patch+json'],
    { parseAs: 'buffer' },
    (request: FastifyRequest, body: Buffer, done) => {
      let text: string;
      try {
        text = utf8.decode(body);
      } catch {
        return raise({ name: 'invalid-request', detail: 'The body is not UTF-8.' });
      }
      parse(request, text, done);
    },
  );
}

interface KnownRoute {
  readonly method: string;
  readonly path: RegExp;
}

/** What the addresses of a route look like. */
function pathOf(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part.startsWith(':')) return '[^/]+';
    return part === '*' ? '.*' : part.replace(/[^\w-]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('/')}$`);
}

/** Answers what no route does: 405 where the address has other methods, else 404. */
export function useNotFound(app: HttpApp): void {
  const routes: KnownRoute[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) routes.push({ method: one, path: pathOf(url) });
  });
  app.setNotFoundHandler((request: FastifyRequest, reply: FastifyReply) => {
    const [path = ''] = (request.raw.url ?? '').slice(0, URL_LIMIT).split('?');
    const methods = new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method));
    if (methods.size === 0 || methods.has(request.method)) {
      return sendProblem(request, reply, { name: 'not-found', detail: 'There is nothing at this address.' });
    }
    reply.header('allow', [...methods].join(', '));
    return sendProblem(request, reply, { name: 'method-not-allowed', detail: 'This address has other methods.' });
  });
}

function complaintOf(error: unknown): Problem {
  switch (errorCode(error)) {
    case 'HPE_HEADER_OVERFLOW':
      return { name: 'headers-too-large', detail: 'The headers are larger than 16 KiB.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { name: 'request-timeout', detail: 'The request was not complete in time.' };
    default:
      return { name: 'invalid-request', detail: 'This is no HTTP request.' };
  }
}

/** Answers what cannot even be read as a request, and closes the connection. */
export function refuseUnreadable(error: unknown, socket: Socket): void {
  if (!socket.writable || errorCode(error) === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const problem = complaintOf(error);
  const { status } = PROBLEMS[problem.name];
  const body = JSON.stringify(problemDocument(problem, randomUUID()));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Keeps slow and many clients from taking the server up, and its closing from waiting for them. */
export function useConnectionLimits(app: HttpApp, limits: HttpLimits): void {
  app.server.maxConnections = limits.connections;
  app.server.headersTimeout = limits.headersTimeout;
  app.addHook('preClose', async () => {
    app.server.closeIdleConnections();
    setTimeout(() => app.server.closeAllConnections(), limits.closing).unref();
  });
}
