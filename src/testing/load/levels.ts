import { setTimeout as sleep } from 'node:timers/promises';
import { Callers, type FleetReport } from './callers.ts';
import type { Histogram } from './histogram.ts';
import { LOAD_EXTENSION, LOAD_NUMBER, type LoadService } from './load-service.ts';
import { type ProcessReading, readProcesses } from './watched-processes.ts';
import { watchWire } from './wire-spacing.ts';

/** One level of load at one service. */
export interface LevelResult {
  readonly name: string;
  readonly calls: number;
  /** Calls that were up from the beginning of the measuring to its end. */
  readonly held: number;
  /** Calls that were refused, or ended by the other side. */
  readonly lostCalls: number;
  /** How those came out, in words. */
  readonly losses: string;
  /** Datagrams of the callers that the system had to throw away for the engines. */
  readonly lostToService: number;
  readonly lostToCallers: number;
  readonly received: number;
  /** How far apart packets are when the callers see them. */
  readonly spacing: FleetReport['spacing'];
  /** The same for one call in eight, as the system stamps them when they are sent; undefined where that cannot be seen. */
  readonly sentSpacing: Histogram | undefined;
  readonly keyWaits: FleetReport['keyWaits'];
  readonly lateness: FleetReport['lateness'];
  /** Cores in use: by the service with its engines, and by the callers. */
  readonly cores: number;
  readonly callerCores: number;
  /** MiB above what was held before the first call. */
  readonly memory: number;
}

export interface LevelOptions {
  readonly calls: number;
  /** How long is measured, in milliseconds. */
  readonly measureMs: number;
  readonly perSecond?: number;
}

/** One caller in so many keys. */
const KEYER_SHARE = 10;
/** Calls begun in each second, so that those at hand are not made late. */
const PER_SECOND = 20;
/** How long the last call may take to be up or to fail, in milliseconds: callers give up after 32 s. */
const SET_UP_MS = 40_000;
/** How long is waited behind the last call, for its welcome and what its making has left to do, in milliseconds. */
const SETTLE_MS = 2_000;
/** How long the service may take to be quiet again behind a level, in milliseconds. */
const COOL_DOWN_MS = 3_000;

/**
 * Holds so many calls for a while and tells what came of it: a sentence when the calls could not even be tried in time,
 * for then there is nothing to measure. Rejects when the callers cannot be had.
 */
export async function measureLevel(
  { name, pids, host, port }: LoadService,
  { calls, measureMs, perSecond = PER_SECOND }: LevelOptions,
): Promise<LevelResult | string> {
  const idle = await readProcesses(pids);
  await using wire = await watchWire();
  await using callers = Callers.start({
    host,
    port,
    number: LOAD_NUMBER,
    calls,
    keyers: Math.max(1, Math.floor(calls / KEYER_SHARE)),
    perSecond,
    extension: LOAD_EXTENSION,
    seconds: 0,
  });
  try {
    await callers.dialled((1_000 * calls) / perSecond + SET_UP_MS);
  } catch (error) {
    // Those that are up end as calls do, so that the service can be stopped.
    await callers.hangUp().catch(() => undefined);
    return `the calls could not be brought up (${error instanceof Error ? error.message : String(error)})`;
  }
  await sleep(SETTLE_MS);
  callers.measure();
  wire?.restart();
  const before = await readProcesses(pids);
  const first = await callers.report();
  await sleep(measureMs);
  const after = await readProcesses(pids);
  const last = await callers.report();
  const sentSpacing = wire?.spacing;
  const over = await callers.hangUp();
  await sleep(COOL_DOWN_MS);
  return describe(name, calls, { idle, before, after }, { first, last, over, sentSpacing });
}

function describe(
  name: string,
  calls: number,
  { idle, before, after }: Readonly<Record<'idle' | 'before' | 'after', ProcessReading>>,
  {
    first,
    last,
    over,
    sentSpacing,
  }: Readonly<Record<'first' | 'last' | 'over', FleetReport>> & Pick<LevelResult, 'sentSpacing'>,
): LevelResult {
  const seconds = (after.at - before.at) / 1_000;
  const refused = Object.values(over.refused).reduce((sum, count) => sum + count, 0);
  return {
    name,
    calls,
    held: Math.min(first.held, last.held),
    lostCalls: refused + over.ended,
    losses: [
      ...Object.entries(over.refused).map(([status, count]) => `${count} × ${status === '0' ? 'no answer' : status}`),
      ...(over.ended > 0 ? [`${over.ended} × ended`] : []),
    ].join(', '),
    lostToService: after.drops - before.drops,
    lostToCallers: last.lost,
    received: last.received,
    spacing: last.spacing,
    sentSpacing,
    keyWaits: last.keyWaits,
    lateness: last.lateness,
    cores: (after.cpuSeconds - before.cpuSeconds) / seconds,
    callerCores: (last.cpuSeconds - first.cpuSeconds) / seconds,
    memory: after.resident - idle.resident,
  };
}

/** What 400 calls on two cores have to be, and what is wrong with a level by that. */
export const REQUIRED = { spacingMs: 5, coresPerCall: 0.0015 } as const;

/** Sentences on what a level falls short of; none when all is well. */
export function shortcomings(level: LevelResult): readonly string[] {
  const { calls, held, lostCalls, losses, lostToService, lostToCallers, cores } = level;
  const seen = level.sentSpacing !== undefined && level.sentSpacing.count > 0;
  const spacing = seen ? level.sentSpacing : level.spacing;
  const late = level.lateness.percentile(0.99).toFixed(1);
  const off = Math.max(spacing.percentile(0.99) - 20, 20 - spacing.percentile(0.01));
  return [
    ...(held < calls || lostCalls > 0
      ? [`${held} of ${calls} calls were held, and ${lostCalls} lost (${losses})`]
      : []),
    ...(lostToService + lostToCallers > 0 ? [`${lostToService + lostToCallers} packets were lost`] : []),
    ...(off > REQUIRED.spacingMs
      ? [
          seen
            ? `packets are sent up to ${off.toFixed(1)} ms off their time (p99)`
            : `packets come up to ${off.toFixed(1)} ms off their time (p99; the callers were ${late} ms late themselves)`,
        ]
      : []),
    ...(cores / calls > REQUIRED.coresPerCall ? [`a call takes ${percent(cores / calls)} of a core`] : []),
  ];
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(3)} %`;
}
