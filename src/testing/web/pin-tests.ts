import { describe, expect, it } from 'vitest';
import { button, comesToBe, loseFirstAnswer, umMailbox } from './finding.ts';
import { expectGoodLooks } from './looks.ts';
import type { PagesSetting } from './pages.ts';

/** Resets of PINs by administrators. */
export function testPins(pages: PagesSetting): void {
  describe('the PIN of a mailbox', () => {
    it('is found, generated, mailed, and told about as it goes', async () => {
      const { address, extension } = await pages.service.stock.add({ locked: true });
      const page = await pages.open('/admin/recipients', { as: 'um-management' });
      await page.getByRole('searchbox').fill(extension);
      const row = page.getByRole('row', { name: new RegExp(address) });
      await row.getByText('Locked out').waitFor();
      await comesToBe(() => page.getByRole('row').count(), 2);
      await row.getByRole('link').click();
      await page.getByRole('heading', { name: 'Phone and Voice Features' }).waitFor();
      await page.getByRole('link', { name: 'View details' }).click();
      await button(page, 'Reset PIN').click();
      const dialog = page.getByRole('alertdialog', { name: 'Reset UM Mailbox PIN' });
      expect(await dialog.getByRole('radio', { name: 'Automatically generate a PIN' }).isChecked()).toBe(true);
      expect(await dialog.getByRole('checkbox', { name: /^Require the user/ }).isChecked()).toBe(true);
      await expectGoodLooks(pages, page, 'reset');
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
      const page = await umMailbox(pages, id);
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
      await expectGoodLooks(pages, page, 'refused PIN');
      await field.fill('1985848');
      await page.getByRole('checkbox', { name: /^Require the user/ }).uncheck();
      await button(page, 'Save').click();
      await page.getByText('The PIN that you typed is in force.').waitFor();
      await page.getByText('It stays until it is changed or expires.').waitFor();
      expect((await pages.service.mailsTo(address)).at(-1)?.pin).toBe('1985848');
    });

    it('is reset once, though an answer is lost and Save is pressed again', async () => {
      const { id, address } = await pages.service.stock.add();
      const page = await umMailbox(pages, id);
      const keys = await loseFirstAnswer(page, '**/api/v1/mailboxes/*/pin/reset');
      const mailed = async () =>
        (await pages.service.mailsTo(address)).filter(({ kind }) => kind === 'pin-reset').length;
      const resetAgain = async () => {
        await button(page, 'Save').click();
        await page.getByText('A new PIN has been generated.').waitFor();
        await page.getByRole('dialog').getByText('Delivered').waitFor();
        await button(page, 'Done').click();
      };
      await button(page, 'Reset PIN').click();
      await button(page, 'Save').click();
      await page.getByText(/^The service does not answer/).waitFor();
      await resetAgain();
      expect(keys).toEqual([expect.stringMatching(/^[\da-f]{32}$/), keys[0]]);
      expect(await mailed()).toBe(1);
      expect(await pages.recorded(id, 'pin-reset')).toBe(1);
      await button(page, 'Reset PIN').click();
      await resetAgain();
      expect(keys[2]).not.toBe(keys[0]);
      expect(await mailed()).toBe(2);
    });

    it('is not lost when the session runs out in the middle of typing it', async () => {
      const { id } = await pages.service.stock.add();
      const page = await umMailbox(pages, id);
      await button(page, 'Reset PIN').click();
      await page.getByRole('radio', { name: 'Type a PIN' }).check();
      await page.getByLabel('New PIN').fill('2847593');
      await page.context().clearCookies();
      await button(page, 'Save').click();
      const again = page.getByRole('alertdialog', { name: 'Sign in again' });
      await again.waitFor();
      await pages.expectAccessible(page, 'sign in again');
      await again.getByLabel('Access token').fill(pages.token('um-management'));
      await page.keyboard.press('Enter');
      await page.getByText('The PIN that you typed is in force.').waitFor();
    });
  });
}
