import { join } from 'node:path';
import { createHttpApp } from '../../admin/http/app.ts';
import { createAuthenticate } from '../../admin/http/authenticate.ts';
import type { HttpParts } from '../../admin/http/parts.ts';
import type { HttpApp } from '../../admin/http/route.ts';
import { Cookies } from '../../admin/http/web/cookies.ts';
import { ROLES, type Role } from '../../domain/role.ts';
import { AccessRefusals } from '../../services/access-refusals.ts';
import { type AccessTokens, createAccessTokens } from '../../services/access-tokens.ts';
import { createAuditSearch } from '../../services/audit-search-service.ts';
import { verifyAudit } from '../../services/audit-verification.ts';
import { createDirectory } from '../../services/directory.ts';
import { Happenings } from '../../services/happenings.ts';
import { IdempotentRequests } from '../../services/idempotent-requests.ts';
import { createMailboxAdministration } from '../../services/mailbox-administration-service.ts';
import type { ServiceParts } from '../../services/parts.ts';
import { createPinAdministration } from '../../services/pin-administration-service.ts';
import { rehearsalOf } from '../../services/rehearsal.ts';
import { SelfService } from '../../services/self-service.ts';
import { SignInLinks } from '../../services/sign-in-links.ts';
import { WebSessions } from '../../services/web-sessions.ts';
import { CallRegistry } from '../../telephony/call-registry.ts';
import { BY_TEST, createTestService, type TestService, type TestServiceOptions } from '../test-service.ts';
import { type AnswerRecorder, collectRoutes, type RegisteredRoute } from './answer-recorder.ts';
import { testOperations } from './test-operations.ts';

/** What is sent with a request; a body that is no text is sent as JSON. */
export interface TestRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS';
  /** Who asks: a role, for which there is a token, a token, or nobody. Organization Management when not given. */
  readonly as?: Role | { readonly token: string } | 'nobody';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, its body read. */
export interface TestAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; throws when it is none. */
  readonly json: unknown;
}

/** The API over real services and a real database, listening on loopback. */
export interface TestApi {
  readonly service: TestService;
  readonly app: HttpApp;
  readonly routes: readonly RegisteredRoute[];
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly url: string;
  readonly accessTokens: AccessTokens;
  readonly web: HttpParts['web'];
  readonly happenings: Happenings;
  /** The token of a role. */
  readonly tokens: Readonly<Record<Role, string>>;
  /** Sends a request; `path` begins with /, and goes below /api/v1 unless it begins with another folder in `//`. */
  ask(path: string, request?: TestRequest): Promise<TestAnswer>;
  close(): Promise<void>;
}

/** Where links lead. */
export const PAGES = 'https://mailbox.example';

/** Nothing was built there. */
const NO_PAGES = join(import.meta.dirname, 'no-pages');

/** What the pages are made of, as on loopback. */
export function testWebParts(service: TestService): HttpParts['web'] {
  return {
    sessions: new WebSessions(service),
    links: new SignInLinks(service),
    selfService: new SelfService(service),
    oidc: undefined,
    cookies: new Cookies(false),
    origin: () => PAGES,
    version: '0.0.0',
    pagesFolder: NO_PAGES,
  };
}

export interface TestApiOptions extends TestServiceOptions {
  /** Instead of what the API is made of otherwise. */
  readonly parts?: (service: TestService, accessTokens: AccessTokens, web: HttpParts['web']) => Partial<HttpParts>;
  /** Notes which answers there were. */
  readonly recorder?: AnswerRecorder;
  /** Called before the application is ready, to add routes or hooks. */
  readonly prepare?: (app: HttpApp) => void;
}

/** Makes a token of each role, and checks it as the program does. */
async function tokensOf(accessTokens: AccessTokens): Promise<Readonly<Record<Role, string>>> {
  const made = await Promise.all(
    ROLES.map(async (role) => {
      const created = await accessTokens.create({ name: role, role, expiresInDays: undefined }, BY_TEST, false);
      if (created.kind !== 'created' || created.secret === undefined) throw new Error('The token was not made');
      return [role, created.secret] as const;
    }),
  );
  return Object.fromEntries(made) as Record<Role, string>;
}

/** More than tests have at the same time. */
const MOST_CALLS = 1_000;

async function answerOf(response: Response): Promise<TestAnswer> {
  // A stream goes on; whoever wants to read one does so by itself.
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json(): unknown {
      return JSON.parse(text);
    },
  };
}

/** What administrators work with, as the program joins it; there are no calls. */
export function administrationParts(
  service: ServiceParts,
): Pick<HttpParts, 'useCases' | 'rehearsal' | 'auditSearch' | 'verifyAudit' | 'calls'> {
  const useCasesOf = (parts: ServiceParts): HttpParts['useCases'] => ({
    directory: createDirectory(parts),
    mailboxAdministration: createMailboxAdministration(parts),
    pinAdministration: createPinAdministration(parts),
  });
  return {
    useCases: useCasesOf(service),
    rehearsal: useCasesOf(rehearsalOf(service)),
    auditSearch: createAuditSearch(service),
    verifyAudit: () => verifyAudit(service.database, service.auditSealer),
    calls: new CallRegistry(MOST_CALLS, service.clock, service.log),
  };
}

/** Starts the API on a free port; whoever starts it closes it. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { parts, prepare, recorder, ...serviceOptions } = options;
  const service = await createTestService(serviceOptions);
  const operations = testOperations(service);
  const accessTokens = createAccessTokens({ ...service, isOneOfSeveralWays: false });
  const tokens = await tokensOf(accessTokens);
  const refusals = new AccessRefusals(service);
  const web = testWebParts(service);
  const administration = administrationParts(service);
  const overview: HttpParts['overview'] = {
    database: service.database,
    calls: administration.calls,
    clock: service.clock,
  };
  const changes = parts?.(service, accessTokens, web);
  const happenings = new Happenings({ ...(changes?.overview ?? overview), log: service.log });
  const app = createHttpApp({
    ...administration,
    operations,
    overview,
    happenings,
    accessTokens,
    authenticate: createAuthenticate(accessTokens),
    refusals,
    idempotentRequests: new IdempotentRequests(service),
    publicUrl: undefined,
    isTrustedProxy: () => false,
    web,
    clock: service.clock,
    log: service.log,
    ...changes,
  });
  const routes = collectRoutes(app);
  recorder?.watch(app);
  prepare?.(app);
  try {
    await app.listen({ host: '127.0.0.1', port: 0 });
  } catch (error) {
    await app.close();
    await service.dispose();
    throw error;
  }
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    service,
    app,
    routes,
    url,
    accessTokens,
    web,
    happenings,
    tokens,
    ask: async (path, { method = 'GET', as = 'organization-management', body, headers = {} } = {}) => {
      const token = as === 'nobody' ? undefined : typeof as === 'string' ? tokens[as] : as.token;
      const response = await fetch(`${url}${path.startsWith('//') ? path.slice(1) : `/api/v1${path}`}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return answerOf(response);
    },
    close: async () => {
      await app.close();
      operations.metrics.close();
      await refusals.close();
      await service.dispose();
    },
  };
}
