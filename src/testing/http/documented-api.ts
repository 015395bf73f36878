import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import { expect } from 'vitest';
import type { StockedApi } from './stocked-api.ts';
import type { TestAnswer, TestRequest } from './test-api.ts';

interface DocumentedResponse {
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

/** One thing that can be done, as the document has it. */
export interface Operation {
  readonly id: string;
  readonly method: NonNullable<TestRequest['method']>;
  /** With `{name}` where something is filled in. */
  readonly path: string;
  readonly isOpen: boolean;
  readonly hasBody: boolean;
  readonly hasQuery: boolean;
  readonly responses: Readonly<Record<string, DocumentedResponse>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: object;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly security?: readonly unknown[];
  readonly requestBody?: unknown;
  readonly parameters?: readonly { readonly in: string }[];
  readonly responses: Operation['responses'];
}

/** The operations of an API, without those for browsers alone, as its document tells them, and which of their responses were had. */
export class DocumentedApi {
  readonly operations: readonly Operation[];
  readonly #api: StockedApi;
  readonly #ajv = new Ajv({ strict: false, allErrors: true });
  readonly #had = new Map<string, Set<string>>();

  private constructor(api: StockedApi, document: Document) {
    this.#api = api;
    ajvFormats.default(this.#ajv);
    this.#ajv.addSchema({ ...document, $id: 'document' });
    const paths = Object.entries(document.paths).filter(([path]) => path.startsWith('/api/v1/'));
    this.operations = paths.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        id: operation.operationId,
        method: method.toUpperCase() as Operation['method'],
        path,
        isOpen: operation.security === undefined,
        hasBody: operation.requestBody !== undefined,
        hasQuery: (operation.parameters ?? []).some((parameter) => parameter.in === 'query'),
        responses: operation.responses,
      })),
    );
  }

  static async of(api: StockedApi): Promise<DocumentedApi> {
    return new DocumentedApi(api, (await api.ask('/openapi.json')).json as Document);
  }

  operation(id: string): Operation {
    const found = this.operations.find((operation) => operation.id === id);
    if (found === undefined) throw new Error(`The document has no ${id}`);
    return found;
  }

  /** Asks for something, and expects an answer that the document tells of, in status, kind and body. */
  async ask(
    id: string,
    values: Readonly<Record<string, string>> = {},
    { query = '', ...request }: TestRequest & { readonly query?: string } = {},
  ): Promise<TestAnswer> {
    const { method, path } = this.operation(id);
    const filled = path.replace(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '');
    const answer = await this.#api.ask(`/${filled}${query}`, { ...request, method });
    this.#check(id, answer);
    return answer;
  }

  /** What the document tells of and nobody has had, as `operation status`. */
  missing(): readonly string[] {
    return this.operations.flatMap(({ id, responses }) =>
      Object.keys(responses)
        .filter((status) => this.#had.get(id)?.has(status) !== true)
        .map((status) => `${id} ${status}`),
    );
  }

  #check(id: string, answer: TestAnswer): void {
    const status = String(answer.status);
    const { path, method, responses } = this.operation(id);
    expect({ id, status, text: answer.text, known: Object.keys(responses) }).toEqual({
      id,
      status,
      text: answer.text,
      known: expect.arrayContaining([status]),
    });
    this.#had.set(id, (this.#had.get(id) ?? new Set()).add(status));
    const { content } = responses[status] ?? {};
    const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
    if (content === undefined) {
      expect(answer.text).toBe('');
      return;
    }
    expect(Object.keys(content)).toContain(type);
    if (!/[/+]json$/.test(type)) return;
    const pointer = ['paths', path, method.toLowerCase(), 'responses', status, 'content', type, 'schema'];
    const escaped = pointer.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')));
    const isValid = this.#ajv.validate({ $ref: `document#/${escaped.join('/')}` }, answer.json);
    expect({ id, isValid, errors: this.#ajv.errors ?? [] }).toEqual({ id, isValid: true, errors: [] });
  }
}
