import { describe, it } from 'vitest';
import { comesToBe, heading } from './finding.ts';
import { expectGoodLooks } from './looks.ts';
import type { PagesSetting } from './pages.ts';

type Place = readonly [path: string, title: string | RegExp];

/** Pages of the administration, below `/admin`, and their titles; `ID` is a mailbox. */
const PLACES: readonly { readonly of: string; readonly places: readonly Place[] }[] = [
  {
    of: 'recipients',
    places: [
      ['/recipients', 'Recipients'],
      ['/recipients/ID', 'Recipients'],
      ['/recipients/new', 'Enable a mailbox'],
    ],
  },
  {
    of: 'a mailbox',
    places: [
      ['/recipients/ID/um', /^UM Mailbox/],
      ['/recipients/ID/um/settings', /^UM Mailbox/],
      ['/recipients/ID/um/mail', /^UM Mailbox/],
      ['/recipients/ID/um/timeline', /^UM Mailbox/],
    ],
  },
  {
    of: 'policies and dial plans',
    places: [
      ['/policies', 'Mailbox policies'],
      ['/policies/new', 'New policy'],
      ['/dial-plans', 'Dial plans'],
      ['/dial-plans/new', 'New dial plan'],
    ],
  },
  {
    of: 'all else',
    places: [
      ['', 'Overview'],
      ['/calls', 'Live calls'],
      ['/audit', 'Audit trail'],
      ['/tokens', 'Access tokens'],
      ['/sessions', 'Sessions'],
      ['/nowhere', 'There is nothing here'],
    ],
  },
];

/** What holds for every page. */
export function testEveryPage(pages: PagesSetting): void {
  describe('every page', () => {
    it.each(PLACES)(
      'of $of is accessible in every theme, and fits a phone and a screen at 200 %',
      async ({ places }) => {
        const { id } = await pages.service.stock.add({ failures: 1 });
        const page = await pages.open('/admin', { as: 'organization-management' });
        for (const [place, title] of places) {
          const path = place.replace('ID', id);
          await page.goto(`${pages.url}/admin${path}`);
          await heading(page, title).waitFor();
          await comesToBe(() => page.locator('[role=progressbar]').count(), 0);
          await expectGoodLooks(pages, page, path);
        }
      },
      120_000,
    );

    it('is reached by the keyboard', async () => {
      const { extension, address } = await pages.service.stock.add();
      const page = await pages.open('/admin', { as: 'um-management' });
      await heading(page, 'Overview').waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await expectGoodLooks(pages, page, 'shortcuts');
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.keyboard.press('g');
      await page.keyboard.press('r');
      await heading(page, 'Recipients').waitFor();
      await page.keyboard.press('/');
      await page.keyboard.type(extension);
      const link = page.getByRole('row', { name: new RegExp(address) }).getByRole('link');
      await comesToBe(() => page.getByRole('row').count(), 2);
      await link.focus();
      await page.keyboard.press('Enter');
      await page.getByRole('complementary', { name: 'Details' }).waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
    });
  });
}
