import { describe, expect, it } from 'vitest';
import { button, heading } from './finding.ts';
import { expectGoodLooks } from './looks.ts';
import type { PagesSetting } from './pages.ts';

/** Policies and dial plans. */
export function testSettings(pages: PagesSetting): void {
  describe('a policy', () => {
    it('is changed, its ranges explained, and holds for PINs from then on', async () => {
      const policyId = await pages.service.stock.addPolicy({});
      const { id } = await pages.service.stock.add({ policyId });
      const page = await pages.open(`/admin/policies/${policyId}`, { as: 'um-management' });
      const length = page.getByLabel('Minimum PIN length');
      await page.getByText(/4 to 24\./).waitFor();
      await length.fill('3');
      await page.getByText('A whole number from 4 to 24.').waitFor();
      expect(await button(page, 'Save').isDisabled()).toBe(true);
      await expectGoodLooks(pages, page, 'policy with a value that it cannot have');
      await length.fill('9');
      await page.getByLabel('Failures before the lockout').fill('7');
      await button(page, 'Save').click();
      await page.getByText('Saved.').first().waitFor();
      await page.goto(`${pages.url}/admin/recipients/${id}/um`);
      await button(page, 'Reset PIN').click();
      await page.getByRole('radio', { name: 'Type a PIN' }).check();
      await page.getByText('9 to 24 digits').waitFor();
    });
  });

  describe('a dial plan', () => {
    it('is changed, seen again as it was saved, and refused with what to do about it', async () => {
      await pages.service.stock.addDialPlan('5900', {});
      const page = await pages.open('/admin/dial-plans', { as: 'um-management' });
      await page.getByRole('link', { name: 'Stock 5900' }).click();
      await heading(page, 'Stock 5900').waitFor();
      const longest = page.getByLabel('Longest call in minutes');
      await longest.fill('9');
      await page.getByText('A whole number from 10 to 120.').waitFor();
      expect(await button(page, 'Save').isDisabled()).toBe(true);
      await longest.fill('45');
      await page.getByLabel('Access numbers').fill('5900, 5000');
      await button(page, 'Save').click();
      await page
        .getByRole('alert')
        .getByText(/Choose another number\.$/)
        .waitFor();
      await expectGoodLooks(pages, page, 'dial plan that was refused');
      await page.getByLabel('Access numbers').fill('5900, 5901');
      await button(page, 'Save').click();
      await page.getByText('Saved.').first().waitFor();
      await page.reload();
      await heading(page, 'Stock 5900').waitFor();
      expect(await longest.inputValue()).toBe('45');
      expect(await page.getByLabel('Access numbers').inputValue()).toBe('5900, 5901');
    });
  });
}
