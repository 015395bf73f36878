import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { usePages } from './pages.ts';

const pages = usePages();

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name });
const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });

/** Opens the UM mailbox page of a mailbox, as somebody with this role. */
async function umMailbox(id: string, as: 'um-management' | 'help-desk' | 'view-only' = 'um-management'): Promise<Page> {
  const page = await pages.open(`/admin/recipients/${id}/um`, { as });
  await heading(page, /^UM Mailbox: /).waitFor();
  return page;
}

describe('signing in', () => {
  it('takes an access token, and says what to do about a wrong one', async () => {
    const page = await pages.open('/admin/recipients');
    await page.getByLabel('Access token').fill('tt_nonsense');
    await button(page, 'Sign in').click();
    await page.getByText('This token is unknown or has expired').waitFor();
    await pages.expectAccessible(page, 'sign-in');
    await page.getByLabel('Access token').fill(pages.token('um-management'));
    await page.keyboard.press('Enter');
    await heading(page, 'Recipients').waitFor();
    await button(page, /^Signed in as/).click();
    await page.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
    await heading(page, 'Administration').waitFor();
  });

  it.each([
    { as: undefined, path: '/admin', first: 'Administration' },
    { as: 'view-only', path: '/admin', first: 'Overview' },
    { as: undefined, path: '/me', first: 'Your mailbox' },
  ] as const)('loads less than 300 kB before $path shows $first', async ({ as, path, first }) => {
    const page = await pages.open('/favicon.svg', as === undefined ? {} : { as });
    const sizes: Promise<number>[] = [];
    page.on('response', (response) => {
      if (!response.url().includes('/assets/')) return;
      sizes.push(response.headerValue('content-length').then((length) => Number(length)));
    });
    await page.goto(`${pages.url}${path}`);
    await heading(page, first).waitFor();
    const total = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
    expect(total).toBeGreaterThan(50_000);
    expect(total).toBeLessThan(300_000);
  });
});

describe('the PIN of a mailbox', () => {
  it('is found, generated, mailed, and told about as it goes', async () => {
    const { address, extension } = await pages.service.stock.add({ locked: true });
    const page = await pages.open('/admin/recipients', { as: 'um-management' });
    await page.getByRole('searchbox').fill(extension);
    const row = page.getByRole('row', { name: new RegExp(address) });
    await row.getByText('Locked out').waitFor();
    await expect.poll(() => page.getByRole('row').count(), { timeout: 15_000 }).toBe(2);
    await row.getByRole('link').click();
    await page.getByRole('heading', { name: 'Phone and Voice Features' }).waitFor();
    await page.getByRole('link', { name: 'View details' }).click();
    await button(page, 'Reset PIN').click();
    const dialog = page.getByRole('alertdialog', { name: 'Reset UM Mailbox PIN' });
    expect(await dialog.getByRole('radio', { name: 'Automatically generate a PIN' }).isChecked()).toBe(true);
    expect(await dialog.getByRole('checkbox', { name: /^Require the user/ }).isChecked()).toBe(true);
    await pages.expectAccessible(page, 'reset');
    await button(page, 'Save').click();
    await page.getByText('A new PIN has been generated.').waitFor();
    await page.getByRole('dialog').getByText('Delivered').waitFor();
    await button(page, 'Done').click();
    await page.getByText('Not locked').waitFor();
    const [mail] = await pages.service.mailsTo(address);
    expect(mail).toMatchObject({ kind: 'pin-reset', pin: expect.stringMatching(/^\d{6}$/) });
  });

  it('can be typed: rules as it is typed, the history when it is saved, and nothing sent before', async () => {
    const { id, pin, address } = await pages.service.stock.add();
    const page = await umMailbox(id);
    await button(page, 'Reset PIN').click();
    await page.getByRole('radio', { name: 'Type a PIN' }).check();
    const field = page.getByLabel('New PIN');
    await field.fill('147258');
    const rules = page.getByRole('list', { name: 'Rules for the PIN' });
    await rules.getByText('This draws a shape on the keypad').waitFor();
    expect(await rules.locator('[data-state=met]').count()).toBe(3);
    await button(page, 'Save').click();
    await page.getByText('Type a PIN that meets every rule below.').waitFor();
    expect(await page.locator('input[inputmode=numeric]:focus').count()).toBe(1);
    await field.fill(pin);
    expect(pages.sentBy(page).filter((sent) => sent.includes(pin) || sent.includes('147258'))).toEqual([]);
    await button(page, 'Save').click();
    await page.getByText(/^This is one of the last 5 PINs/).waitFor();
    await pages.expectAccessible(page, 'refused PIN');
    await field.fill('1985848');
    await page.getByRole('checkbox', { name: /^Require the user/ }).uncheck();
    await button(page, 'Save').click();
    await page.getByText('The PIN that you typed is in force.').waitFor();
    await page.getByText('It stays until it is changed or expires.').waitFor();
    expect((await pages.service.mailsTo(address)).at(-1)?.pin).toBe('1985848');
  });
});

describe('a mailbox', () => {
  it('is locked and unlocked, and others see it at once', async () => {
    const { id, extension } = await pages.service.stock.add();
    const watching = await pages.open(`/admin/recipients?search=${extension}`, { as: 'view-only' });
    await watching.getByText('First-time user', { exact: true }).waitFor();
    const page = await umMailbox(id, 'help-desk');
    await button(page, 'Lock').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Lock' }).click();
    await page.getByText('Locked by an administrator').waitFor();
    await watching.getByText('Locked out', { exact: true }).last().waitFor();
    await button(page, 'Unlock').click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Unlock' }).click();
    await page.getByText('Not locked').waitFor();
  });

  it('offers a role only what it may do', async () => {
    const { id } = await pages.service.stock.add();
    const desk = await umMailbox(id, 'help-desk');
    await button(desk, 'Reset PIN').click();
    await desk.getByText(/^The PIN is mailed to/).waitFor();
    expect(await desk.getByRole('radio').count()).toBe(2);
    await button(desk, 'Cancel').click();
    await desk.getByRole('tab', { name: 'Settings' }).click();
    await desk.getByLabel('Alias').waitFor();
    expect(await button(desk, 'Save').count()).toBe(0);
    expect(await desk.getByRole('link', { name: 'Access tokens' }).count()).toBe(0);
    const viewer = await umMailbox(id, 'view-only');
    await viewer.getByText('PIN status').waitFor();
    expect(await button(viewer, 'Reset PIN').count()).toBe(0);
    expect(await button(viewer, 'Lock').count()).toBe(0);
  });

  it('keeps what was typed when somebody else has changed it meanwhile', async () => {
    const { id } = await pages.service.stock.add();
    const page = await umMailbox(id);
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByLabel('Name', { exact: true }).fill('Anthony Smith');
    const by = {
      actor: { kind: 'administrator', name: 'other' },
      source: { kind: 'http', address: '192.0.2.1' },
    } as const;
    await pages.service.app.core.mailboxAdministration.change(id, { clock: '24-hour' }, by);
    await button(page, 'Save').click();
    await page.getByText('Somebody else has changed this meanwhile.').waitFor();
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('Anthony Smith');
    await expect.poll(() => page.getByLabel('Clock').inputValue(), { timeout: 15_000 }).toBe('24-hour');
    await button(page, 'Save mine').click();
    await heading(page, 'UM Mailbox: Anthony Smith').waitFor();
  });
});

describe('every page', () => {
  it('is reached by the keyboard', async () => {
    const { extension, address } = await pages.service.stock.add();
    const page = await pages.open('/admin', { as: 'um-management' });
    await heading(page, 'Overview').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await pages.expectAccessible(page, 'shortcuts');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('r');
    await heading(page, 'Recipients').waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type(extension);
    const link = page.getByRole('row', { name: new RegExp(address) }).getByRole('link');
    await expect.poll(() => page.getByRole('row').count(), { timeout: 15_000 }).toBe(2);
    await link.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('complementary', { name: 'Details' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
  });
});

describe('users', () => {
  /** The address in the newest mail with a link. */
  async function linkMailedTo(address: string): Promise<string> {
    const newest = async () =>
      (await pages.service.mailsTo(address))
        .flatMap(({ text }) => /http\S+\/me\/link#\S+/.exec(text)?.[0] ?? [])
        .at(-1);
    await expect.poll(newest, { timeout: 15_000 }).toBeDefined();
    return (await newest()) ?? '';
  }

  it('come by a link that only the button uses up, get a new PIN by mail, and report strangers', async () => {
    const { address, extension } = await pages.service.stock.add({ failures: 2 });
    const asking = await pages.open('/me', { width: 390 });
    await asking.getByLabel('Your mail address').fill(address);
    await pages.expectAccessible(asking, '/me sign-in');
    await button(asking, 'Mail me a link').click();
    await asking.getByText(/a link is on its way/).waitFor();
    const link = await linkMailedTo(address);
    const page = await pages.open(link.slice(pages.url.length), { width: 390 });
    await button(page, 'Sign in').waitFor();
    expect(page.url()).toBe(`${pages.url}/me/link`);
    await button(page, 'Sign in').click();
    await page.getByText(extension, { exact: true }).waitFor();
    await page.getByText('2 failed sign-ins since you last signed in.').waitFor();
    await pages.expectAccessible(page, '/me');
    expect(await page.locator('input').count()).toBe(0);
    await button(page, 'Reset my PIN').click();
    await button(page, 'Mail me a new PIN').click();
    await page.getByText(/^A new PIN is on its way/).waitFor();
    await expect
      .poll(async () => (await pages.service.mailsTo(address)).at(-1)?.kind, { timeout: 15_000 })
      .toBe('pin-reset');
    await button(page, 'That wasn’t me').click();
    await button(page, 'Lock my mailbox').click();
    await page.getByText(/your administrator has been told/).waitFor();
    const again = await pages.open(link.slice(pages.url.length));
    await button(again, 'Sign in').click();
    await again.getByText('This link has been used or is too old.').waitFor();
  });
});
