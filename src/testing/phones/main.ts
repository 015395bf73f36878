import { spawnSync } from 'node:child_process';
import { loadServicePrompts } from '../phone/phone.ts';
import { startService } from '../service.ts';
import { baresip } from './baresip.ts';
import { linphone } from './linphone.ts';
import type { PhoneKind } from './real-phone.ts';
import { signInBy } from './sign-in.ts';

const HELP = `Calls the service with phones that others have written, and signs in by their keys.

  npm run phones                  all phones that are installed
  npm run phones -- <name>...     these

Phones: baresip (Debian's baresip-core), linphone (linphone-cli). A service is started for the run, on loopback.

Exit code: 0 all got in, 1 one did not, 2 wrong usage, or no phone is installed.
`;

const KINDS: readonly PhoneKind[] = [baresip, linphone];

function isInstalled({ program }: PhoneKind): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
}

/** Calls with each of the phones in turn. Returns how many did not get in. */
async function callWith(kinds: readonly PhoneKind[]): Promise<number> {
  const prompts = await loadServicePrompts();
  const service = await startService();
  let failures = 0;
  try {
    for (const kind of kinds) {
      try {
        const { end, heard, described } = await signInBy(kind, service, prompts);
        if (end.signedIn !== true) failures += 1;
        console.log(`${kind.name}: ${end.signedIn === true ? 'signed in' : 'not signed in'}`);
        console.log(`  ${described.agent}; session timer: ${described.sessionTimer}`);
        console.log(`  sent ${described.rtpPackets} packets of RTP and ${described.rtcpPackets} of RTCP`);
        console.log(`  heard: ${heard.join(', ')}`);
        for (const line of described.offer) console.log(`  offered: ${line}`);
      } catch (error) {
        failures += 1;
        console.error(`${kind.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await service.close();
  }
  return failures;
}

const names = process.argv.slice(2);
const wanted = names.length === 0 ? KINDS : KINDS.filter(({ name }) => names.includes(name));
const present = wanted.filter(isInstalled);
for (const { name, package: needed } of wanted.filter((kind) => !present.includes(kind))) {
  console.error(`${name} is not installed (Debian, Ubuntu: apt-get install --no-install-recommends ${needed}).`);
}
if (names.some((name) => !KINDS.some((kind) => kind.name === name)) || present.length === 0) {
  console.error(HELP);
  process.exitCode = 2;
} else {
  const failures = await callWith(present);
  process.exitCode = failures > 0 || present.length < names.length ? 1 : 0;
}
