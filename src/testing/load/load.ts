import { parseArgs } from 'node:util';
import { columns } from '../bench/columns.ts';
import type { ServiceLogLine } from '../service-process.ts';
import { measureBareSockets } from './bare-sockets.ts';
import { type LevelResult, measureLevel, percent, REQUIRED, shortcomings } from './levels.ts';
import { namesEngines, startLoadService } from './load-service.ts';

/** The level that is required; more is aimed at. */
const REQUIRED_CALLS = 400;

export const LOAD_USAGE = 'load [--levels 100,400,800] [--seconds 20] [--only embedded|named] [--cpu-prof FOLDER]';

interface Wanted {
  readonly levels: readonly number[];
  readonly seconds: number;
  readonly engines: readonly ('embedded' | 'named')[];
  readonly profile: string | undefined;
}

function read(args: readonly string[]): Wanted {
  const { values } = parseArgs({
    args: [...args],
    options: {
      levels: { type: 'string', default: '100,400,800' },
      seconds: { type: 'string', default: '20' },
      only: { type: 'string' },
      'cpu-prof': { type: 'string' },
    },
  });
  const levels = values.levels.split(',').map(Number);
  const seconds = Number(values.seconds);
  if (!levels.every((level) => Number.isInteger(level) && level > 0)) throw new Error('--levels are numbers of calls');
  if (!(seconds > 0)) throw new Error('--seconds is a number above 0');
  const { only } = values;
  if (only !== undefined && only !== 'embedded' && only !== 'named') throw new Error('--only is embedded or named');
  const both = namesEngines(process.env) ? (['embedded', 'named'] as const) : (['embedded'] as const);
  return { levels, seconds, engines: only === undefined ? both : [only], profile: values['cpu-prof'] };
}

/**
 * Holds calls with audio both ways, level by level, at the embedded pair and, in the same run, at the engines that the
 * environment names. Resolves with whether the required level is borne; rejects when a service or callers cannot be had.
 */
export async function runLoad(args: readonly string[]): Promise<boolean> {
  const { levels, seconds, engines, profile } = read(args);
  const bare = await measureBareSockets(REQUIRED_CALLS, Math.min(seconds, 10));
  console.log(`Bare sockets of Node take ${percent(bare)} of a core for each of ${REQUIRED_CALLS} calls here.`);
  const results: LevelResult[] = [];
  const unmeasured: string[] = [];
  for (const engine of engines) {
    const command =
      profile === undefined
        ? undefined
        : ([process.execPath, '--cpu-prof', `--cpu-prof-dir=${profile}`, 'src/main.ts'] as const);
    const subject = await startLoadService(engine, Math.max(...levels) + 10, {}, command);
    await using service = subject.service;
    for (const calls of levels) {
      const result = await measureLevel(subject, { calls, measureMs: 1_000 * seconds });
      if (typeof result === 'string') {
        console.log(`${subject.name}, ${calls} calls: ${result}`);
        // A level above would only be worse.
        unmeasured.push(`${subject.name}, ${calls} calls`);
        break;
      }
      results.push(result);
      console.log(`${result.name}, ${calls} calls: ${shortcomings(result).join('; ') || 'all is well'}`);
    }
    await service.stop().catch((error: unknown) => {
      const [what] = (error instanceof Error ? error.message : String(error)).split('\n');
      unmeasured.push(`${subject.name}, the end (${what})`);
    });
    for (const [ending, count] of endingsIn(service.lines)) console.log(`  the service: ${count} × ${ending}`);
  }
  console.log(`\n${columns(LINES.map(([label, value]) => [label, ...results.map(value)]))}\n\n${NOTES}`);
  if (unmeasured.length > 0) console.log(`Not borne, so not measured: ${unmeasured.join('; ')}, and more.`);
  const required = results.filter(({ name, calls }) => name === 'embedded' && calls <= REQUIRED_CALLS);
  if (unmeasured.some((level) => level.startsWith('embedded'))) return false;
  return required.every((result) => shortcomings(result).length === 0);
}

/** What the service says of calls, and what it complains of, each with how often. */
function endingsIn(lines: readonly ServiceLogLine[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { msg, level, outcome, cause, why } of lines) {
    const isCall = msg === 'Call ended' || msg === 'Call refused';
    if (!isCall && level !== 'warn' && level !== 'error') continue;
    const ending = [msg, outcome, cause, why].filter((part) => typeof part === 'string').join(', ');
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  return counts;
}

/** What is told of each level, one in a line, so that the levels stand beside one another. */
const LINES: readonly (readonly [label: string, value: (level: LevelResult) => string])[] = [
  ['engines', ({ name }) => name],
  ['calls', ({ calls }) => String(calls)],
  ['calls held', ({ held }) => String(held)],
  ['calls lost', ({ lostCalls }) => String(lostCalls)],
  ['packets heard', ({ received }) => String(received)],
  ['packets lost to the service', ({ lostToService }) => String(lostToService)],
  ['packets lost to the callers', ({ lostToCallers }) => String(lostToCallers)],
  ['sent apart, p50 (ms)', ({ sentSpacing }) => sentSpacing?.percentile(0.5).toFixed(1) ?? '?'],
  ['sent apart, p1 (ms)', ({ sentSpacing }) => sentSpacing?.percentile(0.01).toFixed(1) ?? '?'],
  ['sent apart, p99 (ms)', ({ sentSpacing }) => sentSpacing?.percentile(0.99).toFixed(1) ?? '?'],
  ['sent apart, most (ms)', ({ sentSpacing }) => sentSpacing?.max.toFixed(1) ?? '?'],
  ['seen apart, p50 (ms)', ({ spacing }) => spacing.percentile(0.5).toFixed(1)],
  ['seen apart, p99 (ms)', ({ spacing }) => spacing.percentile(0.99).toFixed(1)],
  ['seen apart, most (ms)', ({ spacing }) => spacing.max.toFixed(1)],
  ['CPU for a call (of a core)', ({ cores, calls }) => percent(cores / calls)],
  ['CPU for all (cores)', ({ cores }) => cores.toFixed(2)],
  ['memory for a call (MiB)', ({ memory, calls }) => (memory / calls).toFixed(3)],
  ['key → prompt, p50 (ms)', ({ keyWaits }) => keyWaits.percentile(0.5).toFixed(1)],
  ['key → prompt, p99 (ms)', ({ keyWaits }) => keyWaits.percentile(0.99).toFixed(1)],
  ['callers late, p99 (ms)', ({ lateness }) => lateness.percentile(0.99).toFixed(1)],
  ['callers late, most (ms)', ({ lateness }) => lateness.max.toFixed(1)],
  ['CPU of the callers (cores)', ({ callerCores }) => callerCores.toFixed(2)],
];

const NOTES = `Times are in milliseconds. Required for ${REQUIRED_CALLS} calls on two cores: none lost, no packet lost,
spacing within ${REQUIRED.spacingMs} ms of 20 at p99, at most ${percent(REQUIRED.coresPerCall)} of a core for each call.
The CPU is that of the service and its engines together. "Sent apart" is of one call in eight, stamped by the system as
packets leave (by tcpdump, as root; else by what the callers see). "Seen apart" and the keys' waits have in them how late
the callers are, and the latter the first packets of an answer that are silence.`;
