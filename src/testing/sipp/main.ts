import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { PinNeeded } from './captures.ts';
import { startOwnService } from './own-service.ts';
import { runScenario, type ScenarioResult, type ScenarioSettings } from './run.ts';
import { findScenario, SCENARIO_NAMES, type Scenario, type ScenarioName } from './scenario.ts';

const HELP = `Runs SIPp scenarios against a telephone service.

  npm run sipp -- <scenario | all> [host[:port]] [options]

Scenarios: ${SCENARIO_NAMES.join(', ')}.
Without a target, a service is started for the run, with a mailbox for each scenario, and all run at the same time.
With one, they run one after the other, and "all" are those that take any mailbox and leave it as it was; the others ask
for a mailbox in a certain state, which sipp-scenarios/README.md tells.

  --extension <digits>   the extension of the target's mailbox; default 51234
  --number <number>      the target's access number; default 5000
  --event-payload <n>    the payload type offered for telephone-event, 96–127; default 101
  --trace                prints the messages in full when a scenario fails
  --help                 this text

A target's PIN is taken from the environment variable TOUCHTONE_PIN, and the PIN that a scenario gives its mailbox from
TOUCHTONE_NEW_PIN, else they are asked for: on the command line they would end up in the shell's history. SIPp is Debian's
sip-tester and needs root to play captured audio.

Exit code: 0 all passed, 1 one failed, 2 wrong usage, or SIPp cannot run here.
`;

class UsageError extends Error {}

interface Order {
  readonly scenarios: readonly Scenario[];
  /** Undefined: a service is started for the run. */
  readonly target: string | undefined;
  readonly extension: string;
  readonly accessNumber: string;
  readonly eventPayloadType: number;
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
  const [name, target, ...more] = positionals;
  if (name === undefined || more.length > 0) throw new UsageError('Which scenario? Name one, or all.');
  if (target !== undefined && !/^[\w.-]+(:\d{1,5})?$/.test(target)) {
    throw new UsageError(`${target} is not a target like 127.0.0.1:5060.`);
  }
  if (!/^\d{1,20}$/.test(values.extension)) throw new UsageError('--extension takes digits.');
  const eventPayloadType = Number(values['event-payload']);
  if (!(eventPayloadType >= 96 && eventPayloadType <= 127)) throw new UsageError('--event-payload takes 96 to 127.');
  return {
    scenarios: scenariosCalled(name, target !== undefined),
    target,
    extension: values.extension,
    accessNumber: values.number,
    eventPayloadType,
    trace: values.trace,
  };
}

function scenariosCalled(name: string, hasTarget: boolean): readonly Scenario[] {
  if (name === 'all') {
    const all = SCENARIO_NAMES.map(findScenario).filter((scenario) => scenario !== undefined);
    return hasTarget ? all.filter(({ mailbox }) => mailbox === 'any') : all;
  }
  const scenario = findScenario(name);
  if (scenario === undefined) throw new UsageError(`There is no scenario "${name}".`);
  return [scenario];
}

const PIN_SOURCES = {
  pin: { variable: 'TOUCHTONE_PIN', question: 'PIN of the mailbox' },
  'new-pin': { variable: 'TOUCHTONE_NEW_PIN', question: 'PIN that the mailbox is to have then' },
} as const;

type WhichPin = keyof typeof PIN_SOURCES;

/** The PINs of a target, each from the environment, else from the person at the terminal or a line of the input, once. */
class Pins {
  readonly #known = new Map<WhichPin, string>();

  get known(): { readonly pin: string | undefined; readonly newPin: string | undefined } {
    return { pin: this.#known.get('pin'), newPin: this.#known.get('new-pin') };
  }

  async learn(which: WhichPin): Promise<void> {
    const { variable, question } = PIN_SOURCES[which];
    const given = process.env[variable] ?? (await askFor(question));
    if (!/^\d{4,24}$/.test(given)) throw new UsageError('A PIN has 4 to 24 digits.');
    this.#known.set(which, given);
  }
}

async function askFor(question: string): Promise<string> {
  if (process.stdin.isTTY) process.stderr.write(`${question} (not shown): `);
  // Without an output, readline switches the terminal's own echo off and repeats nothing.
  const input = createInterface({ input: process.stdin, terminal: process.stdin.isTTY === true });
  try {
    return (await input.question('')).trim();
  } finally {
    input.close();
    if (process.stdin.isTTY) process.stderr.write('\n');
  }
}

/** Runs a scenario; learns PINs as they turn out to be needed, each once for all scenarios. */
async function runWithPins(name: ScenarioName, settings: ScenarioSettings, pins: Pins): Promise<ScenarioResult> {
  for (;;) {
    try {
      return await runScenario(name, { ...settings, ...pins.known });
    } catch (error) {
      if (!(error instanceof PinNeeded)) throw error;
      await pins.learn(error.which);
    }
  }
}

/** Tells how a scenario came out. Returns the exit code that this makes. */
function report(name: ScenarioName, result: ScenarioResult, trace: boolean): 0 | 1 | 2 {
  if (result.kind === 'not-run') {
    console.error(result.reason);
    return 2;
  }
  const took = `${result.seconds.toFixed(1)} s`;
  if (result.kind === 'passed') {
    console.log(`passed  ${name} (${took})${result.note === undefined ? '' : `: ${result.note}`}`);
    return 0;
  }
  console.log(`FAILED  ${name} (${took}): ${result.reason}`);
  console.log(trace ? result.trace : result.ladder);
  return 1;
}

async function runAgainst(target: string, order: Order): Promise<number> {
  const { scenarios, trace, ...settings } = order;
  const pins = new Pins();
  let code = 0;
  for (const { name } of scenarios) {
    const result = await runWithPins(name, { ...settings, target }, pins);
    code = Math.max(code, report(name, result, trace));
    if (result.kind === 'not-run') break;
  }
  return code;
}

async function runOnOwnService({ scenarios, eventPayloadType, trace }: Order): Promise<number> {
  const own = await startOwnService(scenarios);
  await using service = own.process;
  const codes = await Promise.all(
    scenarios.map(async ({ name }) => {
      const mailbox = own.mailboxes.get(name);
      if (mailbox === undefined) throw new Error(`There is no mailbox for ${name}`);
      return report(name, await runScenario(name, { ...mailbox, target: own.target, eventPayloadType }), trace);
    }),
  );
  await service.stop();
  return Math.max(...codes);
}

async function main(): Promise<number> {
  try {
    const order = orderOf(process.argv.slice(2));
    if (order === undefined) {
      process.stdout.write(HELP);
      return 0;
    }
    return await (order.target === undefined ? runOnOwnService(order) : runAgainst(order.target, order));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!(error instanceof UsageError) && !code.startsWith('ERR_PARSE_ARGS')) throw error;
    console.error(`${error instanceof Error ? error.message : error}\nnpm run sipp -- --help tells more.`);
    return 2;
  }
}

process.exitCode = await main();
