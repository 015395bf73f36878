import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { OutboxId } from '../services/ports/outbox-store.ts';
import type { ComposedMail } from './compose-mail.ts';
import { folderTransport } from './folder-transport.ts';
import type { MailTransport } from './mail-transport.ts';

const ID = '5d1c8f5e-7f5a-4f3c-9a53-1f0b8a7c2e11' as OutboxId;
const NAME = `20260115T093000Z-pin-reset-${ID}.eml`;
const SIGNAL = new AbortController().signal;

function mailOf(text: string, id: OutboxId = ID): ComposedMail {
  return {
    id,
    kind: 'pin-reset',
    queuedAt: Date.UTC(2026, 0, 15, 9, 30),
    envelope: { from: 'touchtone@example.test', to: 'tonysmith@contoso.com' },
    message: Buffer.from(text),
  };
}

describe('folderTransport', () => {
  let base: string;
  let path: string;
  let folder: MailTransport;

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'touchtone-mail-'));
    path = join(base, 'deep', 'mail');
    folder = folderTransport(path);
  });

  afterEach(async () => {
    folder.close();
    await rm(base, { recursive: true, force: true });
  });

  const send = (mail: ComposedMail) => folder.send(mail, SIGNAL);

  it('writes a mail for this user only, and says where it is', async () => {
    expect(await send(mailOf('Hello'))).toEqual({ kind: 'delivered', where: join(path, NAME) });
    expect(await readdir(path)).toEqual([NAME]);
    expect(await readFile(join(path, NAME), 'utf8')).toBe('Hello');
    expect((await stat(join(path, NAME))).mode & 0o777).toBe(0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  });

  it('writes the same mail twice in the same place', async () => {
    await send(mailOf('Hello'));
    await send(mailOf('Hello again'));
    expect(await readdir(path)).toEqual([NAME]);
    expect(await readFile(join(path, NAME), 'utf8')).toBe('Hello again');
  });

  it('removes what a crash left half written, and nothing else', async () => {
    await mkdir(path, { recursive: true });
    for (const name of [`.${NAME}.part`, '.other.part', 'notes.txt', 'x.eml']) await writeFile(join(path, name), '1');
    await send(mailOf('Hello'));
    expect((await readdir(path)).sort()).toEqual([NAME, 'notes.txt', 'x.eml'].sort());
  });

  it('makes a name of its own of any id', async () => {
    const id = '../../etc/passwd\0 "x"' as OutboxId;
    await send(mailOf('Hello', id));
    expect(await readdir(path)).toEqual(['20260115T093000Z-pin-reset-______etc_passwd___x_.eml']);
  });

  it('lets a mail wait for a folder that cannot be made, and writes it when it can', async () => {
    await writeFile(join(base, 'deep'), 'in the way');
    expect(await send(mailOf('Hello'))).toEqual({
      kind: 'postponed',
      because: 'set-up',
      error: expect.stringMatching(/^The mail cannot be written: E(NOTDIR|EXIST)$/),
    });
    await rm(join(base, 'deep'));
    expect(await send(mailOf('Hello'))).toMatchObject({ kind: 'delivered' });
  });

  it('lets a mail wait for what is in its place, and leaves nothing half written', async () => {
    await mkdir(join(path, NAME), { recursive: true });
    expect(await send(mailOf('Hello'))).toMatchObject({ kind: 'postponed', because: 'set-up' });
    expect(await readdir(path)).toEqual([NAME]);
  });

  it('lets a mail wait for room on the disk, and leaves nothing half written', async () => {
    const script = `
      import { folderTransport } from ${JSON.stringify(join(import.meta.dirname, 'folder-transport.ts'))};
      const mail = { id: '1', kind: 'lockout', queuedAt: 0, envelope: {}, message: Buffer.alloc(100_000, 'x') };
      const { signal } = new AbortController();
      console.log(JSON.stringify(await folderTransport(${JSON.stringify(path)}).send(mail, signal)));
    `;
    // No file of this process gets longer than 4 KiB: what a full disk does in the middle of a mail.
    const shell = `ulimit -f 4; exec "$0" --input-type=module-typescript -e "$1"`;
    const { stdout } = await promisify(execFile)('bash', ['-c', shell, process.execPath, script]);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: 'postponed',
      because: 'set-up',
      error: 'The mail cannot be written: EFBIG',
    });
    expect(await readdir(path)).toEqual([]);
  });
});
