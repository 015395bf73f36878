import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Codec } from './g711.ts';
import { localAddressTowards } from './local-address.ts';
import { readKeys, readScript, ScriptError, type Step } from './script.ts';
import { parseSipUri, transportOf } from './sip-message.ts';
import { TerminalPhone, type TerminalSettings } from './terminal-phone.ts';

const HELP = `A phone in the terminal: calls a SIP address, shows what is being said, and takes your keys.

  npm run phone -- [options] [sip:number@host[:port]]

The default address is sip:5000@127.0.0.1:5060, where npm start answers; an IPv6 address stands in brackets, and
;transport=tcp behind it calls over TCP, ;transport=tls over TLS. There is no sound: what the service says
appears as text. In a terminal, press 0–9, * and #; q or Ctrl-C hangs up. Keys are shown as dots.

  --from <number>      the number that calls; default 1001
  --save <file.wav>    saves both sides of the call (stereo, 8 kHz)
  --codec <name>       PCMU (default) or PCMA
  --tls                calls over TLS, as ;transport=tls does
  --ca <file.pem>      whom the service's certificate must come from, or the certificate itself
  --srtp               offers SRTP in place of RTP
  --info               sends keys as SIP INFO instead of RTP events
  --script <file>      follows a script: lines of  hear <prompt id> [seconds] / press <keys> / wait <seconds> / hang up
                       $NAME in the keys is taken from the environment
  --keys <keys>        presses these keys after the first sound; a comma waits a second, q hangs up
  --linger <seconds>   after the last key, hangs up once it was quiet for this long; default 3
  --help               this text

Without a terminal, keys are read from standard input. A PIN on the command line can end up in the shell's history and
is seen in the list of processes: rather pipe it in, or use --script with an environment variable.

Exit code: 0 the call was answered, 1 it was not, 2 wrong usage, 3 a script waited for something in vain.
`;

const DEFAULT_TARGET = 'sip:5000@127.0.0.1:5060';

class UsageError extends Error {}

async function settingsOf(args: readonly string[]): Promise<TerminalSettings | undefined> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      from: { type: 'string', default: '1001' },
      save: { type: 'string' },
      codec: { type: 'string', default: 'PCMU' },
      info: { type: 'boolean', default: false },
      tls: { type: 'boolean', default: false },
      ca: { type: 'string' },
      srtp: { type: 'boolean', default: false },
      script: { type: 'string' },
      keys: { type: 'string' },
      linger: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  if (positionals.length > 1) throw new UsageError('One address, please.');
  const [given = DEFAULT_TARGET] = positionals;
  const plain = /^[\w+.-]+$/.test(given) ? `sip:${given}@127.0.0.1` : given.replace(/^(?=[\w+.-]+@)/, 'sip:');
  const target = values.tls && transportOf(plain) !== 'tls' ? `${plain};transport=tls` : plain;
  const uri = parseSipUri(target);
  if (uri === undefined) throw new UsageError(`${given} is not an address like ${DEFAULT_TARGET}.`);
  const lingerMs = Number(values.linger) * 1_000;
  if (!(lingerMs > 0)) throw new UsageError('--linger takes a number of seconds above 0.');
  if (!/^[\w.+-]+$/.test(values.from)) throw new UsageError('--from takes a number.');
  const { address } = await lookup(uri.host).catch(() => {
    throw new UsageError(`There is no host ${uri.host}.`);
  });
  return {
    target,
    host: await localAddressTowards(address, uri.port),
    transport: transportOf(target),
    authority: await authorityOf(values.ca),
    number: values.from,
    options: { codecs: codecsOf(values.codec), ...(values.srtp ? { srtp: 'required' } : {}) },
    by: values.info ? 'info' : 'telephone-event',
    save: values.save,
    steps: await stepsOf(values.keys, values.script),
    lingerMs,
  };
}

async function authorityOf(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return await readFile(path, 'utf8').catch(() => {
    throw new UsageError(`Cannot read ${path}.`);
  });
}

function codecsOf(first: string): readonly Codec[] {
  if (first === 'PCMU') return ['PCMU', 'PCMA'];
  if (first === 'PCMA') return ['PCMA', 'PCMU'];
  throw new UsageError('--codec takes PCMU or PCMA.');
}

async function stepsOf(keys: string | undefined, script: string | undefined): Promise<readonly Step[] | undefined> {
  if (keys !== undefined && script !== undefined) throw new UsageError('Either --keys or --script, not both.');
  if (keys !== undefined) return readKeys(keys);
  if (script === undefined) return undefined;
  const text = await readFile(script, 'utf8').catch(() => {
    throw new UsageError(`Cannot read ${script}.`);
  });
  return readScript(text, process.env);
}

function isUsageError(error: unknown): error is Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof UsageError || error instanceof ScriptError || code.startsWith('ERR_PARSE_ARGS');
}

async function main(): Promise<number> {
  try {
    const settings = await settingsOf(process.argv.slice(2));
    if (settings === undefined) {
      process.stdout.write(HELP);
      return 0;
    }
    const onStop = (stop: () => void) => {
      process.on('SIGINT', stop);
      process.on('SIGTERM', stop);
    };
    return await new TerminalPhone(settings, { input: process.stdin, output: process.stdout, onStop }).run();
  } catch (error) {
    if (!isUsageError(error)) throw error;
    process.stderr.write(`${error.message}\nnpm run phone -- --help tells more.\n`);
    return 2;
  }
}

process.exitCode = await main();
