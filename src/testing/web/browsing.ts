import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

const AXE = join(import.meta.dirname, '../../../node_modules/axe-core/axe.min.js');

/** Debian's browser without windows, which takes less of the machine, or with them. */
const BROWSERS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'];

/** The first of them that is installed, unless another one is asked for. */
const CHROMIUM = process.env.CHROMIUM ?? BROWSERS.find((path) => existsSync(path)) ?? 'chromium';

/** How long anything may take to appear on a page, in milliseconds: enough for a machine that has much else to do. */
const PATIENCE = 20_000;

/** What the browser itself writes for refusals that the pages expect; faults and files that are missing are not among them. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (401|403|409|410|412|422|429) /;
/** Of answers that a test loses on their way. */
const LOST = 'Failed to load resource: net::ERR_CONNECTION_RESET';
/** An event may have a page ask once more for a mailbox that has just been disabled; so may somebody else's doing. */
const GONE = /^Failed to load resource: the server responded with a status of 404 /;
const MAILBOX = /\/api\/v1\/mailboxes\/[^/]+/;

/** How a page is looked at. */
export interface Look {
  /** Pixels of CSS; 1,280 when not given. */
  readonly width?: number;
  /** How many pixels of the screen one of CSS has; 1 when not given. */
  readonly scale?: number;
  readonly scheme?: 'light' | 'dark';
  /** Whether the system asks for more contrast, or forces its own colours. */
  readonly contrast?: 'more' | 'forced';
}

export interface OpenOptions extends Look {
  /** The address of the service; the page may ask nobody else. */
  readonly url: string;
  /** Others who may be asked: an identity provider. */
  readonly others?: readonly string[];
  /** Done with a browser that knows nothing yet, before the page is opened. */
  readonly prepare?: ((context: BrowserContext) => Promise<void>) | undefined;
}

/** A browser for all tests of a file. */
export interface SharedBrowser {
  /** Throws outside of tests. */
  get(): Browser;
  /** The text of axe. */
  readonly axe: string;
}

/** Pages in that browser. */
export interface Browsing {
  /** Opens a page in a browser that knows nothing of the others, which is closed after the test. */
  open(path: string, options: OpenOptions): Promise<Page>;
  /** Expects axe to find nothing on a page as it is. @param rules those to look for; all when not given. */
  expectAccessible(page: Page, where: string, rules?: readonly string[]): Promise<void>;
  /** Everything that was sent by a page so far, by method, address and body. */
  sentBy(page: Page): readonly string[];
}

/** Notes what should not happen on any page: complaints of the browser, among them of what its policy forbids, faults, and requests to others. */
class Complaints {
  readonly #all: string[] = [];
  readonly #sent = new WeakMap<Page, string[]>();

  watch(page: Page, allowed: readonly string[]): void {
    const sent: string[] = [];
    this.#sent.set(page, sent);
    page.on('console', (message) => {
      const text = message.text();
      if (!['error', 'warning'].includes(message.type()) || EXPECTED.test(text) || text === LOST) return;
      if (!(GONE.test(text) && MAILBOX.test(message.location().url))) this.#all.push(text);
    });
    page.on('pageerror', (error) => this.#all.push(String(error)));
    page.on('request', (request) => {
      sent.push(`${request.method()} ${request.url()} ${request.postData() ?? ''}`);
      // Of the page itself, made for something to be saved.
      if (request.url().startsWith('blob:')) return;
      if (!allowed.some((url) => request.url().startsWith(`${url}/`))) this.#all.push(`asked for ${request.url()}`);
    });
  }

  sentBy(page: Page): readonly string[] {
    return this.#sent.get(page) ?? [];
  }

  take(): readonly string[] {
    return this.#all.splice(0);
  }
}

function contextOptions({ width = 1280, scale = 1, scheme = 'light', contrast }: Look): BrowserContextOptions {
  return {
    viewport: { width, height: 900 },
    deviceScaleFactor: scale,
    colorScheme: scheme,
    contrast: contrast === 'more' ? 'more' : 'no-preference',
    forcedColors: contrast === 'forced' ? 'active' : 'none',
    reducedMotion: 'reduce',
  };
}

/** Starts a browser before the tests of a file. */
export function useBrowser(): SharedBrowser {
  let browser: Browser | undefined;
  let axe = '';
  beforeAll(async () => {
    // Root, which the tests may run as, is refused the browser's sandbox.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
    axe = await readFile(AXE, 'utf8');
  });
  afterAll(() => browser?.close());
  return {
    get: () => {
      if (browser === undefined) throw new Error('The browser is there only while tests run');
      return browser;
    },
    get axe() {
      return axe;
    },
  };
}

/** Resolves once no colour is on its way to another; transitions begin with the frame after what causes them. */
const SETTLED = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() =>
  Promise.allSettled(document.getAnimations().filter((it) => it instanceof CSSTransition).map((it) => it.finished)))
  .then(() => undefined)`;

/** Pages for tests that run one after the other; after each of them no page may have complained. */
export function useBrowsing(browser: SharedBrowser): Browsing {
  const complaints = new Complaints();
  const contexts: BrowserContext[] = [];
  afterEach(async () => {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    expect(complaints.take()).toEqual([]);
  });
  return {
    open: async (path, { url, others = [], prepare, ...look }) => {
      const context = await browser.get().newContext(contextOptions(look));
      contexts.push(context);
      context.setDefaultTimeout(PATIENCE);
      await prepare?.(context);
      const page = await context.newPage();
      complaints.watch(page, [url, ...others]);
      await page.goto(`${url}${path}`);
      return page;
    },
    expectAccessible: async (page, where, rules) => {
      await page.evaluate(`globalThis.axe === undefined && (() => { ${browser.axe} })()`);
      await page.evaluate(SETTLED);
      const only = rules === undefined ? '' : `, runOnly: ${JSON.stringify(rules)}`;
      // Those that are left out take the focus only to pass it on: they are how Fluent UI knows that it comes or goes.
      const found: unknown = await page.evaluate(
        `axe.run({ exclude: [['[data-tabster-dummy]']] }, { resultTypes: ['violations'], preload: false${only} }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map((node) => node.html).join(' | ')))`,
      );
      expect({ where, found }).toEqual({ where, found: [] });
    },
    sentBy: (page) => complaints.sentBy(page),
  };
}
