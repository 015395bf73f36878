import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { button, comes, comesToBe, dialogGone } from './finding.ts';
import { expectGoodLooks } from './looks.ts';
import type { PagesSetting } from './pages.ts';

/** Users' own pages. */
export function testSelfService(pages: PagesSetting): void {
  describe('users', () => {
    /** The address in the newest mail with a link. */
    async function linkMailedTo(address: string): Promise<string> {
      const newest = async () =>
        (await pages.service.mailsTo(address))
          .flatMap(({ text }) => /http\S+\/me\/link#\S+/.exec(text)?.[0] ?? [])
          .at(-1);
      return await comes(newest, 'mail with a link');
    }

    it('come by a link that only the button uses up, get a new PIN by mail, and report strangers', async () => {
      const { address, extension } = await pages.service.stock.add({ failures: 2 });
      const asking = await pages.open('/me', { width: 390 });
      await asking.getByLabel('Your mail address').fill(address);
      await expectGoodLooks(pages, asking, '/me sign-in');
      await button(asking, 'Mail me a link').click();
      await asking.getByText(/a link is on its way/).waitFor();
      const link = await linkMailedTo(address);
      const path = link.slice(pages.url.length);
      const posts = (sent: Page) => pages.sentBy(sent).filter((one) => one.startsWith('POST '));
      const visitor = await pages.open(path);
      await button(visitor, 'Sign in').waitFor();
      expect(visitor.url()).toBe(`${pages.url}/me/link`);
      expect(posts(visitor)).toEqual([]);
      const page = await pages.open(path, { width: 390 });
      await button(page, 'Sign in').waitFor();
      await expectGoodLooks(pages, page, '/me/link');
      await button(page, 'Sign in').click();
      await page.getByText(extension, { exact: true }).waitFor();
      await page.getByText('2 failed sign-ins since you last signed in.').waitFor();
      await expectGoodLooks(pages, page, '/me');
      expect(await page.locator('input').count()).toBe(0);
      await button(page, 'Reset my PIN').click();
      await pages.expectAccessible(page, 'own reset');
      await button(page, 'Mail me a new PIN').click();
      await page.getByText(/^A new PIN is on its way/).waitFor();
      await dialogGone(page);
      await expectGoodLooks(pages, page, 'after the own reset');
      await comesToBe(async () => (await pages.service.mailsTo(address)).at(-1)?.kind, 'pin-reset');
      await button(page, 'That wasn’t me').click();
      await pages.expectAccessible(page, 'that wasn’t me');
      await button(page, 'Lock my mailbox').click();
      await page.getByText(/your administrator has been told/).waitFor();
      await dialogGone(page);
      await expectGoodLooks(pages, page, 'after “that wasn’t me”');
      expect(posts(page)[0]).toMatch(/^POST \S+\/web\/me\/session /);
      const again = await pages.open(path);
      await button(again, 'Sign in').click();
      await again.getByText('This link has been used or is too old.').waitFor();
    });
  });
}
