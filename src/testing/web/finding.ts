import type { Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import type { PagesSetting } from './pages.ts';

/** The title of a page. */
export const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });

export const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });

/** Opens the UM mailbox page of a mailbox, as somebody with this role. */
export async function umMailbox(
  pages: PagesSetting,
  id: string,
  as: 'um-management' | 'help-desk' | 'view-only' = 'um-management',
): Promise<Page> {
  const page = await pages.open(`/admin/recipients/${id}/um`, { as });
  await heading(page, /^UM Mailbox: /).waitFor();
  return page;
}

/** Resolves when a dialog has gone, and what it covered is there for everybody again. */
export async function dialogGone(page: Page): Promise<void> {
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  await comesToBe(() => page.locator('#root[aria-hidden]').count(), 0);
}

/**
 * Has the service carry out the first POST of a page to such an address, and its answer get lost on the way back, as when
 * the network fails.
 *
 * @returns the idempotency keys of all that are sent, as they come.
 */
export async function loseFirstAnswer(page: Page, address: string): Promise<readonly (string | undefined)[]> {
  const keys: (string | undefined)[] = [];
  await page.route(address, async (route) => {
    const request = route.request();
    if (request.method() !== 'POST') return route.continue();
    keys.push(request.headers()['idempotency-key']);
    if (keys.length > 1) return route.continue();
    expect((await route.fetch()).ok()).toBe(true);
    return route.abort('connectionreset');
  });
  return keys;
}

/** How long it may take until something is as it shall be, in milliseconds. */
const DEADLINE = 15_000;

/** Resolves when something has come to be so; tests that run at the same time may wait at the same time. */
export async function comesToBe<T>(look: () => T | Promise<T>, expected: T): Promise<void> {
  await vi.waitFor(async () => expect(await look()).toEqual(expected), DEADLINE);
}

/** Resolves with something when it is there. */
export async function comes<T>(find: () => Promise<T | undefined>, what: string): Promise<T> {
  return await vi.waitFor(async () => {
    const found = await find();
    if (found === undefined) throw new Error(`There is no ${what}`);
    return found;
  }, DEADLINE);
}
