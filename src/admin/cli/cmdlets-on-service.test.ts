import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '../../domain/role.ts';
import { runCmdlet } from '../../testing/cmdlet-run.ts';
import { runExecutable } from '../../testing/command.ts';
import { startTestApi, type TestApi } from '../../testing/http/test-api.ts';
import { createTestDialPlan, provisionTestMailbox, type TestDialPlan } from '../../testing/test-service.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TONY = 'tonysmith@contoso.com';

let api: TestApi;
let plan: TestDialPlan;

beforeAll(async () => {
  api = await startTestApi();
  plan = await createTestDialPlan(api.service, 'Contoso', '5000');
  await provisionTestMailbox(api.service, plan, { typedPin: '2718281' });
});

afterAll(() => api.close());

const environment = (role: Role = 'um-management') => ({ TOUCHTONE_URL: api.url, TOUCHTONE_TOKEN: api.tokens[role] });
/** A line as a shell cuts it into words. */
const run = (line: string, role?: Role) =>
  runCmdlet(
    [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
    environment(role),
  );

/** What a command shows as JSON; fails when it ends badly. */
async function shown(line: string, role?: Role): Promise<unknown> {
  const outcome = await run(`${line} -OutputFormat Json`, role);
  expect(outcome).toMatchObject({ code: 0 });
  return JSON.parse(outcome.stdout);
}

describe('the cmdlets on a real service', () => {
  it('reset a PIN as the page of Microsoft shows it', async () => {
    const line = './touchtone Set-UMMailboxPIN -Identity tonysmith@contoso.com -PIN 1985848 -PinExpired $true';
    const { code, stdout, stderr } = await runExecutable('sh', ['-c', line], environment('help-desk'), { cwd: ROOT });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`The PIN of ${TONY} is reset.`);
    expect(stdout).toContain(`{pin-reset to ${TONY} (waiting)}`);
    expect(await shown(`Get-UMMailboxPIN ${TONY}`, 'view-only')).toMatchObject({ pinExpired: true, lockedOut: false });
    const { letters, directory: _, database } = api.service;
    const mailbox = await database.mailboxes.byAddress(TONY);
    expect((mailbox && (await letters(mailbox.id)))?.[0]?.pin).toBe('1985848');
  });

  it('lock and unlock without touching the PIN', async () => {
    expect(await run("Set-UMMailboxPIN 51234 -LockedOut '$true'")).toMatchObject({
      code: 0,
      stdout: `The mailbox ${TONY} is locked; its PIN is unchanged.\n`,
    });
    expect(await run('Set-UMMailboxPIN 51234 -LockedOut true')).toMatchObject({
      stdout: `The mailbox ${TONY} is locked, as it was before; its PIN is unchanged.\n`,
    });
    expect(await shown('Get-UMMailbox -LockedOut')).toEqual([
      expect.objectContaining({ address: TONY, lockedOut: true }),
    ]);
    expect((await run('Get-UMMailboxPIN 51234')).stdout).toMatch(/LockReason +: administrator/);
    expect(await run('Set-UMMailboxPIN 51234 -LockedOut')).toMatchObject({ code: 2 });
    expect(await run('Set-UMMailboxPIN 51234 -LockedOut false')).toMatchObject({ code: 0 });
    expect(await shown('Get-UMMailbox -LockedOut')).toEqual([]);
  });

  it.each([
    ['-Pin 12345', '(too-short): the policy asks for at least 6 digits.'],
    ['-Pin 123456', '(common-pattern, sequential)'],
    ['-Pin 9951234', '(contains-extension)'],
    ['-Pin 1985848', 'one of the last 5'],
    ['-Pin 98x', '(not-digits)'],
    ["-SendEmail '$false'", 'mail'],
    ['-NotifyEmail nowhere', 'address'],
  ])('say which rule refuses %s', async (parameters, why) => {
    const { code, stdout, stderr } = await run(`Set-UMMailboxPIN ${TONY} ${parameters}`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(why);
    expect(stderr.trimEnd()).not.toContain('\n');
  });

  it('show what would happen, and do nothing', async () => {
    const before = await shown(`Get-UMMailboxPIN ${TONY}`);
    for (const line of [
      `Set-UMMailboxPIN ${TONY}`,
      `Disable-UMMailbox ${TONY}`,
      `Set-UMMailbox ${TONY} -DisplayName X`,
      'Remove-UMMailboxPolicy Spare',
      'New-UMDialPlan Y -Num 3 -Access 600',
    ]) {
      if (line.includes('Spare'))
        expect(await run('New-UMMailboxPolicy Spare -UMDialPlan Contoso')).toMatchObject({ code: 0 });
      const { code, stdout, stderr } = await run(`${line} -WhatIf`);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^What if: this would .*\. Nothing was done\.\n/);
    }
    expect(await shown(`Get-UMMailboxPIN ${TONY}`)).toEqual(before);
    expect(await shown('Get-UMMailboxPolicy Spare')).toMatchObject({ name: 'Spare' });
    expect(await run('Remove-UMMailboxPolicy Spare -Confirm:false')).toMatchObject({ code: 0 });
    expect(await run('Get-UMMailboxPolicy Spare')).toMatchObject({ code: 1, stdout: '' });
  });

  it('make, change and remove all there is', async () => {
    for (const line of [
      'New-UMDialPlan Fabrikam -NumberOfDigitsInExtension 4 -AccessTelephoneNumbers 6000,+14255550100 -LogonFailuresBeforeDisconnect 2',
      'Set-UMDialPlan Fabrikam -MaxCallDuration 00:45:00 -OperatorExtension 1000 -VoIPSecurity SIPSecured',
      "Set-UMDialPlan Fabrikam -OperatorExtension '$null'",
      "Set-UMMailboxPolicy 'Fabrikam Default Policy' -MinPINLength 8 -PINLifetime 30.00:00:00 -LogonFailuresBeforePINReset Unlimited -LockoutDuration 01:00:00 -AllowCommonPatterns '$true' -ResetPINText 'Call us.'",
      "Enable-UMMailbox wen@fabrikam.com -UMMailboxPolicy 'Fabrikam Default Policy' -Extensions 1234,1235 -DisplayName 'Wen Li' -PIN 27182818 -PinExpired:0 -NotifyEmail boss@fabrikam.com",
      "Set-UMMailbox 1235 -Alias wen -TimeZone Europe/Vienna -Clock 24-hour -PhoneNumbers +4315550100 -SubscriberAccessEnabled '$false'",
    ]) {
      expect(await run(line), line).toMatchObject({ code: 0, stderr: '' });
    }
    expect(await shown('Get-UMDialPlan fabrikam')).toMatchObject({
      accessNumbers: ['6000', '+14255550100'],
      extensionDigits: 4,
      logonFailuresBeforeDisconnect: 2,
      maxCallDuration: 45,
      operatorExtension: null,
      voipSecurity: 'sip-secured',
    });
    expect(await shown('Get-UMMailboxPolicy -UMDialPlan Fabrikam')).toEqual([
      expect.objectContaining({
        minPinLength: 8,
        pinLifetime: 30,
        logonFailuresBeforePinReset: 'unlimited',
        lockoutDuration: 60,
        allowCommonPatterns: true,
        resetPinText: 'Call us.',
      }),
    ]);
    expect((await run("Get-UMMailboxPolicy 'Fabrikam Default Policy'")).stdout).toContain(
      'PINLifetime                 : 30.00:00:00\n',
    );
    expect(await shown('Get-UMMailbox wen')).toMatchObject({
      address: 'wen@fabrikam.com',
      extensions: ['1234', '1235'],
      clock: '24-hour',
      subscriberAccess: false,
      pinExpired: false,
    });
    expect((await run('Get-UMMailbox -Search wen')).stdout).toContain('{1234, 1235} Fabrikam Default Policy');
    expect(await run('Remove-UMDialPlan Fabrikam -Confirm:false')).toMatchObject({ code: 1 });
    expect(await run('Disable-UMMailbox wen@fabrikam.com -Confirm:0')).toMatchObject({
      code: 0,
      stdout: 'The mailbox wen@fabrikam.com is disabled.\n',
    });
    expect(await run('Remove-UMDialPlan Fabrikam -Confirm:false')).toMatchObject({ code: 0, stderr: '' });
    expect(await run('Get-UMDialPlan Fabrikam')).toMatchObject({ code: 1 });
  });

  it('say what a setting may be by the name of its parameter', async () => {
    expect((await run("Set-UMMailboxPolicy 'Contoso Default Policy' -MinPINLength 3")).stderr).toBe(
      '-MinPINLength can be 4 to 24.\n',
    );
    expect((await run("Set-UMMailboxPolicy 'Contoso Default Policy' -MaxLogonAttempts 5")).stderr).toMatch(
      /^-LogonFailuresBeforePINReset can be at most 4 here, because of -MaxLogonAttempts/,
    );
  });

  it('tell who may not, who is unknown and what is not there', async () => {
    const reset = await run(`Set-UMMailboxPIN ${TONY}`, 'view-only');
    expect(reset).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('It takes the role Help Desk, UM Management or Organization Management.'),
    });
    const elsewhere = await run(`Set-UMMailboxPIN ${TONY} -NotifyEmail x@contoso.com`, 'help-desk');
    expect(elsewhere).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('It takes the role UM Management or Organization Management.'),
    });
    const unknown = await runCmdlet(['Get-UMMailbox'], { TOUCHTONE_URL: api.url, TOUCHTONE_TOKEN: 'ttn_nobody' });
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining('TOUCHTONE_TOKEN') });
    expect(await run('Get-UMMailbox nobody@contoso.com')).toMatchObject({ code: 1, stdout: '' });
    expect(await run(`Get-UMMailbox ${'x'.repeat(10_000)}`)).toMatchObject({ code: 1, stdout: '' });
    expect(await run("Get-UMMailbox '../../me'")).toMatchObject({ code: 1, stdout: '' });
  });

  it('find in the audit trail what they did', async () => {
    const found = await run(`Search-AdminAuditLog -Cmdlets Set-UMMailboxPIN -ObjectIds ${TONY} -UserIds um-management`);
    expect(found).toMatchObject({ code: 0, stderr: '' });
    expect(found.stdout).toMatch(/unlock +done +um-management +tonysmith@contoso\.com/);
    expect(found.stdout).toMatch(/pin-reset +refused/);
    expect(await shown('Search-AdminAuditLog -EndDate 2020-01-01')).toEqual([]);
    expect(await shown('Search-AdminAuditLog -StartDate 1/1/2020 -ResultSize 3')).toHaveLength(3);
  });

  it('enable the users of a file once, however often it is run', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'touchtone-csv-'));
    const file = join(folder, 'users.csv');
    const line = `Enable-UMMailbox -CsvFile ${file} -UMMailboxPolicy 'Contoso Default Policy'`;
    const rows = Array.from(
      { length: 8 },
      (_, at) => `user${at}@contoso.com,${52_000 + at},User ${at},${3_141_592 + at}`,
    );
    try {
      await writeFile(
        file,
        ['Identity,Extensions,DisplayName,Pin', ...rows, `bad@contoso.com,51234,Bad,`].join('\r\n'),
      );
      const outcomes: string[][] = [];
      for (const more of ['-WhatIf', '', '']) {
        const { code, stdout, stderr } = await run(`${line} ${more} -OutputFormat Json`);
        expect(code).toBe(1);
        expect(stdout + stderr).not.toMatch(/314159/);
        const results: readonly { readonly result: string }[] = JSON.parse(stdout);
        outcomes.push(results.map(({ result }) => result));
      }
      const each = (result: string) => [...Array.from({ length: 8 }, () => result), 'Refused'];
      expect(outcomes).toEqual([each('WouldEnable'), each('Enabled'), each('AlreadyEnabled')]);
      expect(await readFile(join(folder, 'users.results.csv'), 'utf8')).toContain(
        'user0@contoso.com,52000,AlreadyEnabled',
      );
      expect(await shown('Get-UMMailbox -Search user')).toHaveLength(8);
      // A mailbox that was disabled is enabled again, though the service remembers the row.
      await run('Disable-UMMailbox user3@contoso.com -Confirm:false');
      const again = await run(line);
      expect(again.stdout).toMatch(/user3@contoso\.com +\{52003\} +Enabled/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
