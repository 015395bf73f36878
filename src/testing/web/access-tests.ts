import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { button, comesToBe, dialogGone, heading, loseFirstAnswer } from './finding.ts';
import { expectGoodLooks } from './looks.ts';
import type { PagesSetting } from './pages.ts';

/** Who is let in, and who is signed in. */
export function testAccess(pages: PagesSetting): void {
  describe('an access token', () => {
    it('is shown once, lets its holder in, and is removed', async () => {
      const page = await pages.open('/admin/tokens', { as: 'organization-management' });
      await button(page, 'New access token').click();
      await button(page, 'Make it').click();
      await page.getByText('Give it a name.').waitFor();
      await page.getByLabel('Name').fill('Night desk');
      await expectGoodLooks(pages, page, 'new token');
      await button(page, 'Make it').click();
      const token = await page.getByLabel('The token').inputValue();
      await pages.expectAccessible(page, 'token shown');
      await button(page, 'Done').click();
      await page.getByRole('cell', { name: 'Night desk', exact: true }).waitFor();
      expect(await page.content()).not.toContain(token);
      const bearer = { headers: { authorization: `Bearer ${token}` } };
      expect((await fetch(`${pages.url}/api/v1/mailboxes`, bearer)).status).toBe(200);
      await button(page, 'Remove Night desk').click();
      await page.getByRole('alertdialog', { name: 'Remove Night desk?' }).waitFor();
      await pages.expectAccessible(page, 'remove a token');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click();
      await dialogGone(page);
      await page.getByRole('cell', { name: 'Night desk', exact: true }).waitFor({ state: 'detached' });
      expect((await fetch(`${pages.url}/api/v1/mailboxes`, bearer)).status).toBe(401);
    });

    it('whose answer is lost is not made again: it is in the list, and to be removed', async () => {
      const page = await pages.open('/admin/tokens', { as: 'organization-management' });
      const keys = await loseFirstAnswer(page, '**/api/v1/tokens');
      await button(page, 'New access token').click();
      await page.getByLabel('Name').fill('Lost and found');
      await button(page, 'Make it').click();
      await page.getByText(/^The service does not answer/).waitFor();
      await button(page, 'Make it').click();
      await page.getByText(/^The token was made, but its answer was lost/).waitFor();
      expect(keys).toEqual([expect.stringMatching(/^[\da-f]{32}$/), keys[0]]);
      await button(page, 'Cancel').click();
      await comesToBe(() => page.getByRole('cell', { name: 'Lost and found', exact: true }).count(), 1);
    });
  });

  describe('sessions', () => {
    /** Of somebody else, who has signed in with a token of this name. */
    const cardOf = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

    /** Expects that nothing of the administration is shown to whoever has a page any more. */
    async function expectSignedOut(page: Page): Promise<void> {
      await page.reload();
      await heading(page, 'Administration').waitFor();
    }

    it('are listed, and ended one by one or all of a person', async () => {
      const token = await pages.addToken('Night watch', 'view-only');
      const [first, second] = [await pages.open('/admin', { token }), await pages.open('/admin', { token })];
      for (const watch of [first, second]) await heading(watch, 'Overview').waitFor();
      const page = await pages.open('/admin', { as: 'organization-management' });
      await page.getByRole('link', { name: 'Sessions' }).click();
      const card = cardOf(page, 'Night watch');
      await comesToBe(() => card.getByRole('listitem').count(), 2);
      await card.getByText('With an access token · View-Only').first().waitFor();
      const own = cardOf(page, 'organization-management');
      await own.getByText('This browser').waitFor();
      expect(await own.getByRole('listitem').filter({ hasText: 'This browser' }).getByRole('button').count()).toBe(0);
      await button(page, 'Sign out everywhere: Night watch').waitFor();
      await expectGoodLooks(pages, page, 'sessions');
      // The newest is the first in the list.
      await card.getByRole('button', { name: 'Sign out Night watch, from 127.0.0.1' }).first().click();
      await page.getByRole('alertdialog', { name: 'Sign out Night watch in this browser?' }).waitFor();
      await pages.expectAccessible(page, 'end a session');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('Signed out.').first().waitFor();
      await comesToBe(() => card.getByRole('listitem').count(), 1);
      await expectSignedOut(second);
      expect((await first.request.get(`${pages.url}/web/session`)).status()).toBe(200);
      await pages.open('/admin', { token });
      await button(page, 'Sign out everywhere: Night watch').click();
      await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out everywhere' }).click();
      await page.getByText('Signed out of 2 browsers.').first().waitFor();
      await card.waitFor({ state: 'detached' });
      await expectSignedOut(first);
    });

    it('of a person all end when that person signs out everywhere, and nobody else’s', async () => {
      const token = await pages.addToken('Day watch', 'view-only');
      const [other, page] = [await pages.open('/admin', { token }), await pages.open('/admin', { token })];
      const colleague = await pages.open('/admin', { as: 'view-only' });
      for (const watch of [other, page, colleague]) await heading(watch, 'Overview').waitFor();
      await button(page, 'Signed in as Day watch').click();
      await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
      await heading(page, 'Administration').waitFor();
      await expectSignedOut(other);
      expect((await colleague.request.get(`${pages.url}/web/session`)).status()).toBe(200);
      expect(await colleague.getByRole('link', { name: 'Sessions' }).count()).toBe(0);
    });
  });
}
