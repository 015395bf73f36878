import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { columns } from '../bench/columns.ts';
import type { ServiceLogLine } from '../service-process.ts';
import { Callers, type FleetReport } from './callers.ts';
import { LOAD_EXTENSION, LOAD_NUMBER, type LoadService, startLoadService } from './load-service.ts';
import { slopeOf } from './trend.ts';
import { type ProcessReading, readProcesses } from './watched-processes.ts';

export const SOAK_USAGE = 'soak [--minutes 2] [--per-second 5] [--only embedded|named]';

/** How long the longest call lasts, in seconds. */
const CALL_SECONDS = 8;
/** Of a hundred callers so many key. */
const KEYERS = 50;
/** What is looked at first and does not count, as a part of the whole time: caches fill and code is compiled. */
const WARM_UP = 0.25;
/** For as long the own resident memory goes up whatever is done, in minutes; runs that are hardly longer do not judge it. */
const OWN_WARM_UP = 6;
/** Fewer looks than these make no trend. */
const LEAST_LOOKS = 6;
/** How long one look may take, in milliseconds: a machine may stand still for a while. */
const LOOK_MS = 60_000;

/**
 * What may grow, for each call, before it is called a leak. A call that leaves one object behind leaves at least this
 * much heap; what is resident moves with the allocator's moods, and only a trend that is plain in them counts.
 */
const TOLERATED = { heapKib: 0.5, ownKib: 8, things: 0.002 } as const;

/** How the service stands at one moment. */
interface Look {
  readonly minute: number;
  readonly calls: number;
  readonly processes: ProcessReading;
  readonly heap: number;
  readonly timers: number;
  readonly sockets: number;
  readonly listeners: number;
  readonly report: FleetReport;
}

type Measured = readonly [label: string, of: (look: Look) => number, tolerated: number, warmUpMinutes: number];

const MEASURED: readonly Measured[] = [
  ['heap after GC (KiB)', ({ heap }) => 1_024 * heap, TOLERATED.heapKib, 0],
  ['own memory (KiB)', ({ processes }) => 1_024 * processes.own, TOLERATED.ownKib, OWN_WARM_UP],
  ['descriptors', ({ processes }) => processes.descriptors, TOLERATED.things, 0],
  ['timers', ({ timers }) => timers, TOLERATED.things, 0],
  ['sockets', ({ sockets }) => sockets, TOLERATED.things, 0],
  ['listeners', ({ listeners }) => listeners, TOLERATED.things, 0],
];

/**
 * Has calls come and go for a while and looks, three times a minute or more, at what the service holds. Resolves with
 * whether nothing grows and no call went wrong; rejects when a service or callers cannot be had.
 */
export async function runSoak(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: 'string', default: '2' },
      'per-second': { type: 'string', default: '5' },
      only: { type: 'string', default: 'embedded' },
    },
  });
  const minutes = Number(values.minutes);
  const perSecond = Number(values['per-second']);
  if (!(minutes > 0) || !(perSecond > 0)) throw new Error('--minutes and --per-second are numbers above 0');
  if (values.only !== 'embedded' && values.only !== 'named') throw new Error('--only is embedded or named');
  const preload = join(import.meta.dirname, 'soak-preload.mjs');
  const command = [process.execPath, '--expose-gc', '--import', preload, 'src/main.ts'] as const;
  const subject = await startLoadService(values.only, 10 * CALL_SECONDS * perSecond, {}, command);
  await using service = subject.service;
  const looks = await soak(subject, { minutes, perSecond });
  await service.stop();
  console.log(columns([['minute', 'calls', ...MEASURED.map(([label]) => label)], ...perMinute(looks).map(row)]));
  const wrong = [...growth(looks), ...mishaps(looks.at(-1)?.report), ...complaints(service.lines)];
  console.log(wrong.length === 0 ? '\nNothing grows, and no call went wrong.' : `\nFAILED: ${wrong.join('; ')}.`);
  return wrong.length === 0;
}

async function soak(
  subject: LoadService,
  { minutes, perSecond }: { readonly minutes: number; readonly perSecond: number },
): Promise<readonly Look[]> {
  const { host, port } = subject;
  await using callers = Callers.start({
    host,
    port,
    number: LOAD_NUMBER,
    calls: 0,
    keyers: KEYERS,
    perSecond,
    extension: LOAD_EXTENSION,
    seconds: CALL_SECONDS,
  });
  const looks: Look[] = [];
  const between = Math.min(20_000, (minutes * 60_000) / 12);
  const startedAt = performance.now();
  for (let next = startedAt + between; next <= startedAt + minutes * 60_000 + 1; next += between) {
    await sleep(Math.max(0, next - performance.now()));
    looks.push(await look(subject, await callers.report(), (performance.now() - startedAt) / 60_000, looks.length));
  }
  const report = await callers.hangUp();
  const last = looks.at(-1);
  if (last !== undefined) looks[looks.length - 1] = { ...last, report };
  return looks;
}

async function look(
  { service, pids }: LoadService,
  report: FleetReport,
  minute: number,
  before: number,
): Promise<Look> {
  service.signal('SIGUSR2');
  const lines = await service.linesThat('a look', before + 1, ({ msg }) => msg === 'Soak', LOOK_MS);
  const line = lines[before];
  const resources = line?.resources as Readonly<Record<string, number>> | undefined;
  const named = (pattern: RegExp): number =>
    Object.entries(resources ?? {}).reduce((sum, [name, count]) => sum + (pattern.test(name) ? count : 0), 0);
  return {
    minute,
    calls: report.begun,
    processes: await readProcesses(pids),
    heap: Number(line?.heap),
    timers: named(/Timeout/),
    sockets: named(/TCP|UDP|Pipe/),
    listeners: Number(line?.listeners),
    report,
  };
}

/** The last look of each minute. */
function perMinute(looks: readonly Look[]): readonly Look[] {
  return looks.filter(({ minute }, index) => Math.floor(minute) !== Math.floor(looks[index + 1]?.minute ?? -1));
}

function row(one: Look): string[] {
  return [one.minute.toFixed(1), String(one.calls), ...MEASURED.map(([, of]) => of(one).toFixed(0))];
}

/**
 * What grows with the calls, by a line through all looks behind the warm-up. What is held by calls that are up goes up
 * and down by some, and what the system is given back for a while makes a slope, too; a trend counts when it also lifts
 * the lowest of the second half above the lowest of the first, and the highest by as much as is not tolerated.
 */
function growth(looks: readonly Look[]): readonly string[] {
  const lowest = (some: readonly Look[], of: (one: Look) => number): number => Math.min(...some.map(of));
  const highest = (some: readonly Look[], of: (one: Look) => number): number => Math.max(...some.map(of));
  const behindWarmUp = looks.slice(Math.ceil(looks.length * WARM_UP));
  return MEASURED.flatMap(([label, of, tolerated, warmUp]) => {
    const steady = behindWarmUp.filter(({ minute }) => minute >= warmUp);
    if (steady.length < LEAST_LOOKS) return [];
    const half = Math.floor(steady.length / 2);
    const slope = slopeOf(steady.map((one) => [one.calls, of(one)]));
    const [first, second] = [steady.slice(0, half), steady.slice(half)];
    const lifted = lowest(second, of) > lowest(first, of);
    const between = (steady[half]?.calls ?? 0) - (steady[0]?.calls ?? 0);
    const raised = highest(second, of) - highest(first, of) > tolerated * between;
    return slope > tolerated && lifted && raised
      ? [`${label} grows by ${slope.toFixed(4)} with each call; ${tolerated} are tolerated`]
      : [];
  });
}

function mishaps(report: FleetReport | undefined): readonly string[] {
  if (report === undefined) return ['nothing was looked at'];
  const { refused, ended, unanswered, begun } = report;
  return [
    ...Object.entries(refused).map(([status, count]) => `${count} calls were refused with ${status}`),
    ...(ended > 0 ? [`${ended} calls were ended by the service`] : []),
    ...(unanswered > 0 ? [`${unanswered} BYEs were not answered`] : []),
    ...(begun === 0 ? ['no call was made'] : []),
  ];
}

function complaints(lines: readonly ServiceLogLine[]): readonly string[] {
  return [...new Set(lines.filter(({ level }) => level === 'error').map(({ msg }) => `the service logged “${msg}”`))];
}
