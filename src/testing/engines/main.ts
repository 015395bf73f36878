import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The whole phone suite and every SIPp scenario, on the engines that DRACHTIO_URL and FREESWITCH_URLS name. Both are run
 * even when the first one fails, because a difference between engines is understood sooner from both.
 */

const HELP = `Runs the phone suite and all SIPp scenarios against the engines that DRACHTIO_URL and FREESWITCH_URLS name.

  DRACHTIO_URL=drachtio://:SECRET@HOST[:9022] FREESWITCH_URLS=freeswitch://:SECRET@HOST[:8021] npm run test:engines

  TEST_SIP_TARGET   host:port on which that drachtio-server takes calls; port 5060 of its host when absent

A setting that is absent leaves its half of the embedded pair in place. Arguments go to vitest, and then SIPp is left out.
No other service may be connected to the drachtio-server meanwhile: it would get half of the calls.
`;

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

/** Runs a program of this repository with the engines in its environment. Resolves to whether it succeeded. */
function succeeds(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env: environment, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code === 0));
  });
}

/** Where calls go to; undefined when the SIP edge is the embedded one, which says so itself. */
function sipTarget({ DRACHTIO_URL, TEST_SIP_TARGET }: NodeJS.ProcessEnv): string | undefined {
  if (DRACHTIO_URL === undefined || DRACHTIO_URL === '') return undefined;
  return TEST_SIP_TARGET ?? `${new URL(DRACHTIO_URL).hostname}:5060`;
}

async function main(args: readonly string[]): Promise<number> {
  const { DRACHTIO_URL = '', FREESWITCH_URLS = '' } = process.env;
  if (args.includes('--help') || (DRACHTIO_URL === '' && FREESWITCH_URLS === '')) {
    process.stdout.write(HELP);
    return args.includes('--help') ? 0 : 2;
  }
  const target = sipTarget(process.env);
  const environment = { ...process.env, ...(target === undefined ? {} : { TEST_SIP_TARGET: target }) };
  // One drachtio-server shares its calls out among all services that are connected: one file, and one service, at a time.
  const suite = args.length > 0 ? args : ['src/testing/suite'];
  const hasSuitePassed = await succeeds([VITEST, 'run', '--no-file-parallelism', ...suite], environment);
  if (args.length > 0) return hasSuitePassed ? 0 : 1;
  const haveScenariosPassed = await succeeds(['src/testing/sipp/main.ts', 'all'], environment);
  console.log(`phone suite: ${hasSuitePassed ? 'passed' : 'FAILED'}`);
  console.log(`SIPp scenarios: ${haveScenariosPassed ? 'passed' : 'FAILED'}`);
  return hasSuitePassed && haveScenariosPassed ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
