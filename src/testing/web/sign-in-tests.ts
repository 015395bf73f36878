import { describe, expect, it } from 'vitest';
import { button, heading } from './finding.ts';
import { expectGoodLooks } from './looks.ts';
import type { PagesSetting } from './pages.ts';

/** What is before a session. */
export function testSignIn(pages: PagesSetting): void {
  describe('signing in', () => {
    it('takes an access token, and says what to do about a wrong one', async () => {
      const page = await pages.open('/admin/recipients');
      await page.getByLabel('Access token').fill('tt_nonsense');
      await button(page, 'Sign in').click();
      await page.getByText('This token is unknown or has expired').waitFor();
      await expectGoodLooks(pages, page, 'sign-in');
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
}
