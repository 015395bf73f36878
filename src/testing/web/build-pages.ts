import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../../..');

/**
 * Builds the pages as they are delivered. In a process of its own: what is built follows NODE_ENV, and tests have one that
 * would bring React's development build, which does some things twice and is slow.
 */
export async function buildPages(): Promise<void> {
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--config', 'src/admin/web/vite.config.ts', '--logLevel', 'error'];
  const env = { ...process.env, NODE_ENV: 'production' };
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, env, timeout: 100_000 });
}
