import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type { Role } from '../../domain/role.ts';
import { type RunningService, startService } from '../service.ts';
import { BY_TEST } from '../test-service.ts';

const WEB = join(import.meta.dirname, '../../admin/web');
const AXE = join(import.meta.dirname, '../../../node_modules/axe-core/axe.min.js');

/** Debian's browser, or another one. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** How long anything may take to appear on a page, in milliseconds: enough for a machine that has much else to do. */
const PATIENCE = 20_000;

/** What the browser itself writes for refusals that the pages expect; faults and files that are missing are not among them. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (401|403|409|410|412|422|429) /;

export interface PageOptions {
  /** Who is signed in to the administration; nobody when not given. */
  readonly as?: Role;
  readonly width?: number;
  readonly scheme?: 'light' | 'dark';
  readonly theme?: string;
}

/** The service with its pages, and a browser to look at them. */
export interface PagesSetting {
  readonly service: RunningService;
  readonly url: string;
  /** The access token of a role. */
  token(role: Role): string;
  /** Opens a page of the service in a browser that knows nothing of the others. */
  open(path: string, options?: PageOptions): Promise<Page>;
  /** Expects axe to find nothing on a page as it is. */
  expectAccessible(page: Page, where: string): Promise<void>;
  /** Everything that was sent by a page so far, by address and body. */
  sentBy(page: Page): readonly string[];
}

const ROLES: readonly Role[] = ['organization-management', 'um-management', 'help-desk', 'view-only'];

/** A port that is free now: links in mails have it, so it has to be known before the service listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return address.port;
}

async function tokensOf({ app }: RunningService): Promise<ReadonlyMap<Role, string>> {
  const made = await Promise.all(
    ROLES.map(async (role) => {
      const created = await app.core.accessTokens.create(
        { name: role, role, expiresInDays: undefined },
        BY_TEST,
        false,
      );
      if (created.kind !== 'created' || created.secret === undefined) throw new Error('The token was not made');
      return [role, created.secret] as const;
    }),
  );
  return new Map(made);
}

/** Notes what should not happen on any page: complaints of the browser, among them of what its policy forbids, faults, and requests to others. */
class Complaints {
  readonly #url: string;
  readonly #all: string[] = [];
  readonly sent = new Map<Page, string[]>();

  constructor(url: string) {
    this.#url = url;
  }

  watch(page: Page): void {
    const sent: string[] = [];
    this.sent.set(page, sent);
    page.on('console', (message) => {
      const text = message.text();
      if (['error', 'warning'].includes(message.type()) && !EXPECTED.test(text)) this.#all.push(text);
    });
    page.on('pageerror', (error) => this.#all.push(String(error)));
    page.on('request', (request) => {
      sent.push(`${request.url()} ${request.postData() ?? ''}`);
      if (!request.url().startsWith(`${this.#url}/`)) this.#all.push(`asked for ${request.url()}`);
    });
  }

  take(): readonly string[] {
    return this.#all.splice(0);
  }
}

async function signIn(context: BrowserContext, url: string, token: string): Promise<void> {
  const headers = { origin: url, 'sec-fetch-site': 'same-origin' };
  const answer = await context.request.post(`${url}/web/session`, { data: { token }, headers });
  expect({ status: answer.status(), text: await answer.text() }).toMatchObject({ status: 200 });
}

/** Builds the pages, and starts a service and a browser before the tests of a file; after each test no page may have complained. */
export function usePages(): PagesSetting {
  let service: RunningService | undefined;
  let browser: Browser | undefined;
  let tokens: ReadonlyMap<Role, string> = new Map();
  let url = '';
  let axe = '';
  let complaints = new Complaints(url);
  const contexts: BrowserContext[] = [];
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The service is there only while tests run');
    return value;
  };
  beforeAll(async () => {
    await build({ configFile: join(WEB, 'vite.config.ts'), logLevel: 'error' });
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    complaints = new Complaints(url);
    service = await startService({ HTTP_LISTEN: `127.0.0.1:${port}`, PUBLIC_URL: url });
    tokens = await tokensOf(service);
    // Root, which the tests may run as, is refused the browser's sandbox.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
    axe = await readFile(AXE, 'utf8');
  }, 120_000);
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(complaints.take()).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });
  const token = (role: Role): string => present(tokens.get(role));
  return {
    get service() {
      return present(service);
    },
    get url() {
      return url;
    },
    token,
    open: async (path, { as, width = 1280, scheme = 'light', theme } = {}) => {
      const context = await present(browser).newContext({
        viewport: { width, height: 900 },
        colorScheme: scheme,
        reducedMotion: 'reduce',
      });
      contexts.push(context);
      context.setDefaultTimeout(PATIENCE);
      if (theme !== undefined) await context.addInitScript(`localStorage.setItem('touchtone-theme', '${theme}')`);
      if (as !== undefined) await signIn(context, url, token(as));
      const page = await context.newPage();
      complaints.watch(page);
      await page.goto(`${url}${path}`);
      return page;
    },
    expectAccessible: async (page, where) => {
      await page.evaluate(axe);
      // Those that are left out take the focus only to pass it on: they are how Fluent UI knows that it comes or goes.
      const found: unknown = await page.evaluate(
        "axe.run({ exclude: [['[data-tabster-dummy]']] }, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' | ')))",
      );
      expect({ where, found }).toEqual({ where, found: [] });
    },
    sentBy: (page) => complaints.sent.get(page) ?? [],
  };
}
