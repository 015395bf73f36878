import { randomUUID } from 'node:crypto';
import { isRecord } from '../../domain/is-record.ts';
import type { ApiRecord } from './api-record.ts';
import type { Connection } from './connection.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { Failure } from './failure.ts';
import { isUncertain, unreachableSentence } from './unreachable.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export interface ApiRequest {
  readonly method: Method;
  /** Names below /api/v1; each is encoded. */
  readonly path: readonly string[];
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: ApiRecord;
  /** Of a POST; a new one when absent. */
  readonly idempotencyKey?: string;
}

/** What came of a request. */
export type ApiAnswer =
  | { readonly kind: 'ok'; readonly status: number; readonly body: ApiRecord; readonly replayed: boolean }
  | {
      readonly kind: 'problem';
      readonly status: number;
      readonly problem: ApiRecord;
      /** Milliseconds that the service asks to wait. */
      readonly retryAfter: number | undefined;
      readonly replayed: boolean;
    }
  /** No answer, or none of Touchtone's. */
  | { readonly kind: 'unreachable'; readonly sentence: string; readonly uncertain: boolean };

/** How long an answer may take, in milliseconds: a reset may wait for its turn to hash. */
const TIME_OUT = 30_000;

/** The API of a service. */
export class ApiClient {
  readonly #connect: () => Promise<Connection>;
  #connection: Promise<Connection> | undefined;

  /** @param connect finds out where the service is; called when that is needed for the first time. */
  constructor(connect: () => Promise<Connection>) {
    this.#connect = connect;
  }

  /** Where the service is. @throws Failure when that, or a token, is not known. */
  connection(): Promise<Connection> {
    this.#connection ??= this.#connect();
    return this.#connection;
  }

  /** Sends one request, once. @throws Failure when it cannot be sent at all: no token, or no such name. */
  async send(request: ApiRequest): Promise<ApiAnswer> {
    const connection = await this.connection();
    const url = urlOf(connection, request);
    try {
      const response = await fetch(url, {
        method: request.method,
        headers: headersOf(connection, request),
        // A redirection would take the token, and maybe a PIN, to whom nobody named.
        redirect: 'manual',
        signal: AbortSignal.timeout(TIME_OUT),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      });
      return await answerOf(response, connection.base);
    } catch (error) {
      const sentence = unreachableSentence(error, connection.base);
      return { kind: 'unreachable', sentence, uncertain: request.method !== 'GET' && isUncertain(error) };
    }
  }

  /** Sends a request for the one thing that a command does. @throws ApiProblem or Failure when it is not done. */
  async ask(request: ApiRequest): Promise<ApiRecord> {
    const answer = await this.send(request);
    if (answer.kind === 'ok') return answer.body;
    if (answer.kind === 'problem') throw new ApiProblem(answer);
    const looking = answer.uncertain ? ' Whether it was done is not known; look before you try again.' : '';
    throw new Failure(answer.sentence + looking, EXIT_CODES.unreachable);
  }

  /** The items of a list, page by page, until there are as many as wanted; and whether there are more. */
  async list(
    path: readonly string[],
    query: NonNullable<ApiRequest['query']>,
    wanted: number | 'unlimited',
  ): Promise<{ readonly records: readonly ApiRecord[]; readonly more: boolean }> {
    const most = wanted === 'unlimited' ? Number.POSITIVE_INFINITY : wanted;
    const records: ApiRecord[] = [];
    let cursor: string | undefined;
    do {
      const limit = Math.min(LONGEST_PAGE, Math.max(1, most - records.length));
      const page = await this.ask({ method: 'GET', path, query: { ...query, limit, cursor } });
      records.push(...itemsOf(page));
      cursor = typeof page.next === 'string' ? page.next : undefined;
    } while (cursor !== undefined && records.length < most);
    return { records: records.slice(0, most), more: cursor !== undefined || records.length > most };
  }
}

function urlOf({ base }: Connection, { path, query = {} }: ApiRequest): URL {
  // The rules of URLs take these two for steps in the path, encoded or not.
  if (path.some((name) => name === '' || name === '.' || name === '..')) throw new Failure('Nothing has that name.');
  const url = new URL(`api/v1/${path.map(encodeURIComponent).join('/')}`, base);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, String(value));
  return url;
}

function headersOf({ token }: Connection, { method, body, idempotencyKey }: ApiRequest): Record<string, string> {
  return {
    accept: 'application/json, application/problem+json',
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(method === 'POST' ? { 'idempotency-key': idempotencyKey ?? randomUUID() } : {}),
  };
}

async function answerOf(response: Response, { href }: URL): Promise<ApiAnswer> {
  const { status, headers } = response;
  const replayed = headers.get('idempotency-replayed') === 'true';
  if (status >= 300 && status < 400) return notTouchtone(`${href} leads elsewhere`);
  const text = await response.text();
  const body = text === '' ? {} : parsed(text);
  if (response.ok && body !== undefined) return { kind: 'ok', status, body, replayed };
  if (response.ok || body === undefined || text === '') {
    return notTouchtone(`What answers at ${href} (${status}) is not Touchtone`);
  }
  return { kind: 'problem', status, problem: body, retryAfter: retryAfterOf(headers), replayed };
}

/** Most items in a page of a list. */
const LONGEST_PAGE = 200;

/** The service has answered that it does not do it, and why. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly answer: Extract<ApiAnswer, { kind: 'problem' }>;

  constructor(answer: Extract<ApiAnswer, { kind: 'problem' }>) {
    super(`The service answered ${answer.status}`);
    this.answer = answer;
  }
}

function notTouchtone(what: string): ApiAnswer {
  return { kind: 'unreachable', sentence: `${what}; see that TOUCHTONE_URL is right.`, uncertain: false };
}

function parsed(text: string): ApiRecord | undefined {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? body : undefined;
  } catch {
    return undefined;
  }
}

function itemsOf({ items }: ApiRecord): readonly ApiRecord[] {
  return Array.isArray(items) ? items.filter(isRecord) : [];
}

/** Seconds; a date, which the header may hold as well, is not what the service sends. */
function retryAfterOf(headers: Headers): number | undefined {
  const text = headers.get('retry-after');
  return text !== null && /^\d{1,5}$/.test(text) ? Number(text) * 1_000 : undefined;
}
