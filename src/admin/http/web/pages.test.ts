import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../../../testing/http/test-api.ts';

let api: TestApi;
let folder: string;

const INDEX =
  '<!doctype html><meta name="csp-nonce" content="__CSP_NONCE__"><style nonce="__CSP_NONCE__"></style><script type="module" src="/assets/main-1a2b.js"></script>';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchtone-pages-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), INDEX);
  await writeFile(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(folder, '.secret'), 'secret');
  await writeFile(join(folder, 'assets/main-1a2b.js'), 'export {};');
  api = await startTestApi({ parts: (_service, _tokens, web) => ({ web: { ...web, pagesFolder: folder } }) });
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

const open = (path: string, init: RequestInit = {}) => fetch(`${api.url}${path}`, { redirect: 'manual', ...init });

describe('the pages', () => {
  it.each(['/admin', '/admin/', '/admin/mailboxes/ann@contoso.com', '/me', '/me/link'])(
    'at %s are the same file, with a nonce of its own in each answer',
    async (path) => {
      const nonces = new Set<string>();
      for (let count = 0; count < 3; count++) {
        const response = await open(path);
        expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
        expect(response.headers.get('cache-control')).toBe('no-store');
        const policy = response.headers.get('content-security-policy') ?? '';
        const nonce = /'nonce-([A-Za-z0-9+/]{22}==)'/.exec(policy)?.[1] ?? '';
        expect(await response.text()).toBe(INDEX.replaceAll('__CSP_NONCE__', nonce));
        nonces.add(nonce);
      }
      expect(nonces.size).toBe(3);
    },
  );

  it('load nothing from elsewhere, run nothing that is in them, and are in nobody’s frame', async () => {
    const { headers } = await open('/admin');
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy.replace(/'nonce-[^']+'/, 'NONCE')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self' NONCE; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'",
    );
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    });
  });

  it('have files that never change, and some that do', async () => {
    const script = await open('/assets/main-1a2b.js');
    expect([script.status, await script.text()]).toEqual([200, 'export {};']);
    expect(script.headers.get('content-type')).toMatch(/^(text|application)\/javascript/);
    expect(script.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const icon = await open('/favicon.svg');
    expect(icon.headers.get('content-type')).toMatch(/^image\/svg\+xml/);
    expect(icon.headers.get('cache-control')).toBe('public, max-age=600');
  });

  it.each([
    '/assets/none.js',
    '/assets/',
    '/assets/..%2findex.html',
    '/assets/%2e%2e/%2e%2e/package.json',
    '/.secret',
    '/index.html',
    '/administration',
  ])('have nothing at %s', async (path) => {
    const response = await open(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      404,
      'application/problem+json; charset=utf-8',
    ]);
  });

  it('begin at the page of users', async () => {
    const response = await open('/');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/me']);
  });

  it('may be built anew while they are served', async () => {
    await writeFile(join(folder, 'index.html'), 'newer __CSP_NONCE__');
    expect(await (await open('/admin')).text()).toMatch(/^newer /);
    await writeFile(join(folder, 'index.html'), INDEX);
  });
});

describe('pages that have not been built', () => {
  it('say how that is done, and all else works', async () => {
    const bare = await startTestApi();
    const response = await fetch(`${bare.url}/admin`);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining('npm run build:web') });
    expect((await bare.ask('/me')).status).toBe(200);
    await bare.close();
  });
});
