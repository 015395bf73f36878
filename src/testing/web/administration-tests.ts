import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { acceptablePin } from '../mailbox-stock.ts';
import { Phone } from '../phone/phone.ts';
import { keyFast } from '../suite/callers.ts';
import { button, comesToBe, heading } from './finding.ts';
import { expectGoodLooks } from './looks.ts';
import type { PagesSetting } from './pages.ts';

/** What administrators do beside the mailboxes that there are. */
export function testAdministration(pages: PagesSetting): void {
  describe('enabling a mailbox', () => {
    it('with a PIN that is typed: rules as it is typed, and the policy that is chosen has them', async () => {
      const policyId = await pages.service.stock.addPolicy({ minPinLength: 8 });
      const page = await pages.open('/admin/recipients/new', { as: 'um-management' });
      await page.getByLabel('Name').fill('Rosa Parks');
      await page.getByLabel('Mail address').fill('rosa@contoso.com');
      await page.getByLabel('Extensions').fill('40404');
      await page.getByRole('radio', { name: 'Type a PIN' }).check();
      await page.getByLabel('New PIN').fill('1985848');
      const rules = page.getByRole('list', { name: 'Rules for the PIN' });
      expect(await rules.locator('[data-state=met]').count()).toBe(4);
      await page.getByLabel('Mailbox policy').selectOption(policyId);
      await rules.locator('[data-state=unmet]').getByText('8 to 24 digits').waitFor();
      await button(page, 'Enable').click();
      await page.getByText('Type a PIN that meets every rule below.').waitFor();
      expect(pages.sentBy(page).filter((sent) => sent.includes('1985848'))).toEqual([]);
      await expectGoodLooks(pages, page, 'enable with a PIN that is too short');
      const pin = acceptablePin({ extension: '40404' }, 8);
      await page.getByLabel('New PIN').fill(pin);
      await button(page, 'Enable').click();
      await heading(page, 'UM Mailbox: Rosa Parks').waitFor();
      await page.getByText('The first PIN is on its way by mail.').first().waitFor();
      expect(await pages.service.mailsTo('rosa@contoso.com')).toMatchObject([{ kind: 'um-enabled', pin }]);
    });
  });

  describe('the audit trail', () => {
    it('is searched, exported as it was searched, and verified', async () => {
      const { id, address } = await pages.service.stock.add({ locked: true });
      const page = await pages.open('/admin/audit', { as: 'view-only' });
      await page.getByLabel('Mailbox').fill(address);
      await page.getByLabel('What').selectOption('lock');
      await button(page, 'Search').click();
      await comesToBe(() => page.getByRole('row').count(), 2);
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('link', { name: 'Export what was found' }).click(),
      ]);
      expect(download.suggestedFilename()).toBe('audit-trail.ndjson');
      const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ action: 'lock', mailbox: { id } }]);
      await button(page, 'Verify the trail').click();
      await page.getByText(/^The trail is intact: [\d,]+ records/).waitFor();
      await pages.expectAccessible(page, 'audit, verified');
    });
  });

  describe('a call', () => {
    it('is seen while it lasts, and hung up', async () => {
      await using phone = await Phone.create();
      const page = await pages.open('/admin/calls', { as: 'um-management' });
      await page.getByText('Nobody is calling at the moment.').waitFor();
      const call = await phone.call(pages.service.uri());
      await call.heard('welcome');
      await page.getByText('Talking').waitFor();
      await keyFast(call, pages.service.mailbox.extension);
      await button(page, /^Hang up the call from/).click();
      const dialog = page.getByRole('alertdialog', { name: 'Hang up this call?' });
      await dialog.waitFor();
      await pages.expectAccessible(page, 'hang up');
      await button(page, 'Hang up').click();
      expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
      await page.getByText('Nobody is calling at the moment.').waitFor();
    });
  });
}
