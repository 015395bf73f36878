/**
 * Makes sure that the tests have what they need from the system: SIPp, which is Debian's `sip-tester`, baresip, and Chromium. It
 * runs before the tests, installs what is missing where that is possible, and says what to do where it is not.
 */
import { spawnSync } from 'node:child_process';

/** Programs that the tests call the service and look at its pages with, and the packages of Debian that they come with. */
const NEEDED = [
  { program: 'sipp', package: 'sip-tester' },
  { program: 'baresip', package: 'baresip-core' },
  { program: 'chromium', package: 'chromium' },
] as const;

function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

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

const missing = NEEDED.filter(({ program }) => !has(program)).map((needed) => needed.package);
if (missing.length > 0 && !install(missing)) {
  const packages = missing.join(' ');
  console.error(
    `The tests call the service with SIPp and baresip, and look at its pages with Chromium. Install them (Debian, Ubuntu: apt-get install ${packages}) and run them again.`,
  );
  process.exitCode = 1;
} else if (process.getuid?.() !== 0 && !run(['true'])) {
  console.error(
    'SIPp plays captured audio through a raw socket: run the tests as root, or as a user with password-free sudo.',
  );
  process.exitCode = 1;
}
