import { Ajv } from 'ajv';
import ajvFormats from 'ajv-formats';
import type { Static, TSchema } from 'typebox';
import { afterAll, beforeAll, expect } from 'vitest';
import { PROBLEMS, type ProblemName, problemType } from '../../admin/http/problems.ts';
import type { Named } from '../../admin/http/schemas/common.ts';
import type { EnabledMailbox } from '../../admin/http/schemas/mailboxes.ts';
import { NAMED_SCHEMAS } from '../../admin/http/schemas/named-schemas.ts';
import { createTestDialPlan, type TestDialPlan } from '../test-service.ts';
import { startTestApi, type TestAnswer, type TestApi, type TestApiOptions, type TestRequest } from './test-api.ts';

/** A mailbox that was enabled over HTTP. */
export interface ApiMailbox {
  readonly id: string;
  readonly address: string;
  readonly extension: string;
  readonly pin: string;
  /** Its address below the API. */
  readonly path: string;
}

/** An API with a dial plan, of which extensions have five digits, and its default policy. */
export interface StockedApi extends TestApi, TestDialPlan {
  /** Enables a mailbox with a PIN that is known, mailed to nobody and not expired, unless `changes` say otherwise. */
  mailbox(changes?: Readonly<Record<string, unknown>>): Promise<ApiMailbox>;
}

const PIN = '1985848';

const ajv = new Ajv({ strict: false, allErrors: true });
ajvFormats.default(ajv);
for (const schema of NAMED_SCHEMAS) ajv.addSchema(schema);

/** The body of an answer that is as it must be: of this status, and what the schema says; without it, anything. */
export function bodyOf<T extends TSchema>(answer: TestAnswer, status: number, schema: Named<T>): Static<T> {
  expect({ status: answer.status, text: answer.text }).toEqual({ status, text: expect.any(String) });
  expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
  const body = answer.json;
  const isValid = ajv.validate(schema.$id, body);
  expect({ isValid, errors: ajv.errors ?? [] }).toEqual({ isValid: true, errors: [] });
  return body as Static<T>;
}

/** Expects a problem with these facts beside it, and no others that are not of every problem. */
export function expectProblem(
  answer: TestAnswer,
  name: ProblemName,
  facts: Readonly<Record<string, unknown>> = {},
): void {
  const { status, title } = PROBLEMS[name];
  expect({ status: answer.status, text: answer.text }).toEqual({ status, text: expect.any(String) });
  expect(answer.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const common = { type: problemType(name), title, status };
  expect(answer.json).toEqual({
    ...common,
    ...facts,
    detail: expect.stringMatching(/./),
    instance: expect.stringMatching(/^urn:uuid:/),
  });
  expect(ajv.validate('Problem', answer.json)).toBe(true);
}

/** Starts an API and fills it; whoever starts it closes it. */
export async function startStockedApi(options: TestApiOptions = {}): Promise<StockedApi> {
  const api = await startTestApi(options);
  const plan = await createTestDialPlan(api.service);
  let made = 10_000;
  return {
    ...api,
    ...plan,
    mailbox: async (changes = {}) => {
      made += 1;
      const extension = String(made);
      const body = {
        address: `user${extension}@contoso.com`,
        displayName: `User ${extension}`,
        extensions: [extension],
        policy: plan.policy.name,
        timeZone: 'UTC',
        pin: PIN,
        pinExpired: false,
        sendEmail: false,
        ...changes,
      };
      const answer = await api.ask('/mailboxes', { method: 'POST', body });
      expect({ status: answer.status, text: answer.text }).toEqual({ status: 201, text: expect.any(String) });
      const { id, address, extensions } = answer.json as EnabledMailbox;
      return { id, address, extension: extensions[0] ?? '', pin: body.pin, path: `/mailboxes/${id}` };
    },
  };
}

/** What the tests of a file share: one API, which is started before them and closed after them. */
export function useStockedApi(options: TestApiOptions = {}): StockedApi {
  let current: StockedApi | undefined;
  beforeAll(async () => {
    current = await startStockedApi(options);
  });
  afterAll(async () => {
    await current?.close();
  });
  const api = (): StockedApi => {
    if (current === undefined) throw new Error('No test is running');
    return current;
  };
  return new Proxy({} as StockedApi, {
    get: (_nothing, member) => Reflect.get(api(), member),
  });
}

/** A request that asks for a change to be done. */
export const post = (body?: unknown, more: Partial<TestRequest> = {}): TestRequest => ({
  method: 'POST',
  ...(body === undefined ? {} : { body }),
  ...more,
});
