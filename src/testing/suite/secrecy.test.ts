import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useService } from './use-service.ts';

/** Every file of a folder, at any depth, as bytes read one to one into a text. */
async function contentsOf(folder: string): Promise<readonly (readonly [file: string, content: string])[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return Promise.all(
    files.map(async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), 'latin1')] as const),
  );
}

describe('a PIN', () => {
  const setting = useService();

  it('that was keyed is in no log and no database, and neither is what was keyed by mistake', async () => {
    const { service } = setting;
    const mistyped = '77341';
    const call = await setting.call();
    await call.press(`${mistyped}#`);
    await call.heard('enter-pin');
    await call.press(`${service.mailbox.wrongPin}#`);
    await call.heard('sign-in-failed');
    await call.press('*');
    await call.heard('enter-extension');
    await call.press(`${service.mailbox.extension}#${service.mailbox.pin}#`);
    await call.heard('signed-in');
    await call.hangUp();
    const byInfo = await setting.call({ eventPayloadType: 'none' });
    await byInfo.heard('enter-extension');
    await byInfo.press(`${service.mailbox.extension}#${service.mailbox.pin}#`, { by: 'info' });
    await byInfo.heard('signed-in');
    await byInfo.hangUp();
    await service.released();

    const log = service.log.join('');
    expect(log).toContain('Call ended');
    const stored = (await contentsOf(service.dataDir)).filter(([name]) => !name.endsWith('.eml'));
    expect(stored.map(([name]) => name)).toEqual(expect.arrayContaining([expect.stringMatching(/sqlite/)]));
    for (const secret of [service.mailbox.pin, service.mailbox.wrongPin, mistyped]) {
      expect(occurrences(log, secret)).toEqual([]);
      for (const [name, content] of stored) expect([name, occurrences(content, secret)]).toEqual([name, []]);
    }
  });

  it('is where it belongs: in the one mail to its user, which nobody else can read', async () => {
    const mails = (await contentsOf(setting.service.dataDir)).filter(([name]) => name.endsWith('.eml'));
    expect(mails).toHaveLength(1);
    expect(mails[0]?.[1]).toContain(setting.service.welcome.pin);
  });
});

/** Where a secret stands by itself; as part of a longer run of letters or digits, such as an id or a time, it is chance. */
function occurrences(text: string, secret: string): readonly string[] {
  return [...text.matchAll(new RegExp(`.{0,40}(?<![0-9A-Za-z])${secret}(?![0-9A-Za-z]).{0,20}`, 'g'))].map(
    ([found]) => found,
  );
}
