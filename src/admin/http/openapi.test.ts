import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRecord } from '../../domain/is-record.ts';
import { startTestApi, type TestApi } from '../../testing/http/test-api.ts';

let api: TestApi;
let document: Readonly<Record<string, unknown>>;
beforeAll(async () => {
  api = await startTestApi();
  const { json } = await api.ask('/openapi.json', { as: 'nobody' });
  document = isRecord(json) ? json : {};
});
afterAll(() => api.close());

interface Operation {
  readonly name: string;
  readonly about: Readonly<Record<string, unknown>>;
}

function operations(): readonly Operation[] {
  const paths = isRecord(document.paths) ? Object.entries(document.paths) : [];
  return paths.flatMap(([path, methods]) =>
    Object.entries(isRecord(methods) ? methods : {}).map(([method, about]) => ({
      name: `${method.toUpperCase()} ${path}`,
      about: isRecord(about) ? about : {},
    })),
  );
}

/** Every value of a member of this name, wherever it is. */
function all(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => all(name, item));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => (key === name ? [member] : all(name, member)));
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validation = await new Validator().validate(structuredClone(document));
    expect(validation.errors ?? []).toEqual([]);
    expect(validation.valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('describes every operation: its own name, what it does, where it belongs, and how it can fail', () => {
    const ids = operations().map(({ about }) => about.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, about } of operations()) {
      expect(about.operationId, name).toMatch(/^[a-z][A-Za-z]+$/);
      expect(about.summary, name).toMatch(/^\S.*\S$/);
      expect(about.tags, name).toHaveLength(1);
      expect(
        Object.keys(isRecord(about.responses) ? about.responses : {}).some((status) => /^[23]/.test(status)),
        name,
      ).toBe(true);
    }
  });

  it('has every route, with the parameters of its address', () => {
    const described = api.routes.filter(({ options }) => options.schema?.hide !== true);
    const names = described.map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`);
    expect(
      operations()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(names.sort());
    for (const { name, about } of operations()) {
      const named = [...name.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const parameters = Array.isArray(about.parameters) ? about.parameters.filter(isRecord) : [];
      expect(
        parameters.filter((one) => one.in === 'path').map((one) => one.name),
        name,
      ).toEqual(named);
    }
  });

  it('refers to nothing that it does not have, and to no other document', () => {
    const schemas =
      isRecord(document.components) && isRecord(document.components.schemas) ? document.components.schemas : {};
    const references = new Set(all('$ref', document).map(String));
    expect(references.size).toBeGreaterThan(0);
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\/\w+$/);
      expect(schemas).toHaveProperty(reference.split('/').at(-1) ?? '');
    }
  });
});

describe('the pages', () => {
  it('load nothing from elsewhere, and nothing that is not there', async () => {
    const page = await api.ask('/docs', { as: 'nobody' });
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self'; style-src 'self';/,
    );
    expect(page.headers.get('content-security-policy')).not.toMatch(/unsafe|https?:|\*/);
    expect(page.text).not.toMatch(/https?:\/\/|<script>|<style|\son\w+=/);
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(loaded.length).toBeGreaterThan(4);
    for (const path of loaded) {
      expect(path).toMatch(/^\/api\/v1\/docs\/static\//);
      expect((await api.ask(path.replace('/api/v1', ''), { as: 'nobody' })).status).toBe(200);
    }
    const initializer = await api.ask('/docs/static/swagger-initializer.js', { as: 'nobody' });
    expect(initializer.text).toContain('validatorUrl: null');
    expect((await api.ask('/docs/json', { as: 'nobody' })).json).toEqual(document);
  });

  it('and the answers of the API let no browser do anything else with them', async () => {
    const { headers } = await api.ask('/me');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  });
});
