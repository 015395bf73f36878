import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { runScenario, type ScenarioResult, type ScenarioSettings } from './run.ts';
import { findScenario, PinNeeded, SCENARIO_NAMES } from './scenario.ts';

const HELP = `Runs SIPp scenarios against a telephone service.

  npm run sipp -- <scenario | all> [host[:port]] [options]

Scenarios: ${SCENARIO_NAMES.join(', ')}.
The default target is 127.0.0.1:5060, where npm start answers.

  --extension <digits>   the extension of a mailbox; default 51234
  --number <number>      the access number to call; default 5000
  --event-payload <n>    the payload type offered for telephone-event, 96–127; default 101
  --trace                prints the messages in full when a scenario fails
  --help                 this text

The PIN is taken from the environment variable TOUCHTONE_PIN, else asked for: a PIN on the command line would end up in
the shell's history. SIPp is Debian's sip-tester and needs root to play captured audio.

Exit code: 0 all passed, 1 one failed, 2 wrong usage, or SIPp cannot run here.
`;

class UsageError extends Error {}

interface Order {
  readonly names: readonly string[];
  readonly settings: ScenarioSettings;
  readonly trace: boolean;
}

function orderOf(args: readonly string[]): Order | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      extension: { type: 'string', default: '51234' },
      number: { type: 'string', default: '5000' },
      'event-payload': { type: 'string', default: '101' },
      trace: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  const [name, target = '127.0.0.1:5060', ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Which scenario? Name one, or all.');
  if (name !== 'all' && findScenario(name) === undefined) throw new UsageError(`There is no scenario "${name}".`);
  if (!/^[\w.-]+(:\d{1,5})?$/.test(target)) throw new UsageError(`${target} is not a target like 127.0.0.1:5060.`);
  if (!/^\d{1,20}$/.test(values.extension)) throw new UsageError('--extension takes digits.');
  const eventPayloadType = Number(values['event-payload']);
  if (!(eventPayloadType >= 96 && eventPayloadType <= 127)) throw new UsageError('--event-payload takes 96 to 127.');
  return {
    names: name === 'all' ? SCENARIO_NAMES : [name],
    settings: { target, extension: values.extension, accessNumber: values.number, eventPayloadType },
    trace: values.trace,
  };
}

/** The PIN from the environment, else from the person at the terminal or the first line of the input. */
async function readPin(): Promise<string> {
  const given = process.env.TOUCHTONE_PIN ?? (await askForPin());
  if (!/^\d{4,24}$/.test(given)) throw new UsageError('A PIN has 4 to 24 digits.');
  return given;
}

async function askForPin(): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write('PIN of the mailbox (not shown): ');
  // Without an output, readline switches the terminal's own echo off and repeats nothing.
  const input = createInterface({ input: process.stdin, terminal: process.stdin.isTTY === true });
  try {
    return (await input.question('')).trim();
  } finally {
    input.close();
    if (process.stdin.isTTY) process.stderr.write('\n');
  }
}

/** Runs a scenario; asks for the PIN when it turns out to be needed, once for all scenarios. */
async function runWithPin(
  name: string,
  settings: ScenarioSettings,
  pin: () => Promise<string>,
): Promise<ScenarioResult> {
  try {
    return await runScenario(name, settings);
  } catch (error) {
    if (!(error instanceof PinNeeded)) throw error;
    return await runScenario(name, { ...settings, pin: await pin() });
  }
}

async function runAll({ names, settings, trace }: Order): Promise<number> {
  let known: Promise<string> | undefined;
  const pin = () => {
    known ??= readPin();
    return known;
  };
  let code = 0;
  for (const name of names) {
    const result = await runWithPin(name, settings, pin);
    if (result.kind === 'not-run') {
      console.error(result.reason);
      return 2;
    }
    const took = `${result.seconds.toFixed(1)} s`;
    if (result.kind === 'passed') {
      console.log(`passed  ${name} (${took})${result.note === undefined ? '' : `: ${result.note}`}`);
      continue;
    }
    code = 1;
    console.log(`FAILED  ${name} (${took}): ${result.reason}`);
    console.log(trace ? result.trace : result.ladder);
  }
  return code;
}

async function main(): Promise<number> {
  try {
    const order = orderOf(process.argv.slice(2));
    if (order === undefined) {
      process.stdout.write(HELP);
      return 0;
    }
    return await runAll(order);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!(error instanceof UsageError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
    console.error(`${error instanceof Error ? error.message : error}\nnpm run sipp -- --help tells more.`);
    return 2;
  }
}

process.exitCode = await main();
