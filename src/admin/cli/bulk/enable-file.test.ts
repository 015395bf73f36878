import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CmdletRunOptions, runCmdlet } from '../../../testing/cmdlet-run.ts';
import { problem, type ReceivedRequest, type ScriptedAnswer, ScriptedHttp } from '../../../testing/scripted-http.ts';

const POLICY = 'Contoso Default Policy';
const PIN = '2718281';

/** What the API does with mailboxes: keeps them, each number once, and answers a key again as it did before. */
class Mailboxes {
  readonly kept = new Map<string, ReceivedRequest['body']>();
  readonly #answered = new Map<string, { readonly body: string; readonly answer: ScriptedAnswer }>();

  readonly answer = ({ method, path, query, headers, body }: ReceivedRequest): ScriptedAnswer => {
    if (method === 'GET') return this.#find(decodeURIComponent(path.split('/').at(-1) ?? ''));
    if (query.whatIf === 'true') return this.#enable(body, false);
    const key = String(headers['idempotency-key']);
    const before = this.#answered.get(key);
    if (before !== undefined) {
      if (before.body !== JSON.stringify(body)) return problem(422, 'idempotency-key-reused');
      const { answer } = before;
      return answer === 'hang-up' ? answer : { ...answer, headers: { 'idempotency-replayed': 'true' } };
    }
    const answer = this.#enable(body, true);
    this.#answered.set(key, { body: JSON.stringify(body), answer });
    return answer;
  };

  #find(address: string): ScriptedAnswer {
    const body = this.kept.get(address.toLowerCase());
    return body === undefined ? problem(404, 'no-such-mailbox') : { body };
  }

  #enable(body: ReceivedRequest['body'], stored: boolean): ScriptedAnswer {
    const address = String(body.address).toLowerCase();
    if (this.kept.has(address)) return problem(409, 'address-taken', { detail: 'That address is taken.' });
    const extensionOf = (one: ReceivedRequest['body']): string =>
      String(Array.isArray(one.extensions) ? one.extensions[0] : '');
    if (body.pin === '123456') return problem(422, 'pin-refused', { rule: 'common-pattern', pattern: 'sequential' });
    if ([...this.kept.values()].some((one) => extensionOf(one) === extensionOf(body))) {
      return problem(409, 'number-taken', { detail: 'That number is taken.' });
    }
    if (stored) this.kept.set(address, body);
    return { status: 201, body: { ...body, address } };
  }
}

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchtone-csv-'));
  file = join(folder, 'users.csv');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function enable(
  http: ScriptedHttp,
  options: CmdletRunOptions = {},
  more: readonly string[] = [],
  token = 'a-token',
) {
  const args = ['Enable-UMMailbox', '-CsvFile', file, '-UMMailboxPolicy', POLICY, ...more];
  const outcome = await runCmdlet(args, { TOUCHTONE_URL: http.url, TOUCHTONE_TOKEN: token }, options);
  expect(outcome.stdout + outcome.stderr).not.toContain(PIN);
  return outcome;
}

/** Line and result of each row, from the table. */
const results = (stdout: string) =>
  [...stdout.matchAll(/^ *(\d+) .*\b(Enabled|AlreadyEnabled|WouldEnable|Refused|Failed|NotTried)\b/gm)].map(
    ([, line, result]) => `${line} ${result}`,
  );

const rowsOf = (count: number) =>
  ['Identity,Extension', ...Array.from({ length: count }, (_, at) => `user${at}@contoso.com,${50_000 + at}`)].join(
    '\n',
  );

describe('a file of users', () => {
  it('is enabled as it is written, with what the command line says for all', async () => {
    const mailboxes = new Mailboxes();
    await using http = await ScriptedHttp.start(mailboxes.answer);
    await writeFile(
      file,
      `\ufeffPrimary SMTP Address,EXTENSIONS,display_name,PIN,PinExpired,SubscriberAccessEnabled,\r\ntony@contoso.com,51234;51235,"Smith, Tony ""T""",${PIN},$false,,\r\nwen@contoso.com,"51236, 51237",文,,,0,\r\n,,,,,,\r\n`,
    );
    const { code, stdout, stderr } = await enable(http, {}, ['-SendEmail', 'true']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(results(stdout)).toEqual(['2 Enabled', '3 Enabled']);
    expect([...mailboxes.kept.values()]).toEqual([
      {
        address: 'tony@contoso.com',
        extensions: ['51234', '51235'],
        displayName: 'Smith, Tony "T"',
        pin: PIN,
        pinExpired: false,
        policy: POLICY,
        sendEmail: true,
      },
      {
        address: 'wen@contoso.com',
        extensions: ['51236', '51237'],
        displayName: '文',
        subscriberAccess: false,
        policy: POLICY,
        sendEmail: true,
      },
    ]);
    const written = await readFile(join(folder, 'users.results.csv'), 'utf8');
    expect(written.split('\r\n').sort()).toEqual([
      '',
      '2,tony@contoso.com,"51234,51235",Enabled,',
      '3,wen@contoso.com,"51236,51237",Enabled,',
      '\ufeffLine,Identity,Extensions,Result,Detail',
    ]);
  });

  it('may have semicolons between its columns', async () => {
    const mailboxes = new Mailboxes();
    await using http = await ScriptedHttp.start(mailboxes.answer);
    await writeFile(file, 'Identity;Extensions;DisplayName\ntony@contoso.com;51234,51235;Tony\n');
    expect((await enable(http)).code).toBe(0);
    expect(mailboxes.kept.get('tony@contoso.com')).toMatchObject({
      extensions: ['51234', '51235'],
      displayName: 'Tony',
    });
  });

  it('is done when it is run again, and only the rest is done', async () => {
    const mailboxes = new Mailboxes();
    await using http = await ScriptedHttp.start(mailboxes.answer);
    await writeFile(file, rowsOf(3));
    await enable(http);
    await writeFile(file, rowsOf(5));
    const { code, stdout } = await enable(http);
    expect(code).toBe(0);
    expect(results(stdout)).toEqual([
      '2 AlreadyEnabled',
      '3 AlreadyEnabled',
      '4 AlreadyEnabled',
      '5 Enabled',
      '6 Enabled',
    ]);
    const other = await enable(http, {}, [], 'another-token');
    expect(results(other.stdout)).toEqual([2, 3, 4, 5, 6].map((line) => `${line} AlreadyEnabled`));
    expect(mailboxes.kept.size).toBe(5);
  });

  it('has rows that are refused without stopping the others', async () => {
    const mailboxes = new Mailboxes();
    await using http = await ScriptedHttp.start(mailboxes.answer);
    await writeFile(
      file,
      [
        'Identity,Extensions,Pin,PinExpired',
        `a@contoso.com,50001,${PIN},true`,
        'b@contoso.com,50002,123456,true',
        `c@contoso.com,50003,${PIN},${PIN}`,
        `d@contoso.com,50004,true`,
        `,50005,${PIN},`,
        `e@contoso.com,,-,`,
        `f@contoso.com,50006,,`,
        `a@contoso.com,50007,,`,
        `=g@contoso.com,50008,,`,
      ].join('\n'),
    );
    const { code, stdout } = await enable(http);
    expect(code).toBe(1);
    expect(results(stdout)).toEqual([
      '2 Enabled',
      ...[3, 4, 5, 6, 7].map((line) => `${line} Refused`),
      '8 Enabled',
      '9 Refused',
      '10 Enabled',
    ]);
    for (const why of [
      '(common-pattern, sequential)',
      "PinExpired takes '$true' or '$false'.",
      'The row has 3 cells instead of 4.',
      'Identity must be given.',
      'Pin takes a PIN.',
      'The mailbox is there already, with the extension 50001.',
    ]) {
      expect(stdout).toContain(why);
    }
    const written = await readFile(join(folder, 'users.results.csv'), 'utf8');
    expect(written).not.toContain(PIN);
    // No spreadsheet takes it for a formula.
    expect(written).toContain("'=g@contoso.com");
  });

  it('is tried out by -WhatIf, which leaves nothing behind', async () => {
    const mailboxes = new Mailboxes();
    await using http = await ScriptedHttp.start(mailboxes.answer);
    await writeFile(file, rowsOf(2));
    const { code, stdout, stderr } = await enable(http, {}, ['-WhatIf']);
    expect(code).toBe(0);
    expect(results(stdout)).toEqual(['2 WouldEnable', '3 WouldEnable']);
    expect(stderr).toContain('Nothing was done.');
    expect(http.requests.every(({ query }) => query.whatIf === 'true')).toBe(true);
    expect(await readdir(folder)).toEqual(['users.csv']);
  });

  it('shows how far it is on a terminal only', async () => {
    await using http = await ScriptedHttp.start(new Mailboxes().answer);
    await writeFile(file, rowsOf(4));
    const { stderr } = await enable(http, { onTerminal: true });
    expect(stderr).toContain('[######################........] 3 of 4');
    expect(stderr.endsWith('\r\u001b[K')).toBe(true);
  });
});

describe('a service that is busy, or forgets to answer', () => {
  it('is asked again as late as it says', async () => {
    const mailboxes = new Mailboxes();
    let refusals = 0;
    await using http = await ScriptedHttp.start((request) => {
      if (refusals++ < 2) return problem(refusals === 1 ? 503 : 429, 'overloaded', {}, { 'retry-after': '7' });
      return mailboxes.answer(request);
    });
    await writeFile(file, rowsOf(1));
    const waits: number[] = [];
    const { code, stdout } = await enable(http, { pause: async (milliseconds) => void waits.push(milliseconds) });
    expect({ code, waits }).toEqual({ code: 0, waits: [7_000, 7_000] });
    expect(results(stdout)).toEqual(['2 Enabled']);
    expect(new Set(http.requests.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it('is not waited for without end', async () => {
    await using http = await ScriptedHttp.start(() =>
      problem(503, 'overloaded', { detail: 'Too much to do.' }, { 'retry-after': '120' }),
    );
    await writeFile(file, rowsOf(9));
    let waited = 0;
    const pause = async (milliseconds: number): Promise<void> => {
      waited += milliseconds;
    };
    const { code, stdout, stderr } = await enable(http, {
      pause,
    });
    expect(code).toBe(1);
    expect(waited).toBe(3 * 600_000);
    expect(stderr).toContain('Too much to do. Try again in 120 s. 0 of 9 rows are done.');
    expect(results(stdout).slice(3)).toEqual([5, 6, 7, 8, 9, 10].map((line) => `${line} NotTried`));
  });

  it('has done a row once, when its answer was lost', async () => {
    const mailboxes = new Mailboxes();
    let lost = 0;
    await using http = await ScriptedHttp.start((request) => {
      const answer = mailboxes.answer(request);
      return request.method === 'POST' && lost++ === 0 ? 'hang-up' : answer;
    });
    await writeFile(file, rowsOf(1));
    const { code, stdout } = await enable(http);
    expect({ code, results: results(stdout) }).toEqual({ code: 0, results: ['2 AlreadyEnabled'] });
    expect(http.requests.filter(({ method }) => method === 'POST')).toHaveLength(2);
  });

  it('is given up when it is gone, and gone on with later', async () => {
    const mailboxes = new Mailboxes();
    let gone = true;
    await using http = await ScriptedHttp.start((request) => (gone ? 'hang-up' : mailboxes.answer(request)));
    await writeFile(file, rowsOf(6));
    const { code, stderr } = await enable(http);
    expect(code).toBe(3);
    expect(stderr).toContain('0 of 6 rows are done. Give the same command again to go on');
    gone = false;
    expect((await enable(http)).code).toBe(0);
    expect(mailboxes.kept.size).toBe(6);
  });

  it.each([
    [401, 3],
    [403, 1],
  ])('is asked no further once it says %i', async (status, expected) => {
    await using http = await ScriptedHttp.start(() => problem(status, 'x', { detail: 'No.' }));
    await writeFile(file, rowsOf(50));
    const { code, stdout } = await enable(http);
    expect(code).toBe(expected);
    expect(http.requests.length).toBeLessThanOrEqual(3);
    expect(results(stdout).filter((one) => one.endsWith('NotTried')).length).toBeGreaterThanOrEqual(47);
  });
});

describe('what the service remembers of a row', () => {
  it('is not believed when what was in the way is gone', async () => {
    const mailboxes = new Mailboxes();
    await using http = await ScriptedHttp.start(mailboxes.answer);
    mailboxes.kept.set('other@contoso.com', { extensions: ['50000'] });
    await writeFile(file, rowsOf(1));
    expect(results((await enable(http)).stdout)).toEqual(['2 Refused']);
    mailboxes.kept.clear();
    expect(results((await enable(http)).stdout)).toEqual(['2 Enabled']);
    expect(mailboxes.kept.has('user0@contoso.com')).toBe(true);
  });

  it('is not believed when the mailbox was disabled since', async () => {
    const mailboxes = new Mailboxes();
    await using http = await ScriptedHttp.start(mailboxes.answer);
    await writeFile(file, rowsOf(1));
    await enable(http);
    mailboxes.kept.clear();
    expect(results((await enable(http)).stdout)).toEqual(['2 Enabled']);
    expect(mailboxes.kept.has('user0@contoso.com')).toBe(true);
  });

  it('is kept under a name that tells nothing of the PIN to whoever has not the token', async () => {
    await using http = await ScriptedHttp.start((request) => new Mailboxes().answer(request));
    const keys: unknown[] = [];
    const row = async (pin: string, token: string) => {
      await writeFile(file, `Identity,Extensions,Pin\na@contoso.com,50001,${pin}\n`);
      await enable(http, {}, [], token);
      keys.push(http.requests.at(-1)?.headers['idempotency-key']);
    };
    await row(PIN, 'a-token');
    await row(PIN, 'a-token');
    await row('2718282', 'a-token');
    await row(PIN, 'b-token');
    expect(keys[1]).toBe(keys[0]);
    expect(new Set(keys).size).toBe(3);
  });
});

describe('Ctrl-C', () => {
  it('lets the rows under way finish, begins no other, and says how to go on', async () => {
    const mailboxes = new Mailboxes();
    let interrupt = (): void => undefined;
    const setInterrupt = (listener: () => void): void => {
      interrupt = listener;
    };
    await using http = await ScriptedHttp.start((request) => {
      if (http.requests.length === 4) interrupt();
      return mailboxes.answer(request);
    });
    await writeFile(file, rowsOf(40));
    const first = await enable(http, { interruptible: setInterrupt });
    expect(first.code).toBe(130);
    const done = mailboxes.kept.size;
    expect(done).toBeGreaterThanOrEqual(4);
    expect(done).toBeLessThanOrEqual(7);
    expect(first.stderr).toBe(
      `Interrupted. ${done} of 40 rows are done. Give the same command again to go on: rows that are done are recognised.\n`,
    );
    expect(results(first.stdout).filter((one) => one.endsWith(' Enabled'))).toHaveLength(done);
    const written = await readFile(join(folder, 'users.results.csv'), 'utf8');
    expect(written.match(/,Enabled,/g)).toHaveLength(done);
    const second = await enable(http);
    expect(second.code).toBe(0);
    expect(results(second.stdout).filter((one) => one.endsWith('AlreadyEnabled'))).toHaveLength(done);
    expect(mailboxes.kept.size).toBe(40);
  });

  it('ends a wait', async () => {
    let interrupt = (): void => undefined;
    const setInterrupt = (listener: () => void): void => {
      interrupt = listener;
    };
    await using http = await ScriptedHttp.start(() => problem(503, 'overloaded', {}, { 'retry-after': '60' }));
    await writeFile(file, rowsOf(1));
    const pause = async (_: number, signal?: AbortSignal): Promise<void> => {
      interrupt();
      signal?.throwIfAborted();
    };
    const { code, stdout } = await enable(http, { pause, interruptible: setInterrupt });
    expect({ code, results: results(stdout) }).toEqual({ code: 130, results: ['2 NotTried'] });
  });
});

describe('a file that cannot be used', () => {
  it.each<[string, string | Uint8Array, string]>([
    ['with a column for nothing that there is', `Identity,Extensions,${PIN}\n`, 'a name that is no parameter'],
    ['with a column twice', 'Identity,UserPrincipalName,Extensions\n', 'two columns for Identity'],
    ['that is empty', '', 'is empty'],
    ['with a quote that stays open', `Identity,Extensions,Pin\n"a@contoso.com,50001,${PIN}\n`, 'is not CSV near line'],
    ['with a quote in the middle', `Identity,Extensions,Pin\na"b@contoso.com,50001,${PIN}\n`, 'is not CSV near line'],
    ['in another encoding', Buffer.from('Identity,Extensions,DisplayName\na,1,M\xfcller\n', 'latin1'), 'is not UTF-8'],
    ['in UTF-16', Buffer.from('\ufeffIdentity,Extensions\n', 'utf16le'), 'is not UTF-8'],
  ])('is refused before anything is sent: %s', async (_, content, why) => {
    await using http = await ScriptedHttp.start(() => ({ body: {} }));
    await writeFile(file, content);
    const { code, stdout, stderr } = await enable(http);
    expect({ code, stdout, requests: http.requests }).toEqual({ code: 2, stdout: '', requests: [] });
    expect(stderr).toContain(why);
  });

  it('is one that is not there, or whose results cannot be written', async () => {
    await using http = await ScriptedHttp.start(() => ({ body: {} }));
    expect(await enable(http)).toMatchObject({ code: 2, stderr: expect.stringContaining('(ENOENT)') });
    await writeFile(file, rowsOf(1));
    const unwritable = await enable(http, {}, ['-ResultFile', join(folder, 'no', 'where.csv')]);
    expect(unwritable).toMatchObject({ code: 2, stderr: expect.stringContaining('-ResultFile') });
    const own = await enable(http, {}, ['-Pin', PIN]);
    expect(own).toMatchObject({ code: 2, stderr: expect.stringContaining('a column of the file') });
    expect(http.requests).toEqual([]);
  });
});
