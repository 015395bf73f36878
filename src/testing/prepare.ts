/**
 * Makes sure that the tests have what they need from the system: SIPp, which is Debian's `sip-tester`, baresip, the
 * programs of PostgreSQL, docker-compose, which needs no engine to look at a file, and Chromium. It runs before the tests,
 * installs what is missing where that is possible, and says what to do where it is not.
 */
import { spawnSync } from 'node:child_process';
import { postgresPrograms } from './postgres/programs.ts';

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

/** What the tests call the service with, keep its data in and look at its pages with, and Debian's packages of it. */
const NEEDED = [
  { isThere: () => has('sipp'), package: 'sip-tester' },
  { isThere: () => has('baresip'), package: 'baresip-core' },
  // Debian starts a server of its own with it, which the tests do not use.
  { isThere: () => postgresPrograms() !== undefined, package: 'postgresql' },
  { isThere: () => has('docker-compose'), package: 'docker-compose' },
  // Without windows it takes a good part less of the processors; one with windows that is already there does as well.
  { isThere: () => has('chromium-headless-shell') || has('chromium'), package: 'chromium-headless-shell' },
] as const;

function run(command: readonly string[]): boolean {
  const asRoot = process.getuid?.() === 0 ? command : ['sudo', '-n', ...command];
  const [program = '', ...args] = asRoot;
  return (
    spawnSync(program, args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
      .status === 0
  );
}

function install(packages: readonly string[]): boolean {
  if (!has('apt-get')) return false;
  return (
    run(['apt-get', 'update', '-q']) && run(['apt-get', 'install', '-y', '-q', '--no-install-recommends', ...packages])
  );
}

const missing = NEEDED.filter(({ isThere }) => !isThere()).map((needed) => needed.package);
if (missing.length > 0 && !install(missing)) {
  const packages = missing.join(' ');
  console.error(
    `The tests need SIPp, baresip, PostgreSQL, docker-compose and Chromium. Install what is missing (Debian, Ubuntu: apt-get install ${packages}) and run them again.`,
  );
  process.exitCode = 1;
} else if (process.getuid?.() !== 0 && !run(['true'])) {
  console.error(
    'SIPp plays captured audio through a raw socket: run the tests as root, or as a user with password-free sudo.',
  );
  process.exitCode = 1;
}
