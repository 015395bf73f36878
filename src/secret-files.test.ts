import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { problemsOf } from './testing/config-problems.ts';

const SECRET = 'p@ss%word/:,#';
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'secret-files-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function fileWith(text: string): Promise<string> {
  const file = join(folder, randomUUID());
  await writeFile(file, text, { mode: 0o600 });
  return file;
}

describe('a secret in a file', () => {
  it.each(['', '\n', '\r\n'])(
    'is that of the URLs that it belongs to, whatever is in it (line ends with %j)',
    async (end) => {
      const file = await fileWith(`${SECRET}${end}`);
      const config = readConfig({
        DRACHTIO_URL: 'drachtio://192.0.2.1',
        DRACHTIO_SECRET_FILE: file,
        FREESWITCH_URLS: 'freeswitch://192.0.2.2, freeswitch://[2001:db8::1]:8022',
        FREESWITCH_PASSWORD_FILE: file,
        SMTP_URL: 'smtps://ivr@mail.example',
        SMTP_PASSWORD_FILE: file,
      });
      expect(config.drachtio).toEqual({ host: '192.0.2.1', port: 9022, secret: SECRET });
      expect(config.freeswitches).toEqual([
        { host: '192.0.2.2', port: 8021, secret: SECRET },
        { host: '2001:db8::1', port: 8022, secret: SECRET },
      ]);
      expect(config.smtp?.login).toEqual({ user: 'ivr', password: SECRET });
    },
  );

  it('must be one readable line, and no sentence tells what is in the file', async () => {
    const url = { DRACHTIO_URL: 'drachtio://192.0.2.1' };
    for (const text of ['', '\n', 'two\nlines', 'with space', 'x'.repeat(1_001), 'ümlaut']) {
      const problems = problemsOf({ ...url, DRACHTIO_SECRET_FILE: await fileWith(text) });
      expect(problems[0]).toBe(
        'DRACHTIO_SECRET_FILE must name a file with one line of 1 to 1000 visible ASCII characters.',
      );
      if (text.trim() !== '') expect(problems.join(' ')).not.toContain(text);
    }
    expect(problemsOf({ ...url, DRACHTIO_SECRET_FILE: join(folder, 'absent') })[0]).toBe(
      'DRACHTIO_SECRET_FILE must name a file that can be read (ENOENT).',
    );
    expect(problemsOf({ ...url, DRACHTIO_SECRET_FILE: folder })[0]).toMatch(/can be read \(EISDIR\)/);
  });

  it('is refused where nothing needs it, where there is one already, and without its user', async () => {
    const file = await fileWith(SECRET);
    expect(problemsOf({ FREESWITCH_PASSWORD_FILE: file })).toEqual([
      'FREESWITCH_PASSWORD_FILE has the secret of FREESWITCH_URLS; set that, too.',
    ]);
    const both = { DRACHTIO_URL: 'drachtio://:other@192.0.2.1', DRACHTIO_SECRET_FILE: file };
    expect(problemsOf(both)).toEqual([
      'DRACHTIO_URL has a secret already; leave it out, or unset DRACHTIO_SECRET_FILE.',
    ]);
    expect(problemsOf({ SMTP_URL: 'smtp://mail.example', SMTP_PASSWORD_FILE: file })).toEqual([
      'SMTP_PASSWORD_FILE is the password of a user; name that user: smtp://USER@HOST.',
    ]);
  });

  it('leaves it to the rule of the setting to complain of a URL that is none', async () => {
    const file = await fileWith(SECRET);
    const problems = problemsOf({ FREESWITCH_URLS: 'media', FREESWITCH_PASSWORD_FILE: file });
    expect(problems).toEqual([expect.stringMatching(/^FREESWITCH_URLS must be comma-separated freeswitch:/)]);
  });
});
