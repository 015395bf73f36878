import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCmdlet } from '../../testing/cmdlet-run.ts';
import { type ReceivedRequest, type ScriptedAnswer, ScriptedHttp } from '../../testing/scripted-http.ts';

const TOKEN = 'token-of-the-test';
const TONY = 'tonysmith@contoso.com';

const RESET = {
  userId: TONY,
  pinGenerated: false,
  pinExpired: true,
  lockedOut: false,
  mails: [{ id: 'm1', kind: 'pin-reset', to: TONY, state: 'waiting' }],
};

const zone = process.env.TZ;

beforeEach(() => {
  process.env.TZ = 'UTC';
});

afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const environment = (url: string) => ({ TOUCHTONE_URL: url, TOUCHTONE_TOKEN: TOKEN });
const touchtone = (url: string, args: readonly string[]) => runCmdlet(args, environment(url));
/** A line as a shell cuts it into words. */
const typed = (url: string, line: string) =>
  touchtone(
    url,
    [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? ''),
  );

/** Method, path, query and body of each request. */
const asked = ({ requests }: ScriptedHttp) =>
  requests.map(({ method, path, query, body }) => [method, path, query, body]);

describe('Set-UMMailboxPIN', () => {
  it('locks and unlocks alone when nothing is said of the PIN', async () => {
    await using http = await ScriptedHttp.start(({ path }) => ({
      body: { userId: TONY, lockedOut: path.endsWith('/lock'), changed: true },
    }));
    const locked = await typed(http.url, "Set-UMMailboxPIN 51234 -LockedOut '$true'");
    expect(locked.stdout).toBe(`The mailbox ${TONY} is locked; its PIN is unchanged.\n`);
    const unlocked = await typed(http.url, "Set-UMMailboxPIN 51234 -LockedOut '$false'");
    expect(unlocked.stdout).toBe(`The mailbox ${TONY} is unlocked; its PIN is unchanged.\n`);
    expect(asked(http)).toEqual([
      ['POST', '/api/v1/mailboxes/51234/lock', {}, {}],
      ['POST', '/api/v1/mailboxes/51234/unlock', {}, {}],
    ]);
  });

  it('passes on what was asked for, and generates a PIN when none is given', async () => {
    await using http = await ScriptedHttp.start(() => ({ body: { ...RESET, whatIf: true } }));
    const { code, stdout } = await touchtone(http.url, [
      'Set-UMMailboxPIN',
      TONY,
      '-LockedOut',
      'true',
      '-PinExpired:0',
      '-NotifyEmail',
      'boss@contoso.com',
      '-WhatIf',
    ]);
    expect(code).toBe(0);
    expect(asked(http)[0]?.slice(2)).toEqual([
      { whatIf: 'true' },
      { lockedOut: true, pinExpired: false, notifyEmail: 'boss@contoso.com' },
    ]);
    expect(stdout).toContain(
      `What if: this would replace the PIN of ${TONY} by a generated one, have it stay until it expires, mail it to boss@contoso.com, and lock the mailbox. Nothing was done.`,
    );
  });
});

describe('lists', () => {
  const mailbox = (at: number) => ({
    id: `id-${at}`,
    address: `user${at}@contoso.com`,
    displayName: `User ${at}`,
    extensions: [String(50_000 + at)],
    policy: { id: 'p', name: 'Contoso Default Policy' },
    lockedOut: at % 2 === 0,
    pinExpired: false,
  });
  /** Pages as the API makes them. */
  const paged =
    (total: number) =>
    ({ query }: ReceivedRequest): ScriptedAnswer => {
      const from = Number(query.cursor ?? 0);
      const to = Math.min(total, from + Number(query.limit));
      const items = Array.from({ length: to - from }, (_, at) => mailbox(from + at));
      return { body: { items, next: to < total ? String(to) : null } };
    };

  it('come page by page, in the form asked for', async () => {
    await using http = await ScriptedHttp.start(paged(450));
    const all = await touchtone(http.url, ['Get-UMMailbox', '-Res', 'Unlimited', '-OutputFormat', 'json']);
    expect(JSON.parse(all.stdout)).toHaveLength(450);
    expect(http.requests.map(({ query }) => query)).toEqual([
      { limit: '200' },
      { limit: '200', cursor: '200' },
      { limit: '200', cursor: '400' },
    ]);
    const some = await touchtone(http.url, [
      'Get-UMMailbox',
      '-ResultSize',
      '2',
      '-LockedOut',
      '-UMMailboxPolicy',
      'A B',
      '-Anr',
      'us',
    ]);
    expect(some.stdout.split('\n').slice(0, 4)).toEqual([
      '',
      'DisplayName PrimarySmtpAddress Extensions UMMailboxPolicy        LockedOut PinExpired',
      '----------- ------------------ ---------- ---------------        --------- ----------',
      'User 0      user0@contoso.com  {50000}    Contoso Default Policy True      False',
    ]);
    expect(some.stderr).toBe('There are more; -ResultSize Unlimited shows all.\n');
    expect(http.requests.at(-1)?.query).toEqual({ locked: 'true', policy: 'A B', search: 'us', limit: '2' });
  });
});

describe('mailboxes, policies and dial plans', () => {
  it('are made, changed and removed by the parameters that Exchange has', async () => {
    await using http = await ScriptedHttp.start(({ method, body }) =>
      method === 'DELETE' ? { status: 204 } : { body: { name: 'Contoso', address: TONY, ...body } },
    );
    const lines = [
      "Enable-UMMailbox -Identity tonysmith@contoso.com -UMMailboxPolicy 'Contoso Default Policy' -Extensions 51234,51235 -PIN 2718281 -PinExpired '$true' -NotifyEmail boss@contoso.com",
      "Set-UMMailbox 51234 -SubscriberAccess '$false' -DisplayName 'Tony Smith' -PhoneNumbers +14255550100,+14255550101",
      "Disable-UMMailbox 51234 '-Confirm:$false'",
      'New-UMMailboxPolicy Executives -UMDialPlan Contoso -MinPINLength 8',
      "Set-UMMailboxPolicy 'Contoso Default Policy' -PINLifetime 30.00:00:00 -PINHistoryCount 10 -LogonFailuresBeforePINReset Unlimited -MaxLogonAttempts 9 -AllowCommonPatterns '$true' -ResetPINText '' -LockoutDuration 01:00:00",
      'Remove-UMMailboxPolicy Executives -Confirm:false',
      'New-UMDialPlan -Name Contoso -NumberOfDigitsInExtension 5 -AccessTelephoneNumbers 5000',
      "Set-UMDialPlan Contoso -LogonFailuresBeforeDisconnect 2 -OperatorExtension '$null' -MaxCallDuration 00:45:00 -AccessTelephoneNumbers 5000",
      "Remove-UMDialPlan Contoso '-Confirm:$false'",
    ];
    const outcomes: unknown[] = [];
    for (const line of lines) {
      const { code, stdout, stderr } = await typed(http.url, line);
      outcomes.push([code, stderr, stdout.split('\n')[0]]);
    }
    expect(asked(http).map(([method, path, , body]) => [method, path, body])).toEqual([
      [
        'POST',
        '/api/v1/mailboxes',
        {
          address: TONY,
          displayName: 'tonysmith',
          policy: 'Contoso Default Policy',
          extensions: ['51234', '51235'],
          pin: '2718281',
          pinExpired: true,
          notifyEmail: 'boss@contoso.com',
        },
      ],
      [
        'PATCH',
        '/api/v1/mailboxes/51234',
        { subscriberAccess: false, displayName: 'Tony Smith', registeredNumbers: ['+14255550100', '+14255550101'] },
      ],
      ['DELETE', '/api/v1/mailboxes/51234', {}],
      ['POST', '/api/v1/mailbox-policies', { name: 'Executives', dialPlan: 'Contoso', minPinLength: 8 }],
      [
        'PATCH',
        '/api/v1/mailbox-policies/Contoso%20Default%20Policy',
        {
          pinLifetime: 30,
          pinHistoryCount: 10,
          logonFailuresBeforePinReset: 'unlimited',
          maxLogonAttempts: 9,
          allowCommonPatterns: true,
          resetPinText: '',
          lockoutDuration: 60,
        },
      ],
      ['DELETE', '/api/v1/mailbox-policies/Executives', {}],
      ['POST', '/api/v1/dial-plans', { name: 'Contoso', extensionDigits: 5, accessNumbers: ['5000'] }],
      [
        'PATCH',
        '/api/v1/dial-plans/Contoso',
        { logonFailuresBeforeDisconnect: 2, operatorExtension: null, maxCallDuration: 45, accessNumbers: ['5000'] },
      ],
      ['DELETE', '/api/v1/dial-plans/Contoso', {}],
    ]);
    expect(outcomes).toEqual([
      [0, '', `The mailbox ${TONY} is enabled.`],
      [0, '', `Changed DisplayName, PhoneNumbers, and SubscriberAccessEnabled of the mailbox ${TONY}.`],
      [0, '', 'The mailbox 51234 is disabled.'],
      [0, '', 'The mailbox policy Executives is made.'],
      [0, '', expect.stringContaining('Changed PINLifetime, PINHistoryCount,')],
      [0, '', 'The mailbox policy Executives is removed.'],
      [0, '', 'The dial plan Contoso is made.'],
      [0, '', expect.stringContaining('of the dial plan Contoso.')],
      [0, '', 'The dial plan Contoso is removed.'],
    ]);
  });

  it('are not destroyed unasked', async () => {
    await using http = await ScriptedHttp.start(() => ({ status: 204 }));
    for (const line of [
      'Disable-UMMailbox 51234',
      'Remove-UMDialPlan Contoso',
      'Disable-UMMailbox 51234 -Confirm',
      'Disable-UMMailbox 51234 -Confirm:',
    ]) {
      const { code, stderr } = await typed(http.url, line);
      expect(code).toBe(2);
      expect(stderr).toMatch(/quotes/);
    }
    expect(http.requests).toEqual([]);
  });

  it('are one or many, not both', async () => {
    await using http = await ScriptedHttp.start(() => ({ body: {} }));
    for (const line of [
      'Get-UMMailbox 51234 -LockedOut',
      'Get-UMMailboxPIN 51234 -PinEx',
      'Get-UMDialPlan X -ResultSize 3',
    ]) {
      expect(await typed(http.url, line)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('leave it or -Identity out'),
      });
    }
    expect(http.requests).toEqual([]);
  });

  it('are not changed by a command that changes nothing', async () => {
    await using http = await ScriptedHttp.start(() => ({ body: {} }));
    const { code, stderr } = await touchtone(http.url, ['Set-UMDialPlan', 'Contoso']);
    expect({ code, requests: http.requests }).toEqual({ code: 2, requests: [] });
    expect(stderr).toContain('nothing to change');
  });
});

describe('Search-AdminAuditLog', () => {
  it('searches for each of several things, and shows what was found once, newest first', async () => {
    const record = (sequence: number, action: string) => ({
      sequence,
      at: '2026-11-27T23:08:29.123Z',
      action,
      outcome: 'done',
      actor: { kind: 'administrator', name: 'Ann' },
      source: { kind: 'http', address: '127.0.0.1' },
      mailbox: { id: 'x', address: TONY },
      reason: null,
      details: { 'name.from': 'a' },
    });
    await using http = await ScriptedHttp.start(({ query }) => ({
      body: { items: [record(query.action === 'lock' ? 9 : 7, query.action ?? ''), record(5, 'unlock')], next: null },
    }));
    const args = [
      'search-adminauditlog',
      '-StartDate',
      '11/01/2026',
      '-EndDate',
      '2026-11-30',
      '-Cmdlets',
      'set-ummailboxpin',
      '-UserIds',
      'Ann',
    ];
    const { code, stdout, stderr } = await touchtone(http.url, [...args, '-ObjectIds', TONY]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(http.requests.map(({ query }) => query)).toEqual(
      ['pin-reset', 'lock', 'unlock'].map((action) => ({
        from: '2026-11-01T00:00:00.000Z',
        to: '2026-12-01T00:00:00.000Z',
        action,
        actor: 'Ann',
        mailbox: TONY,
        limit: '200',
      })),
    );
    expect(
      stdout
        .split('\n')
        .slice(3, 6)
        .map((line) => line.split(/ {1,}/).slice(0, 7)),
    ).toEqual([
      ['2026-11-27', '23:08:29', '+00:00', 'lock', 'done', 'Ann', TONY],
      ['2026-11-27', '23:08:29', '+00:00', 'unlock', 'done', 'Ann', TONY],
      ['2026-11-27', '23:08:29', '+00:00', 'unlock', 'done', 'Ann', TONY],
    ]);
    const wrong = await touchtone(http.url, ['Search-AdminAuditLog', '-Cmdlets', 'Get-Nothing']);
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Enable-UMMailbox') });
  });
});

describe('help', () => {
  it('lists every cmdlet, and explains each', async () => {
    const all = await touchtone('', []);
    expect(all.code).toBe(0);
    const names = [...all.stdout.matchAll(/^ {2}([A-Z][a-z]+-[A-Za-z]+)/gm)].map(([, name]) => name ?? '');
    expect(names).toHaveLength(15);
    for (const args of [['Get-Command'], ['--help'], ['-?']])
      expect((await touchtone('', args)).stdout).toBe(all.stdout);
    const help = await touchtone('', ['get-help', 'set-ummailboxpin']);
    expect(help.stdout).toContain('list of processes');
    expect(help.stdout).toBe((await touchtone('', ['Set-UMMailboxPIN', '-?'])).stdout);
  });

  it('is offered for cmdlets that there are not, or that are several', async () => {
    expect(await touchtone('', ['Get-Mailbox'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no such cmdlet'),
    });
    const several = await touchtone('', ['set-ummailboxp']);
    expect(several).toMatchObject({
      code: 2,
      stderr: 'That can mean Set-UMMailboxPIN, Set-UMMailboxPolicy. Write more of it.\n',
    });
  });
});
