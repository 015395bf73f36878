import { createHttpApp } from '../../admin/http/app.ts';
import type { HttpParts } from '../../admin/http/parts.ts';
import type { HttpApp } from '../../admin/http/route.ts';
import type { Role } from '../../domain/role.ts';
import { createTestService, type TestService, type TestServiceOptions } from '../test-service.ts';
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
  /** `http://127.0.0.1:PORT`, without a path. */
  readonly url: string;
  /** The token of a role. */
  readonly tokens: Readonly<Record<Role, string>>;
  /** Sends a request; `path` begins with /, and goes below /api/v1 unless it begins with another folder in `//`. */
  ask(path: string, request?: TestRequest): Promise<TestAnswer>;
  close(): Promise<void>;
}

export interface TestApiOptions extends TestServiceOptions {
  /** Instead of what the API is made of otherwise. */
  readonly parts?: (service: TestService) => Partial<HttpParts>;
  /** Called before the application is ready, to add routes or hooks. */
  readonly prepare?: (app: HttpApp) => void;
}

const TOKENS: Readonly<Record<Role, string>> = {
  'organization-management': 'organization-management',
  'um-management': 'um-management',
  'help-desk': 'help-desk',
  'view-only': 'view-only',
};

async function answerOf(response: Response): Promise<TestAnswer> {
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    get json(): unknown {
      return JSON.parse(text);
    },
  };
}

/** Starts the API on a free port; whoever starts it closes it. */
export async function startTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { parts, prepare, ...serviceOptions } = options;
  const service = await createTestService(serviceOptions);
  const operations = testOperations(service);
  const app = createHttpApp({
    operations,
    pinAdministration: service.pinAdministration,
    authenticate: async (token) => {
      const role = Object.entries(TOKENS).find(([, known]) => known === token)?.[0] as Role | undefined;
      return role === undefined
        ? { kind: 'refused', reason: 'unknown', detail: 'No.' }
        : { kind: 'known', principal: { id: role, name: role, roles: [role], via: 'token', expiresAt: undefined } };
    },
    isTrustedProxy: () => false,
    clock: service.clock,
    log: service.log,
    ...parts?.(service),
  });
  prepare?.(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    service,
    app,
    url,
    tokens: TOKENS,
    ask: async (path, { method = 'GET', as = 'organization-management', body, headers = {} } = {}) => {
      const token = as === 'nobody' ? undefined : typeof as === 'string' ? TOKENS[as] : as.token;
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
      await service.dispose();
    },
  };
}
