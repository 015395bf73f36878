import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CommandOptions, runExecutable } from '../../testing/command.ts';
import { problem, type ScriptedAnswer, ScriptedHttp } from '../../testing/scripted-http.ts';

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
/** What a user types, to the shell that users type to. */
const inShell = (url: string, line: string, options?: CommandOptions) =>
  runExecutable('sh', ['-c', line], environment(url), { cwd: ROOT, ...options });

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

describe('a list', () => {
  it('end quietly when nobody reads on', async () => {
    await using http = await ScriptedHttp.start(({ query }) => ({
      body: {
        items: Array.from({ length: 200 }, () => ({ displayName: 'x'.repeat(500) })),
        next: query.cursor === '9' ? null : `${Number(query.cursor ?? 0) + 1}`,
      },
    }));
    const { stdout, stderr } = await inShell(http.url, './touchtone Get-UMMailbox -ResultSize Unlimited | head -n 2');
    expect(stdout).toContain('DisplayName');
    expect(stderr).toBe('');
  });
});

describe('a file of users', () => {
  it('is left in order by Ctrl-C', async () => {
    await writeFile(
      join(folder, 'users.csv'),
      `Identity,Extensions,Pin\n${'a@contoso.com,50001,1985848\n'.repeat(20)}`,
    );
    let interrupt = (): void => undefined;
    const sent: ScriptedAnswer = { status: 201, body: {} };
    await using http = await ScriptedHttp.start(() => {
      interrupt();
      return sent;
    });
    const args = ['Enable-UMMailbox', '-CsvFile', 'users.csv', '-UMMailboxPolicy', 'P', '-OutputFormat', 'Json'];
    const { code, stdout, stderr } = await runExecutable(TOUCHTONE, args, environment(http.url), {
      cwd: folder,
      input: '',
      started: (child) => {
        interrupt = () => {
          interrupt = () => undefined;
          child.kill('SIGINT');
        };
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('Give the same command again to go on');
    expect(stdout).not.toContain(PIN);
    const results: unknown = JSON.parse(stdout);
    expect(results).toHaveLength(20);
    expect(results).toContainEqual(expect.objectContaining({ result: 'Enabled' }));
    expect(results).toContainEqual(expect.objectContaining({ result: 'NotTried' }));
    expect(await readFile(join(folder, 'users.results.csv'), 'utf8')).toContain(',Enabled,');
  });
});

describe('what cannot be undone', () => {
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
