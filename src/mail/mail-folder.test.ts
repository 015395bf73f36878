import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MailFolder } from './mail-folder.ts';

describe('MailFolder', () => {
  let base: string;
  let path: string;
  let folder: MailFolder;

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'touchtone-mail-'));
    path = join(base, 'mail');
    folder = new MailFolder(path);
  });

  afterEach(() => rm(base, { recursive: true, force: true }));

  it('shows a mail under its name only once it is delivered, for this user only', async () => {
    await folder.stage('a.eml', Buffer.from('Hello'));
    expect((await readdir(path)).filter((name) => name.endsWith('.eml'))).toEqual([]);
    expect(await folder.staged()).toEqual(['a.eml']);
    await folder.deliver('a.eml');
    expect(await readdir(path)).toEqual(['a.eml']);
    expect(await readFile(folder.pathOf('a.eml'), 'utf8')).toBe('Hello');
    expect((await stat(folder.pathOf('a.eml'))).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
    expect(await folder.staged()).toEqual([]);
  });

  it('removes a staged mail, once or more often', async () => {
    await folder.stage('a.eml', Buffer.from('Hello'));
    await folder.discard('a.eml');
    await folder.discard('a.eml');
    expect(await readdir(path)).toEqual([]);
  });

  it('does not write over a mail that is staged', async () => {
    await folder.stage('a.eml', Buffer.from('Hello'));
    await expect(folder.stage('a.eml', Buffer.from('Bye'))).rejects.toThrow('EEXIST');
    await folder.deliver('a.eml');
    expect(await readFile(folder.pathOf('a.eml'), 'utf8')).toBe('Hello');
  });

  it('has nothing staged before there is a folder, and ignores files of others', async () => {
    expect(await folder.staged()).toEqual([]);
    await folder.stage('a.eml', Buffer.from('Hello'));
    await writeFile(join(path, 'notes.txt.staged'), '');
    expect(await folder.staged()).toEqual(['a.eml']);
  });

  it.each(['../a.eml', '/a.eml', '.a.eml', 'a', 'a.eml\0', '', 'a b.eml', '-a.eml'])(
    'refuses the name %j',
    async (name) => {
      await expect(folder.stage(name, Buffer.from('Hello'))).rejects.toThrow('character that it may not have');
    },
  );
});
