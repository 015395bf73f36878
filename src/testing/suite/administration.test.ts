import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { readDeliveredMails } from '../delivered-mails.ts';
import { acceptablePin } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import { Phone } from '../phone/phone.ts';
import { ServiceProcess } from '../service-process.ts';
import { keyFast } from './callers.ts';
import { describeApart } from './use-service.ts';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

/** Tony Smith's mailbox of the demonstration directory. */
const TONY = { address: 'tonysmith@contoso.com', extension: '51234' };
/** No policy with defaults lets anybody have it, so it is wrong whatever the PIN is. */
const NEVER_A_PIN = '111111';

/** What an administrator types into a shell in the folder of the program, with the token file that the service wrote. */
function shell(service: ServiceProcess, line: string): Promise<string> {
  const env = { ...process.env, TOUCHTONE_URL: service.http, DATA_DIR: service.dataDir };
  return run('sh', ['-c', line], { cwd: ROOT, env, timeout: 30_000 }).then(({ stdout }) => stdout);
}

/** A request by curl, as README gives it. */
async function curl(service: ServiceProcess, args: string): Promise<unknown> {
  const token = '"Authorization: Bearer $(cat "$DATA_DIR/admin-token")"';
  return JSON.parse(await shell(service, `curl -sS --fail-with-body -H ${token} ${args}`));
}

/** The PIN in the newest mail of a kind that Tony has been sent, once there are so many of them. */
async function mailedPin({ dataDir }: ServiceProcess, kind: string, count: number): Promise<string> {
  const mails = await vi.waitFor(async () => {
    const found = (await readDeliveredMails(dataDir)).filter((mail) => mail.kind === kind && mail.to === TONY.address);
    expect(found).toHaveLength(count);
    return found;
  }, 10_000);
  return mails.at(-1)?.pin ?? '';
}

async function callTony(phone: Phone, service: ServiceProcess): Promise<Call> {
  const call = await phone.call(service.uri('5000'));
  await call.heard('welcome');
  await keyFast(call, TONY.extension);
  return call;
}

/** Keys wrong PINs until the service ends the call; what it says then is the last word. */
async function failUntil(phone: Phone, service: ServiceProcess, failures: number, lastWord: string): Promise<void> {
  const call = await callTony(phone, service);
  for (let failure = 1; failure < failures; failure++) {
    await keyFast(call, `${NEVER_A_PIN}#`);
    await call.heard('sign-in-failed');
  }
  await keyFast(call, `${NEVER_A_PIN}#`);
  await call.heard(lastWord);
  await call.hangUp();
}

/** Signs in with a PIN that an administrator has set, has to choose another, and gets to the main menu with it. */
async function signInAndChange(phone: Phone, service: ServiceProcess, pin: string, newPin: string): Promise<void> {
  const call = await callTony(phone, service);
  await keyFast(call, `${pin}#`);
  await call.heard('signed-in');
  await call.heard('cause-pin-expired', { within: 15_000 });
  await call.heard('forced-change');
  await call.heard('enter-new-pin');
  await keyFast(call, `${newPin}#`);
  await call.heard('confirm-new-pin');
  await keyFast(call, `${newPin}#`);
  await call.heard('pin-changed');
  await call.heard('main-menu');
  await call.hangUp();
}

describeApart('an administrator with README open', () => {
  it('sees who is locked out, resets the PIN by curl and by the cmdlet, and the caller gets in and chooses another', async () => {
    await using service = await ServiceProcess.start();
    await using phone = await Phone.create();
    await service.readWelcome();

    for (const lastWord of ['pin-was-reset', 'pin-was-reset', 'mailbox-locked']) {
      await failUntil(phone, service, 3, 'too-many-sign-in-failures');
      await failUntil(phone, service, 2, lastWord);
    }

    expect(await curl(service, `"$TOUCHTONE_URL/api/v1/mailboxes?locked=true"`)).toMatchObject({
      items: [{ address: TONY.address, lockedOut: true }],
      next: null,
    });
    expect(await shell(service, './touchtone Get-UMMailboxPIN 51234')).toMatch(/^LockedOut\s*: True$/m);
    const story = await curl(service, `"$TOUCHTONE_URL/api/v1/mailboxes/${TONY.address}/timeline"`);
    expect(story).toMatchObject({
      items: expect.arrayContaining([
        expect.objectContaining({ kind: 'lock', reason: 'failed-sign-ins' }),
        expect.objectContaining({ kind: 'pin-reset', reason: 'failed-sign-ins' }),
      ]),
    });

    const byCurl = await curl(
      service,
      `-X POST -H 'Content-Type: application/json' -d '{}' "$TOUCHTONE_URL/api/v1/mailboxes/${TONY.address}/pin/reset"`,
    );
    expect(byCurl).toMatchObject({ userId: TONY.address, pinGenerated: true, pinExpired: true, lockedOut: false });
    const resetPin = await mailedPin(service, 'pin-reset', 3);
    expect(JSON.stringify(byCurl)).not.toContain(resetPin);
    const chosen = acceptablePin(TONY, 7);
    await signInAndChange(phone, service, resetPin, chosen);

    await shell(service, `./touchtone Set-UMMailboxPIN 51234 -LockedOut '$true'`);
    const locked = await callTony(phone, service);
    await keyFast(locked, `${chosen}#`);
    await locked.heard('mailbox-locked');
    await locked.hangUp();

    // Typed as the page has it that administrators know: a POSIX shell takes the $true away.
    const byCmdlet = './touchtone Set-UMMailboxPIN -Identity tonysmith@contoso.com -PIN 1985848 -PinExpired $true';
    expect(await shell(service, byCmdlet)).not.toContain('1985848');
    await signInAndChange(phone, service, '1985848', acceptablePin(TONY, 8));
    expect(await shell(service, './touchtone Get-UMMailboxPIN 51234')).toMatch(/^LockedOut\s*: False$/m);

    const token = await readFile(join(service.dataDir, 'admin-token'), 'utf8');
    for (const secret of [token.trim(), resetPin, chosen, '1985848']) expect(service.output).not.toContain(secret);
    await phone.close();
    await service.stop();
  }, 120_000);
});
