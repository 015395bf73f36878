import { createSocket, type Socket } from 'node:dgram';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-ports.ts';
import { writeWav } from '../phone/wav.ts';
import { Program } from './program.ts';
import type { PhoneKind, RealPhone } from './real-phone.ts';

const START_DEADLINE = 10_000;
/** How long a key is held, and how long nothing is pressed after it, in milliseconds. */
const KEY = 60;
/** What its console takes for the release of a key. */
const RELEASE = '\x04';
const QUIT = 'q';
const HANG_UP = 'b';
const SECONDS_OF_SOURCE = 60;
/** What it says when somebody else has its console's port, of UDP or of TCP. It goes on without one. */
const NO_CONSOLE = 'cons: failed to listen';

/** Whom a certificate must come from, as the path of a PEM file, for a phone that speaks TLS and SRTP and nothing else. */
type Authorities = string;

/** Without a sound card: it sends a file and writes down what it hears. */
function configOf(folder: string, consolePort: number, authorities: Authorities | undefined): string {
  const secured = authorities === undefined ? '' : `sip_cafile ${authorities}\nmodule srtp.so\n`;
  return `
sip_listen 127.0.0.1:0
audio_player aubridge,phone
audio_source aufile,${join(folder, 'source.wav')}
audio_alert aubridge,alert
rtcp_enable yes
module_path /usr/lib/baresip/modules
module cons.so
module g711.so
module aufile.so
module aubridge.so
module sndfile.so
module_tmp account.so
module_app menu.so
${secured}cons_listen 127.0.0.1:${consolePort}
snd_path ${folder}
`;
}

class Baresip implements RealPhone {
  readonly #program: Program;
  readonly #folder: string;
  readonly #port: number;
  readonly #console: Socket = createSocket('udp4');

  constructor(program: Program, folder: string, port: number) {
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
  }

  async call(uri: string): Promise<void> {
    this.#type(`/dial ${uri}\n`);
  }

  async press(keys: string): Promise<void> {
    for (const key of keys) {
      this.#type(key);
      await sleep(KEY);
      this.#type(RELEASE);
      await sleep(KEY);
    }
  }

  async hangUp(): Promise<void> {
    this.#type(HANG_UP);
    await this.#program.wrote(/terminated|session closed/, START_DEADLINE);
    this.#type(QUIT);
    await this.#program.close();
  }

  async heard(): Promise<Buffer> {
    const name = (await readdir(this.#folder)).find((file) => file.endsWith('-dec.wav'));
    if (name === undefined) throw new Error(`baresip has heard nothing:\n${this.#program.output}`);
    return readFile(join(this.#folder, name));
  }

  async messages(): Promise<string> {
    return this.#program.output;
  }

  async close(): Promise<void> {
    this.#type(QUIT);
    await this.#program.close();
    this.#console.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #type(text: string): void {
    this.#console.send(text, this.#port, '127.0.0.1');
  }
}

/** The account that it calls with. */
function accountOf(authorities: Authorities | undefined): string {
  const [uri, encryption] =
    authorities === undefined
      ? ['sip:1001@127.0.0.1', '']
      : ['sip:1001@127.0.0.1;transport=tls', ';mediaenc=srtp-mand'];
  return `<${uri}>;regint=0;audio_codecs=PCMU,PCMA${encryption}\n`;
}

/** baresip (Debian's baresip-core): offers G.711 alone here, telephone-event 101, RTCP beside the port of RTP. */
export const baresip: PhoneKind = baresipWith(undefined);

/** The same, over TLS and with SRTP, for a service whose certificate comes from these authorities. */
export const securedBaresip = (authorities: Authorities): PhoneKind => baresipWith(authorities);

function baresipWith(authorities: Authorities | undefined): PhoneKind {
  return {
    name: 'baresip',
    program: 'baresip',
    package: 'baresip-core',
    start: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'baresip-'));
      const port = await freePort();
      const source = Int16Array.from({ length: 8_000 * SECONDS_OF_SOURCE }, (_, at) => 300 * Math.sin(at * 0.3));
      await writeFile(join(folder, 'source.wav'), writeWav({ rate: 8_000, channels: [source] }));
      await writeFile(join(folder, 'config'), configOf(folder, port, authorities));
      await writeFile(join(folder, 'accounts'), accountOf(authorities));
      await writeFile(join(folder, 'contacts'), '');
      const program = await Program.start('baresip', ['-4', '-f', folder, '-v', '-s'], folder);
      const phone = new Baresip(program, folder, port);
      try {
        await program.wrote(/baresip is ready/, START_DEADLINE);
        if (program.output.includes(NO_CONSOLE)) throw new Error(`baresip has no console:\n${program.output}`);
        return phone;
      } catch (error) {
        await phone.close();
        throw error;
      }
    },
  };
}
