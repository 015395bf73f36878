import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from './program.ts';
import type { PhoneKind, RealPhone } from './real-phone.ts';

/** It looks at its input once a second. */
const COMMAND_DEADLINE = 10_000;

/** It takes fixed ports only; they are chosen where nothing else of the tests is. */
function configOf(): string {
  const port = 45_000 + 10 * randomInt(400);
  return `
[sip]
sip_port=${port}
sip_tcp_port=0
sip_tls_port=0
use_rfc2833=1
use_info=0
ipv6_migration_done=1
use_ipv6=0
contact=sip:1001@127.0.0.1
guess_hostname=0
[rtp]
audio_rtp_port=${port + 2}
`;
}

class Linphone implements RealPhone {
  readonly #program: Program;
  readonly #folder: string;

  constructor(program: Program, folder: string) {
    this.#program = program;
    this.#folder = folder;
  }

  async call(uri: string): Promise<void> {
    this.#program.say('soundcard use files');
    await this.#program.wrote(/Using wav files/, COMMAND_DEADLINE);
    this.#program.say(`record ${join(this.#folder, 'heard.wav')}`);
    this.#program.say(`call ${uri}`);
  }

  async press(keys: string): Promise<void> {
    this.#program.say(keys);
  }

  async hangUp(): Promise<void> {
    this.#program.say('terminate');
    await this.#program.wrote(/ended \(/, COMMAND_DEADLINE);
    this.#program.say('quit');
    await this.#program.wrote(/Terminating/, COMMAND_DEADLINE);
    await this.#program.close();
  }

  heard(): Promise<Buffer> {
    return readFile(join(this.#folder, 'heard.wav'));
  }

  messages(): Promise<string> {
    return readFile(join(this.#folder, 'log'), 'utf8');
  }

  async close(): Promise<void> {
    await this.#program.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** linphonec (Debian's linphone-cli), as it comes, but for its sound card, which it is told to do without. */
export const linphone: PhoneKind = {
  name: 'linphone',
  program: 'linphonec',
  package: 'linphone-cli',
  start: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'linphone-'));
    await mkdir(join(folder, '.local/share/linphone'), { recursive: true });
    await writeFile(join(folder, 'linphonerc'), configOf());
    const args = ['-c', join(folder, 'linphonerc'), '-d', '6', '-l', join(folder, 'log')];
    return new Linphone(await Program.start('linphonec', args, folder), folder);
  },
};
