import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { SIP_PROFILE } from '../../telephony/media-server-probe.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The program without its tests, one text after the other, and with the one name put in that a message has. */
async function source(): Promise<string> {
  const names = await readdir(join(ROOT, 'src'), { recursive: true });
  const files = names.filter((name) => name.endsWith('.ts') && !/^testing|\.test\.ts$/.test(name));
  const texts = await Promise.all(files.map((name) => readFile(join(ROOT, 'src', name), 'utf8')));
  return texts.join('\n').replaceAll(`\${SIP_PROFILE}`, SIP_PROFILE);
}

it('names in the table of log lines nothing that the service does not say', async () => {
  const guide = await readFile(join(ROOT, 'deploy/README.md'), 'utf8');
  const table = guide.split('| log line of the service |')[1]?.split('\n\n')[0] ?? '';
  const quoted = table.split('\n').flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)]);
  expect(quoted.length).toBeGreaterThan(20);
  const said = await source();
  const unsaid = quoted
    .map(([, text = '']) => text)
    .filter((text) => !["'", '"', '`'].some((mark) => said.includes(`${mark}${text}${mark}`)));
  expect(unsaid).toEqual([]);
});
