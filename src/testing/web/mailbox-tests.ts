import { describe, expect, it } from 'vitest';
import { button, comesToBe, dialogGone, heading, loseFirstAnswer, umMailbox } from './finding.ts';
import { expectGoodLooks } from './looks.ts';
import type { PagesSetting } from './pages.ts';

/** What else is done with a mailbox. */
export function testMailboxes(pages: PagesSetting): void {
  describe('a mailbox', () => {
    it('is locked and unlocked, and others see it at once', async () => {
      const { id, extension } = await pages.service.stock.add();
      const watching = await pages.open(`/admin/recipients?search=${extension}`, { as: 'view-only' });
      await watching.getByText('First-time user', { exact: true }).waitFor();
      const page = await umMailbox(pages, id, 'help-desk');
      await button(page, 'Lock').click();
      await page.getByRole('alertdialog', { name: 'Lock this mailbox?' }).waitFor();
      await expectGoodLooks(pages, page, 'lock');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Lock' }).click();
      await page.getByText('The mailbox is locked.').first().waitFor();
      await dialogGone(page);
      await pages.expectAccessible(page, 'locked, as a toast tells');
      await page.getByText('Locked by an administrator').waitFor();
      await watching.getByText('Locked out', { exact: true }).last().waitFor();
      await button(page, 'Unlock').click();
      await page.getByRole('alertdialog', { name: 'Unlock this mailbox?' }).waitFor();
      await pages.expectAccessible(page, 'unlock');
      await page.getByRole('alertdialog').getByRole('button', { name: 'Unlock' }).click();
      await page.getByText('Not locked').waitFor();
    });

    it('is locked once though the answer is lost, and not unlocked by pressing again', async () => {
      const { id } = await pages.service.stock.add();
      const page = await umMailbox(pages, id);
      const keys = await loseFirstAnswer(page, '**/api/v1/mailboxes/*/lock');
      await button(page, 'Lock').click();
      const dialog = page.getByRole('alertdialog', { name: 'Lock this mailbox?' });
      await dialog.getByRole('button', { name: 'Lock' }).click();
      await dialog.getByText(/^The service does not answer/).waitFor();
      // By the events the page behind the dialog knows by now that it is locked.
      await page.getByText('Locked by an administrator').waitFor();
      await dialog.getByRole('button', { name: 'Lock' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(keys).toEqual([expect.stringMatching(/^[\da-f]{32}$/), keys[0]]);
      await page.getByText('Locked by an administrator').waitFor();
      expect(await pages.recorded(id, 'lock')).toBe(1);
    });

    it('is disabled for good once that has been asked', async () => {
      const { id, extension, address } = await pages.service.stock.add();
      const page = await umMailbox(pages, id);
      await page.getByRole('tab', { name: 'Settings' }).click();
      await button(page, 'Disable this mailbox').click();
      const dialog = page.getByRole('alertdialog', { name: `Disable the mailbox of User ${extension}?` });
      await dialog.waitFor();
      await pages.expectAccessible(page, 'disable');
      await dialog.getByRole('button', { name: 'Disable this mailbox' }).click();
      await heading(page, 'Recipients').waitFor();
      await page.getByRole('searchbox').fill(extension);
      await page.getByText(/^No mailbox is like that/).waitFor();
      expect(await page.getByText(address).count()).toBe(0);
    });

    it('offers a role only what it may do', async () => {
      const { id } = await pages.service.stock.add();
      const desk = await umMailbox(pages, id, 'help-desk');
      await button(desk, 'Reset PIN').click();
      await desk.getByText(/^The PIN is mailed to/).waitFor();
      expect(await desk.getByRole('radio').count()).toBe(2);
      await button(desk, 'Cancel').click();
      await desk.getByRole('tab', { name: 'Settings' }).click();
      await desk.getByLabel('Alias').waitFor();
      expect(await button(desk, 'Save').count()).toBe(0);
      expect(await desk.getByRole('link', { name: 'Access tokens' }).count()).toBe(0);
      const viewer = await umMailbox(pages, id, 'view-only');
      await viewer.getByText('PIN status').waitFor();
      expect(await button(viewer, 'Reset PIN').count()).toBe(0);
      expect(await button(viewer, 'Lock').count()).toBe(0);
    });

    it('keeps what was typed when somebody else has changed it meanwhile', async () => {
      const { id } = await pages.service.stock.add();
      const page = await umMailbox(pages, id);
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
      await comesToBe(() => page.getByLabel('Clock').inputValue(), '24-hour');
      await button(page, 'Save mine').click();
      await heading(page, 'UM Mailbox: Anthony Smith').waitFor();
    });
  });
}
