import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandOptions, runExecutable } from '../../testing/command.ts';
import { type ReceivedRequest, type ScriptedAnswer, ScriptedHttp } from '../../testing/scripted-http.ts';

const ROOT = join(import.meta.dirname, '../../..');
const TOUCHTONE = join(ROOT, 'touchtone');
const TOKEN = 'token-of-the-test';
const TONY = 'tonysmith@contoso.com';
const PIN = '1985848';

const RESET = {
  userId: TONY,
  pinGenerated: false,
  pinExpired: true,
  lockedOut: false,
  mails: [{ id: 'm1', kind: 'pin-reset', to: TONY, state: 'waiting' }],
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchtone-cli-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const environment = (url: string) => ({ TOUCHTONE_URL: url, TOUCHTONE_TOKEN: TOKEN, TZ: 'UTC' });
const touchtone = (url: string, args: readonly string[], options?: CommandOptions) =>
  runExecutable(TOUCHTONE, args, environment(url), options);
/** What a user types, to the shell that users type to. */
const inShell = (url: string, line: string, options?: CommandOptions) =>
  runExecutable('sh', ['-c', line], environment(url), { cwd: ROOT, ...options });

const problem = (
  status: number,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
  headers = {},
): ScriptedAnswer => ({
  status,
  headers,
  body: { type: `/api/v1/problems/${name}`, title: name, status, ...more },
});

/** Method, path, query and body of each request. */
const asked = ({ requests }: ScriptedHttp) =>
  requests.map(({ method, path, query, body }) => [method, path, query, body]);

describe('what the page of Microsoft shows', () => {
  it.each([
    ["./touchtone Set-UMMailboxPIN -Identity tonysmith@contoso.com -PIN 1985848 -PinExpired '$true'"],
    ['./touchtone Set-UMMailboxPIN -Identity tonysmith@contoso.com -PIN 1985848 -PinExpired $true'],
    ['./touchtone set-ummailboxpin -identity:tonysmith@contoso.com -pin:1985848 -pinexpired:true'],
    ['echo 1985848 | ./touchtone Set-UMMailboxPIN tonysmith@contoso.com -Pin - -PinExp 1'],
  ])('works as it is typed: %s', async (line) => {
    await using http = await ScriptedHttp.start(() => ({ body: RESET }));
    const { code, stdout, stderr } = await inShell(http.url, line);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(asked(http)).toEqual([
      ['POST', '/api/v1/mailboxes/tonysmith%40contoso.com/pin/reset', {}, { pin: PIN, pinExpired: true }],
    ]);
    expect(http.requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(http.requests[0]?.headers['idempotency-key']).toMatch(/^[\x21-\x7e]{16,255}$/);
    expect(stdout).toContain(`The PIN of ${TONY} is reset.`);
    expect(stdout).toContain(`Mails        : {pin-reset to ${TONY} (waiting)}`);
    expect(stdout).not.toContain(PIN);
  });
});

describe('Set-UMMailboxPIN', () => {
  it('locks and unlocks alone when nothing is said of the PIN', async () => {
    await using http = await ScriptedHttp.start(({ path }) => ({
      body: { userId: TONY, lockedOut: path.endsWith('/lock'), changed: true },
    }));
    const locked = await inShell(http.url, "./touchtone Set-UMMailboxPIN 51234 -LockedOut '$true'");
    expect(locked.stdout).toBe(`The mailbox ${TONY} is locked; its PIN is unchanged.\n`);
    const unlocked = await inShell(http.url, "./touchtone Set-UMMailboxPIN 51234 -LockedOut '$false'");
    expect(unlocked.stdout).toBe(`The mailbox ${TONY} is unlocked; its PIN is unchanged.\n`);
    expect(asked(http)).toEqual([
      ['POST', '/api/v1/mailboxes/51234/lock', {}, {}],
      ['POST', '/api/v1/mailboxes/51234/unlock', {}, {}],
    ]);
  });

  it('does nothing when the shell has taken the value of -LockedOut away', async () => {
    await using http = await ScriptedHttp.start(() => ({ body: RESET }));
    for (const rest of [
      '-LockedOut $false',
      '-LockedOut:$false',
      '-LockedOut $false -PinExpired $true',
      '-LockedOut "$false"',
    ]) {
      const { code, stdout, stderr } = await inShell(http.url, `./touchtone Set-UMMailboxPIN ${rest} -Identity 51234`);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain("'$true' or '$false' in single quotes");
    }
    expect(http.requests).toEqual([]);
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
      `What if: this would replace the PIN of ${TONY} by a generated one mail it to boss@contoso.com and lock the mailbox. Nothing was done.`,
    );
  });

  it('asks for the PIN in a terminal without showing it', async () => {
    await using http = await ScriptedHttp.start(() => ({ body: RESET }));
    // script(1) gives the command a terminal of its own, whose echo it passes on.
    const { code, stdout } = await runExecutable(
      'script',
      ['-qec', `${TOUCHTONE} Set-UMMailboxPIN ${TONY} -Pin`, '/dev/null'],
      environment(http.url),
      {
        started: ({ stdin, stdout: shown }) => {
          let seen = '';
          shown.on('data', (chunk) => {
            seen += String(chunk);
            if (!/(New PIN|again): $/.test(seen)) return;
            seen = '';
            stdin.write(`${PIN}\r`);
          });
        },
      },
    );
    expect(code).toBe(0);
    expect(stdout).toContain('New PIN: ');
    expect(stdout).toContain('is reset.');
    expect(stdout).not.toContain(PIN);
    expect(asked(http)[0]?.at(-1)).toEqual({ pin: PIN });
  });

  it('never shows the PIN, whatever the service answers', async () => {
    const answers: readonly ScriptedAnswer[] = [
      problem(422, 'pin-refused', { rule: 'too-short', minimum: 9 }),
      problem(400, 'invalid-request', {
        detail: 'Not as the schema says',
        errors: [{ path: '/pin', message: 'must be string' }],
      }),
      problem(500, 'internal-error', { instance: 'urn:request:7' }),
      'hang-up',
      { body: 'no JSON' },
    ];
    for (const answer of answers) {
      await using http = await ScriptedHttp.start(() => answer);
      const { code, stdout, stderr } = await runExecutable(TOUCHTONE, ['Set-UMMailboxPIN', TONY, '-Pin', PIN], {
        ...environment(http.url),
        NODE_DEBUG: 'fetch,undici,http',
      });
      expect(code).not.toBe(0);
      expect(stdout + stderr).not.toContain(PIN);
      expect(stdout + stderr).not.toContain(TOKEN);
    }
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

  it('end quietly when nobody reads on', async () => {
    await using http = await ScriptedHttp.start(paged(2_000));
    const { stdout, stderr } = await inShell(http.url, './touchtone Get-UMMailbox -ResultSize Unlimited | head -n 2');
    expect(stdout).toContain('DisplayName');
    expect(stderr).toBe('');
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
      'New-UMDialPlan -Name Contoso -NumberOfDigitsInExtension 5',
      "Set-UMDialPlan Contoso -LogonFailuresBeforeDisconnect 2 -OperatorExtension '$null' -MaxCallDuration 00:45:00 -AccessTelephoneNumbers 5000",
      "Remove-UMDialPlan Contoso '-Confirm:$false'",
    ];
    const outcomes: unknown[] = [];
    for (const line of lines) {
      const { code, stdout, stderr } = await inShell(http.url, `./touchtone ${line}`);
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
      ['POST', '/api/v1/dial-plans', { name: 'Contoso', extensionDigits: 5, accessNumbers: [] }],
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
      'Disable-UMMailbox 51234 -Confirm:$false',
    ]) {
      const { code, stderr } = await inShell(http.url, `./touchtone ${line}`);
      expect(code).toBe(2);
      expect(stderr).toMatch(/quotes/);
    }
    expect(http.requests).toEqual([]);
  });

  it.each([
    ['y', 0, 1],
    ['n', 1, 0],
  ])('are asked about in a terminal: %s', async (key, expected, requests) => {
    await using http = await ScriptedHttp.start(() => ({ status: 204 }));
    const { code, stdout } = await runExecutable(
      'script',
      ['-qec', `${TOUCHTONE} Disable-UMMailbox 51234`, '/dev/null'],
      environment(http.url),
      {
        started: (child) => {
          let seen = '';
          child.stdout.on('data', (chunk) => {
            seen += String(chunk);
            if (seen.endsWith('[y/N] ')) child.stdin.write(`${key}\n`);
          });
        },
      },
    );
    expect(stdout).toContain('Really disable the mailbox 51234 for good? [y/N] ');
    expect({ code, requests: http.requests.length }).toEqual({ code: expected, requests });
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

describe('what goes wrong', () => {
  it.each<[string, ScriptedAnswer, number, string]>([
    [
      'a token that is not accepted',
      problem(401, 'authentication-required'),
      3,
      'does not accept the token from TOUCHTONE_TOKEN',
    ],
    [
      'a role that may not',
      problem(403, 'forbidden', { detail: 'You may not do this' }),
      1,
      'You may not do this. It takes the role Help Desk, UM Management or Organization Management.',
    ],
    [
      'an unknown mailbox',
      problem(404, 'no-such-mailbox', { detail: 'There is no such mailbox.' }),
      1,
      'There is no such mailbox.\n',
    ],
    [
      'an ambiguous one',
      problem(409, 'ambiguous-identity', { detail: 'Several have it', candidates: ['a@x.org', 'b@x.org'] }),
      1,
      'Several have it. Candidates: a@x.org, b@x.org.',
    ],
    [
      'a PIN that others guess',
      problem(422, 'pin-refused', { rule: 'common-pattern', pattern: 'sequential' }),
      1,
      '(common-pattern, sequential)',
    ],
    ['one used before', problem(422, 'pin-refused', { rule: 'used-before', lastPins: 5 }), 1, 'one of the last 5'],
    [
      'a rule that this program does not know',
      problem(422, 'pin-refused', { rule: 'new-rule', detail: 'No.' }),
      1,
      'No.\n',
    ],
    ['too many requests', problem(429, 'too-many-requests', {}, { 'retry-after': '7' }), 1, 'Try again in 7 s.'],
    [
      'a fault',
      problem(500, 'internal-error', { title: 'Something went wrong', instance: 'urn:request:7' }),
      1,
      "The service's log tells more: urn:request:7",
    ],
    ['somebody else who answers', { status: 404, body: '<html>' }, 3, 'is not Touchtone'],
    [
      'a redirection',
      { status: 302, headers: { location: 'http://elsewhere.example/' }, body: '' },
      3,
      'leads elsewhere',
    ],
    ['a connection that breaks', 'hang-up', 3, 'Whether it was done is not known'],
  ])('is told in a line: %s', async (_, answer, expected, told) => {
    await using http = await ScriptedHttp.start(() => answer);
    const { code, stdout, stderr } = await touchtone(http.url, ['Set-UMMailboxPIN', TONY]);
    expect({ code, stdout }).toEqual({ code: expected, stdout: '' });
    expect(stderr).toContain(told);
    expect(stderr.trimEnd()).not.toContain('\n');
    expect(http.requests).toHaveLength(1);
  });

  it('names settings by their parameters', async () => {
    await using http = await ScriptedHttp.start(({ body }) =>
      'minPinLength' in body
        ? problem(422, 'setting-refused', { setting: 'minPinLength', minimum: 4, maximum: 24 })
        : problem(422, 'setting-refused', {
            setting: 'logonFailuresBeforePinReset',
            maximum: 14,
            limit: 'maxLogonAttempts',
          }),
    );
    const short = await touchtone(http.url, ['Set-UMMailboxPolicy', 'P', '-MinPINLength', '3']);
    expect(short).toMatchObject({ code: 1, stderr: '-MinPINLength can be 4 to 24.\n' });
    const late = await touchtone(http.url, ['Set-UMMailboxPolicy', 'P', '-LogonFailuresBeforePINReset', '15']);
    expect(late.stderr).toBe('-LogonFailuresBeforePINReset can be at most 14 here, because of -MaxLogonAttempts.\n');
  });

  it('is a service that does not run', async () => {
    const http = await ScriptedHttp.start(() => ({ body: {} }));
    const { url } = http;
    await http[Symbol.asyncDispose]();
    const { code, stderr } = await touchtone(url, ['Get-UMMailbox']);
    expect(code).toBe(3);
    expect(stderr).toBe(
      `No service answers at ${url}. Start it with npm start, or set TOUCHTONE_URL to where it is.\n`,
    );
  });

  it.each([['.'], ['..'], ['']])('is an identity that would be another path: %j', async (identity) => {
    await using http = await ScriptedHttp.start(() => ({ body: {} }));
    const { code } = await touchtone(http.url, ['Get-UMMailbox', '-Identity', identity]);
    expect(code).not.toBe(0);
    expect(http.requests).toEqual([]);
  });

  it('is not an identity full of signs', async () => {
    await using http = await ScriptedHttp.start(() => ({ body: {} }));
    await touchtone(http.url, ['Get-UMMailbox', '-Identity:-../a b?c#d%2Fé\r\nX: y']);
    expect(http.requests.map(({ path }) => decodeURIComponent(path))).toEqual([
      '/api/v1/mailboxes/-../a b?c#d%2Fé\r\nX: y',
    ]);
    expect(http.requests[0]?.path).not.toContain('/..');
  });
});

describe('the token', () => {
  it('is the one that the local service wrote, unless another is set', async () => {
    await using http = await ScriptedHttp.start(() => ({ body: { items: [], next: null } }));
    await writeFile(join(folder, 'admin-token'), 'from-the-file\n');
    const local = { TOUCHTONE_URL: http.url, DATA_DIR: folder };
    await runExecutable(TOUCHTONE, ['Get-UMMailbox'], local);
    await runExecutable(TOUCHTONE, ['Get-UMMailbox'], { ...local, TOUCHTONE_TOKEN: 'mine' });
    expect(http.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer from-the-file', 'Bearer mine']);
    const missing = await runExecutable(TOUCHTONE, ['Get-UMMailbox'], { ...local, DATA_DIR: join(folder, 'nowhere') });
    expect(missing).toMatchObject({ code: 3, stderr: expect.stringContaining('npm start') });
    await writeFile(join(folder, 'admin-token'), 'two words\n');
    const spoilt = await runExecutable(TOUCHTONE, ['Get-UMMailbox'], local);
    expect(spoilt).toMatchObject({ code: 3, stderr: expect.stringContaining('does not hold a token') });
    expect(spoilt.stderr).not.toContain('two words');
  });

  it('goes to no other machine by plain http, and that of the file to none at all', async () => {
    await writeFile(join(folder, 'admin-token'), 'from-the-file\n');
    const elsewhere = { TOUCHTONE_URL: 'http://touchtone.invalid', DATA_DIR: folder };
    const plain = await runExecutable(TOUCHTONE, ['Get-UMMailbox'], { ...elsewhere, TOUCHTONE_TOKEN: TOKEN });
    expect(plain).toMatchObject({ code: 2, stderr: expect.stringContaining('-AllowPlainHttp') });
    const allowed = await runExecutable(TOUCHTONE, ['Get-UMMailbox', '-AllowPlainHttp'], {
      ...elsewhere,
      TOUCHTONE_TOKEN: TOKEN,
    });
    expect(allowed).toMatchObject({ code: 3, stderr: expect.stringContaining('touchtone.invalid') });
    const file = await runExecutable(TOUCHTONE, ['Get-UMMailbox', '-AllowPlainHttp'], elsewhere);
    expect(file).toMatchObject({ code: 3, stderr: expect.stringContaining('Set TOUCHTONE_TOKEN') });
    const address = await runExecutable(TOUCHTONE, ['Get-UMMailbox'], { TOUCHTONE_URL: 'ftp://x' });
    expect(address.code).toBe(2);
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

describe('the launcher', () => {
  it('works from any folder, through links to links', async () => {
    await symlink(TOUCHTONE, join(folder, 'one'));
    await mkdir(join(folder, 'below'));
    await symlink('../one', join(folder, 'below', 'two'));
    const { code, stdout } = await runExecutable(join(folder, 'below', 'two'), [], {}, { cwd: tmpdir() });
    expect(code).toBe(0);
    expect(stdout).toContain('Set-UMMailboxPIN');
    const called = await runExecutable('sh', ['-c', 'cd below && ./two'], {}, { cwd: folder });
    expect(called.code).toBe(0);
  });

  it('says what is missing: the packages, or a Node that is new enough', async () => {
    const copy = join(folder, 'touch tone');
    await mkdir(copy);
    await copyFile(TOUCHTONE, join(copy, 'touchtone'));
    const bare = await runExecutable(join(copy, 'touchtone'), [], {});
    expect(bare).toMatchObject({ code: 127, stdout: '', stderr: expect.stringContaining(`cd '${copy}' && npm ci`) });
    await mkdir(join(copy, 'node_modules', 'csv-parse'), { recursive: true });
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const tool of ['sh', 'dirname', 'readlink']) await symlink(`/usr/bin/${tool}`, join(bin, tool));
    const none = await runExecutable('/bin/sh', [join(copy, 'touchtone')], { PATH: bin });
    expect(none).toMatchObject({ code: 127, stderr: expect.stringContaining('Node 24.7 or newer') });
    for (const version of ['v20.20.2', 'v24.6.9', 'nonsense', '']) {
      await writeFile(join(bin, 'node'), `#!/bin/sh\necho "${version}"\n`, { mode: 0o755 });
      const old = await runExecutable('/bin/sh', [join(copy, 'touchtone')], { PATH: bin });
      expect(old).toMatchObject({ code: 127, stdout: '' });
    }
    for (const version of ['v24.7.0', 'v26.0.0']) {
      await writeFile(join(bin, 'node'), `#!/bin/sh\n[ "$1" = --version ] && echo ${version} || echo "$2 $3"\n`, {
        mode: 0o755,
      });
      const fit = await runExecutable('/bin/sh', [join(copy, 'touchtone'), 'a b', 'c'], { PATH: bin });
      expect(fit).toMatchObject({ code: 0, stdout: 'a b c\n' });
    }
  });
});
