import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Builds the pages before the first start, where they are missing and what builds them is installed. */

const PAGES = join(import.meta.dirname, 'admin/web/dist/index.html');
const TOOL = join(import.meta.dirname, '../node_modules/vite/package.json');

const say = (text: string): boolean => process.stderr.write(`${text}\n`);

/** Whether `npm run build:web` went well; its own words go to the terminal. */
async function build(): Promise<boolean> {
  const npm = process.env.npm_execpath;
  const [command, ...words] = npm === undefined ? ['npm'] : [process.execPath, npm];
  const child = spawn(command ?? 'npm', [...words, 'run', 'build:web'], { stdio: ['ignore', 2, 2] });
  try {
    const [code] = await once(child, 'exit');
    return code === 0;
  } catch {
    // There is no npm to run.
    return false;
  }
}

if (!existsSync(PAGES)) {
  if (!existsSync(TOOL)) {
    say(
      'The pages have not been built, and what builds them is not installed: `npm ci && npm run build:web` does both.',
    );
    say('Touchtone starts without pages; everything else works.');
  } else {
    say('Building the pages; this is done once.');
    if (!(await build())) say('The pages could not be built. Touchtone starts without them; everything else works.');
  }
}
