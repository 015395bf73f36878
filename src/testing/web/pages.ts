import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Role } from '../../domain/role.ts';
import { freePort } from '../free-ports.ts';
import { type RunningService, startService } from '../service.ts';
import { BY_TEST } from '../test-service.ts';
import type { Browsing, Look } from './browsing.ts';

export interface PageOptions extends Look {
  /** Who is signed in to the administration; nobody when not given. */
  readonly as?: Role;
  /** The access token that is signed in with, instead. */
  readonly token?: string;
  /** Others besides the service whom the page may ask. */
  readonly others?: readonly string[];
}

/** A service with its pages, and a browser to look at them. */
export interface PagesSetting extends Pick<Browsing, 'expectAccessible' | 'sentBy'> {
  readonly service: RunningService;
  readonly url: string;
  /** The access token of a role. */
  token(role: Role): string;
  /** Makes an access token for somebody who is known by a name of their own. */
  addToken(name: string, role: Role): Promise<string>;
  /** How often something that was done to a mailbox is in the audit trail. */
  recorded(mailbox: string, action: string): Promise<number>;
  /** Opens a page of the service in a browser that knows nothing of the others. */
  open(path: string, options?: PageOptions): Promise<Page>;
}

const ROLES: readonly Role[] = ['organization-management', 'um-management', 'help-desk', 'view-only'];

async function addToken({ app }: RunningService, name: string, role: Role): Promise<string> {
  const created = await app.core.accessTokens.create({ name, role, expiresInDays: undefined }, BY_TEST, false);
  if (created.kind !== 'created' || created.secret === undefined) throw new Error('The token was not made');
  return created.secret;
}

async function tokensOf(service: RunningService): Promise<ReadonlyMap<Role, string>> {
  const made = await Promise.all(ROLES.map(async (role) => [role, await addToken(service, role, role)] as const));
  return new Map(made);
}

async function signIn(context: BrowserContext, url: string, token: string): Promise<void> {
  const headers = { origin: url, 'sec-fetch-site': 'same-origin' };
  const answer = await context.request.post(`${url}/web/session`, { data: { token }, headers });
  expect({ status: answer.status(), text: await answer.text() }).toMatchObject({ status: 200 });
}

/**
 * Starts a service before the tests of a part.
 *
 * @param settings besides or instead of those that every test service has, made of its address.
 */
export function usePages(
  browsing: Browsing,
  settings: (url: string) => Promise<Readonly<Record<string, string>>> = async () => ({}),
): PagesSetting {
  let service: RunningService | undefined;
  let tokens: ReadonlyMap<Role, string> = new Map();
  let url = '';
  const present = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('The service is there only while tests run');
    return value;
  };
  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    service = await startService({ HTTP_LISTEN: `127.0.0.1:${port}`, PUBLIC_URL: url, ...(await settings(url)) });
    tokens = await tokensOf(service);
  });
  afterAll(() => service?.close());
  const token = (role: Role): string => present(tokens.get(role));
  return {
    get service() {
      return present(service);
    },
    get url() {
      return url;
    },
    token,
    addToken: (name, role) => addToken(present(service), name, role),
    recorded: async (mailbox, action) => {
      const headers = { authorization: `Bearer ${token('view-only')}` };
      const found = await fetch(`${url}/api/v1/audit?mailbox=${mailbox}&action=${action}`, { headers });
      const { items } = (await found.json()) as { readonly items: readonly unknown[] };
      return items.length;
    },
    open: (path, { as, token: own = as && token(as), ...options } = {}) =>
      browsing.open(path, {
        ...options,
        url,
        prepare: own === undefined ? undefined : (context) => signIn(context, url, own),
      }),
    expectAccessible: browsing.expectAccessible,
    sentBy: browsing.sentBy,
  };
}
