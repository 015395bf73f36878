import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { OidcIssuer } from '../http/oidc-issuer.ts';
import type { Browsing } from './browsing.ts';
import { button, heading } from './finding.ts';
import { usePages } from './pages.ts';

/** Signing in at an identity provider, which is another site for browsers: it is on `localhost`, the service on `127.0.0.1`. */
export function testOidc(browsing: Browsing): void {
  describe('at an identity provider', () => {
    let issuer: OidcIssuer;
    let folder: string;
    const pages = usePages(browsing, async (url) => {
      issuer = await OidcIssuer.startAt('localhost', 'nobody');
      await issuer.pagesAt(`${url}/web/oidc/callback`);
      folder = await mkdtemp(join(tmpdir(), 'touchtone-oidc-'));
      const secretFile = join(folder, 'secret');
      await writeFile(secretFile, issuer.secret);
      return {
        OIDC_ISSUER: issuer.url,
        OIDC_AUDIENCE: 'touchtone',
        OIDC_ROLES: 'desk=help-desk',
        OIDC_CLIENT_ID: 'pages',
        OIDC_CLIENT_SECRET_FILE: secretFile,
      };
    });
    afterAll(async () => {
      await issuer.close();
      await rm(folder, { recursive: true, force: true });
    });

    it('administrators sign in, come to the page that they wanted, and go on when their session has run out', async () => {
      const { id } = await pages.service.stock.add();
      const ann = { sub: 'ann', groups: ['desk'], email: 'ann@contoso.com', email_verified: true };
      await issuer.sitsThere(ann);
      const path = `/admin/recipients/${id}/um`;
      const page = await pages.open(path, { others: [issuer.url] });
      await page.getByRole('link', { name: /^Sign in with localhost/ }).click();
      await heading(page, /^UM Mailbox: /).waitFor();
      expect(page.url()).toBe(`${pages.url}${path}`);
      await button(page, /^Signed in as ann@contoso.com/).waitFor();
      await button(page, 'Reset PIN').click();
      await page.getByRole('radio', { name: 'Type a PIN' }).check();
      await page.getByLabel('New PIN').fill('2847593');
      await page.context().clearCookies({ domain: '127.0.0.1' });
      await button(page, 'Save').click();
      const [popup] = await Promise.all([page.waitForEvent('popup'), button(page, /^Sign in with localhost/).click()]);
      if (!popup.isClosed()) await popup.waitForEvent('close');
      await page.getByText('The PIN that you typed is in force.').waitFor();
    });

    it('users sign in to the mailbox of their address, and are told when there is none', async () => {
      const { address, extension } = await pages.service.stock.add();
      const bob = { sub: 'bob', groups: [], email: address, email_verified: true };
      await issuer.sitsThere(bob);
      const page = await pages.open('/me', { others: [issuer.url] });
      expect(await page.getByLabel('Your mail address').count()).toBe(0);
      await page.getByRole('link', { name: /^Sign in with localhost/ }).click();
      await page.getByText(extension, { exact: true }).waitFor();
      await button(page, 'Sign out').click();
      await page.context().clearCookies();
      await issuer.sitsThere({ ...bob, sub: 'eve', email: 'eve@elsewhere.example' });
      await page.getByRole('link', { name: /^Sign in with localhost/ }).click();
      await page.getByText('There is no mailbox for your address.').waitFor();
    });

    // The last of these, for nobody else from here gets in meanwhile.
    it('people are told on a page to wait after too much from their network has failed', async () => {
      const page = await pages.open('/admin', { others: [issuer.url] });
      await issuer.sitsThere({ sub: 'ann', groups: ['desk'], email: 'ann@contoso.com', email_verified: true });
      const headers = { authorization: `Bearer tt_${'x'.repeat(43)}` };
      const guess = async () => (await fetch(`${pages.url}/api/v1/me`, { headers })).status;
      while ((await guess()) === 401);
      const cameBack = page.waitForResponse((response) => response.url().includes('/web/oidc/callback?'));
      // Every three seconds there is another attempt; somebody else takes it, however long this browser is on its way.
      const guesses = new AbortController();
      const guessing = (async () => {
        while (!guesses.signal.aborted) await Promise.all([guess(), sleep(20)]);
      })();
      await page.getByRole('link', { name: /^Sign in with localhost/ }).click();
      const refused = await cameBack;
      guesses.abort();
      await guessing;
      expect(refused.status()).toBe(429);
      expect(await refused.headerValue('retry-after')).toMatch(/^[123]$/);
      await page.getByText(/^That was tried too often/).waitFor();
      await heading(page, 'Administration').waitFor();
    });
  });
}
