import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { EXIT_CODES } from './exit-codes.ts';
import { Failure, UsageFailure } from './failure.ts';
import type { Host } from './host.ts';
import type { PinSource } from './parameter.ts';
import { Secret } from './secret.ts';

type Streams = Pick<Host, 'stdin' | 'stderr'>;

/** Characters that are read in search of the end of a PIN's line. */
const LONGEST_LINE = 1_024;

/** Readline shows what is typed by writing it to its output; this one shows nothing. */
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() });

/** Gets a PIN from where a command says it is. @throws Failure when there is none. */
export async function obtainPin(source: PinSource, streams: Streams): Promise<Secret> {
  switch (source.kind) {
    case 'given':
      return source.pin;
    case 'asked':
      return askForPin(streams);
    case 'standard-input':
      return streams.stdin.isTTY ? askForPin(streams) : readPin(streams);
  }
}

/** Asks for a PIN twice, without echo. */
async function askForPin(streams: Streams): Promise<Secret> {
  if (!streams.stdin.isTTY) {
    throw new UsageFailure(
      '-Pin has nothing behind it, and there is no terminal to ask in. Give the PIN in the first line of standard input with -Pin -, or leave -Pin out to have one generated.',
    );
  }
  const pin = await askSilently('New PIN: ', streams);
  if (pin === '') throw new UsageFailure('No PIN was entered; leave -Pin out to have one generated.');
  if ((await askSilently('The same PIN again: ', streams)) !== pin) {
    throw new UsageFailure('The two PINs are not the same; nothing was done.');
  }
  return new Secret(pin);
}

/** Resolves with a line; rejects when Ctrl-C or the end of the input comes instead. */
async function askSilently(prompt: string, { stdin, stderr }: Streams): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const lines = createInterface({ input: stdin, output: nowhere(), terminal: true, historySize: 0 });
  const interrupted = (): void => reject(new Failure('Interrupted; nothing was done.', EXIT_CODES.interrupted));
  lines.once('line', resolve).once('SIGINT', interrupted).once('close', interrupted);
  stderr.write(prompt);
  try {
    return await promise;
  } finally {
    lines.close();
    stderr.write('\n');
  }
}

async function readPin({ stdin }: Streams): Promise<Secret> {
  let text = '';
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.includes('\n') || text.length > LONGEST_LINE) break;
  }
  const [line = ''] = text.split(/\r?\n/);
  if (line === '') throw new UsageFailure('Standard input holds no PIN in its first line.');
  return new Secret(line);
}

/**
 * Asks whether to go on; yes is `y` or `yes`, everything else is no.
 *
 * @throws UsageFailure where there is no terminal.
 */
export async function confirm(question: string, { stdin, stderr }: Streams): Promise<boolean> {
  if (!stdin.isTTY) {
    throw new UsageFailure(
      "This has to be confirmed, and there is no terminal to ask in. Add '-Confirm:$false' (in single quotes) to do it without asking.",
    );
  }
  const { promise, resolve } = Promise.withResolvers<string>();
  const lines = createInterface({ input: stdin, terminal: false });
  lines.once('line', resolve).once('close', () => resolve(''));
  stderr.write(`${question} [y/N] `);
  const answer = await promise;
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}
