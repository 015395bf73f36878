import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../free-ports.ts';
import { type SmtpSink, startSmtpSink } from '../mail/smtp-sink.ts';
import { acceptablePin, type StockedMailbox, stockFolder } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import { Phone } from '../phone/phone.ts';
import { ServiceProcess } from '../service-process.ts';
import { keyFast } from '../suite/callers.ts';
import type { Browsing } from './browsing.ts';
import { button, comes, heading } from './finding.ts';

/** So many wrong PINs lock the mailboxes here; three are as many as one call takes. */
const LOCKED_AFTER = 3;

/** A service as its users start it, that mails by SMTP, and a telephone. */
interface Place {
  readonly sink: SmtpSink;
  readonly phone: Phone;
  readonly service: ServiceProcess;
  readonly url: string;
  readonly callers: readonly [StockedMailbox, StockedMailbox, StockedMailbox];
  /** Addresses that the mail server does not take. */
  readonly refused: Set<string>;
}

async function openPlace(): Promise<Place> {
  const refused = new Set<string>();
  const sink = await startSmtpSink({
    onRecipient: (address) => (refused.has(address) ? { code: 550, text: '5.1.1 No such user here' } : undefined),
  });
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const callers: StockedMailbox[] = [];
  const service = await ServiceProcess.start({
    environment: {
      HTTP_LISTEN: `127.0.0.1:${port}`,
      PUBLIC_URL: url,
      SMTP_URL: `smtp://127.0.0.1:${sink.port}`,
    },
    prepare: (dataDir) =>
      stockFolder(dataDir, async (stock) => {
        const settings = { maxLogonAttempts: LOCKED_AFTER, logonFailuresBeforePinReset: 'unlimited' } as const;
        callers.push(await stock.add({ settings }), await stock.add(), await stock.add());
      }),
  });
  const [first, second, third] = callers;
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('The mailboxes were not made');
  return { sink, service, url, phone: await Phone.create(), callers: [first, second, third], refused };
}

/** What the newest mail to an address that says something like this says, once it has come. */
async function mailed(sink: SmtpSink, to: string, wanted: RegExp): Promise<string> {
  const find = async (): Promise<string | undefined> => {
    const mails = sink.mails.filter((mail) => mail.to.includes(to));
    const texts = await Promise.all(mails.map(async ({ raw }) => (await simpleParser(raw)).text ?? ''));
    return texts.flatMap((text) => wanted.exec(text)?.[1] ?? []).at(-1);
  };
  return await comes(find, `mail to ${to} with ${wanted}`);
}

/** That which the service has made at its first start. */
async function firstToken({ service }: Place): Promise<string> {
  return (await readFile(join(service.dataDir, 'admin-token'), 'utf8')).trim();
}

async function callMailbox({ phone, service }: Place, { extension }: StockedMailbox): Promise<Call> {
  const call = await phone.call(service.uri('5000'));
  await call.heard('welcome');
  await keyFast(call, extension);
  return call;
}

/** Signs in with a PIN that was mailed, has to choose another, and gets to the main menu with it. */
async function signInAndChange(place: Place, caller: StockedMailbox, pin: string): Promise<void> {
  const newPin = acceptablePin(caller, 7);
  const call = await callMailbox(place, caller);
  await keyFast(call, `${pin}#`);
  await call.heard('signed-in');
  await call.heard('forced-change', { within: 15_000 });
  await keyFast(call, `${newPin}#`);
  await call.heard('confirm-new-pin');
  await keyFast(call, `${newPin}#`);
  await call.heard('pin-changed');
  await call.heard('main-menu');
  await call.hangUp();
}

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Access token').fill(token);
  await page.keyboard.press('Enter');
  await heading(page, 'Overview').waitFor();
}

/** From the overview to the new PIN, as an administrator goes who has the service's first token. */
async function resetFromOverview(page: Page, token: string, { address }: StockedMailbox): Promise<void> {
  await signIn(page, token);
  await page.getByRole('link', { name: '1 locked out now' }).click();
  await page
    .getByRole('row', { name: new RegExp(address) })
    .getByRole('link')
    .click();
  await button(page, 'Reset PIN').click();
  await page.getByRole('radio', { name: 'Type a PIN' }).press('Escape');
  await page.getByRole('alertdialog').waitFor({ state: 'detached' });
  // That was for the dialog, not for the details behind it.
  await button(page, 'Reset PIN').click();
  await button(page, 'Save').click();
  await page.getByRole('dialog').getByText('Delivered').waitFor();
  await button(page, 'Done').click();
  await page.getByRole('link', { name: 'View details' }).click();
  await page.getByText('Not locked').waitFor();
}

/** By mail, browser and telephone at once. */
export function testWholePath(browsing: Browsing): void {
  describe('a caller', () => {
    let place: Place;
    beforeAll(async () => {
      place = await openPlace();
    });
    afterAll(async () => {
      await place.phone.close();
      await place.service.stop();
      await place.sink.close();
    });

    it('whom wrong PINs have locked out has it reset on the page, gets mail, signs in and chooses another', async () => {
      const [caller] = place.callers;
      const call = await callMailbox(place, caller);
      for (let failure = 1; failure < LOCKED_AFTER; failure++) {
        await keyFast(call, `${caller.wrongPin}#`);
        await call.heard('sign-in-failed');
      }
      await keyFast(call, `${caller.wrongPin}#`);
      await call.heard('mailbox-locked');
      await call.hangUp();
      const token = await firstToken(place);
      const page = await browsing.open('/admin', { url: place.url });
      await resetFromOverview(page, token, caller);
      const pin = await mailed(place.sink, caller.address, /Your new PIN: *(\d+)/);
      await signInAndChange(place, caller, pin);
      await page.getByText('In order').waitFor();
      for (const secret of [token, pin]) expect(place.service.output).not.toContain(secret);
    }, 120_000);

    it('whose mail server has refused the mail with the PIN gets it when it is tried again from the page', async () => {
      const { callers, refused, sink, url } = place;
      const [, , { id, address }] = callers;
      refused.add(address);
      const page = await browsing.open('/admin', { url });
      await signIn(page, await firstToken(place));
      await page.goto(`${url}/admin/recipients/${id}/um`);
      await button(page, 'Reset PIN').click();
      await button(page, 'Save').click();
      await page
        .getByRole('dialog')
        .getByText(/^Refused by the mail server/)
        .waitFor();
      await button(page, 'Done').click();
      await page.getByRole('tab', { name: 'Mail' }).click();
      await page.getByText(/the last attempt failed: .*No such user here/).waitFor();
      refused.clear();
      await button(page, 'Try now').click();
      await page.getByText('Delivered').waitFor();
      expect(await mailed(sink, address, /Your new PIN: *(\d+)/)).toMatch(/^\d{6}$/);
    }, 120_000);

    it('who has forgotten the PIN gets a link by mail, a new PIN by the button behind it, and signs in with that', async () => {
      const [, caller] = place.callers;
      const { url, sink } = place;
      const asking = await browsing.open('/me', { url, width: 390 });
      await asking.getByLabel('Your mail address').fill(caller.address);
      await button(asking, 'Mail me a link').click();
      const link = await mailed(sink, caller.address, /(http:\S+\/me\/link#\S+)/);
      const page = await browsing.open(link.slice(url.length), { url, width: 390 });
      await button(page, 'Sign in').click();
      await button(page, 'Reset my PIN').click();
      await button(page, 'Mail me a new PIN').click();
      await page.getByText(/^A new PIN is on its way/).waitFor();
      await signInAndChange(place, caller, await mailed(sink, caller.address, /Your new PIN: *(\d+)/));
      await page.reload();
      await page.getByRole('cell', { name: 'Signed in' }).waitFor();
      await page.getByText('Your PIN is in order.').waitFor();
    }, 120_000);
  });
}
