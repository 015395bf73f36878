import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCmdlet } from '../../testing/cmdlet-run.ts';
import { problem, type ScriptedAnswer, ScriptedHttp } from '../../testing/scripted-http.ts';

const TOKEN = 'token-of-the-test';
const TONY = 'tonysmith@contoso.com';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchtone-cli-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const environment = (url: string) => ({ TOUCHTONE_URL: url, TOUCHTONE_TOKEN: TOKEN });
const touchtone = (url: string, args: readonly string[]) => runCmdlet(args, environment(url));

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
        ? problem(422, 'setting-refused', { rule: 'out-of-range', setting: 'minPinLength', minimum: 4, maximum: 24 })
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
    await runCmdlet(['Get-UMMailbox'], local);
    await runCmdlet(['Get-UMMailbox'], { ...local, TOUCHTONE_TOKEN: 'mine' });
    expect(http.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer from-the-file', 'Bearer mine']);
    const missing = await runCmdlet(['Get-UMMailbox'], { ...local, DATA_DIR: join(folder, 'nowhere') });
    expect(missing).toMatchObject({ code: 3, stderr: expect.stringContaining('npm start') });
    await writeFile(join(folder, 'admin-token'), 'two words\n');
    const spoilt = await runCmdlet(['Get-UMMailbox'], local);
    expect(spoilt).toMatchObject({ code: 3, stderr: expect.stringContaining('does not hold a token') });
    expect(spoilt.stderr).not.toContain('two words');
  });

  it('goes to no other machine by plain http, and that of the file to none at all', async () => {
    await writeFile(join(folder, 'admin-token'), 'from-the-file\n');
    const elsewhere = { TOUCHTONE_URL: 'http://touchtone.invalid', DATA_DIR: folder };
    const plain = await runCmdlet(['Get-UMMailbox'], { ...elsewhere, TOUCHTONE_TOKEN: TOKEN });
    expect(plain).toMatchObject({ code: 2, stderr: expect.stringContaining('-AllowPlainHttp') });
    const allowed = await runCmdlet(['Get-UMMailbox', '-AllowPlainHttp'], {
      ...elsewhere,
      TOUCHTONE_TOKEN: TOKEN,
    });
    expect(allowed).toMatchObject({ code: 3, stderr: expect.stringContaining('touchtone.invalid') });
    const file = await runCmdlet(['Get-UMMailbox', '-AllowPlainHttp'], elsewhere);
    expect(file).toMatchObject({ code: 3, stderr: expect.stringContaining('Set TOUCHTONE_TOKEN') });
    const address = await runCmdlet(['Get-UMMailbox'], { TOUCHTONE_URL: 'ftp://x' });
    expect(address.code).toBe(2);
  });
});
