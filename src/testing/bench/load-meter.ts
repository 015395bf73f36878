import { readFile } from 'node:fs/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Ticks a second of the times under /proc: USER_HZ, which is 100 on every Linux that Node runs on (proc(5)). */
const TICKS_PER_SECOND = 100;
/** How often the event loop is looked at, in milliseconds. */
const RESOLUTION_MS = 5;
const NANOSECONDS_PER_MS = 1e6;

/** How busy everything was while something was measured. Shares are in cores: 0.5 is half a core. */
export interface Load {
  readonly elapsedMs: number;
  /** The service, all its threads; undefined where the system does not tell. */
  readonly service: number | undefined;
  /** This process, which plays the callers. */
  readonly own: number;
  /** Everything else on the machine; undefined where the system does not tell. */
  readonly others: number | undefined;
  /** How late this process's event loop was: its share of every time that it measures. Milliseconds. */
  readonly loopDelay: { readonly p99: number; readonly max: number };
}

interface Reading {
  readonly at: number;
  /** Seconds of CPU used so far. */
  readonly service: number | undefined;
  readonly own: number;
  readonly machine: number | undefined;
}

/** Measures how busy the service, this process and the rest of the machine are. */
export class LoadMeter {
  readonly #pid: number | undefined;
  readonly #delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  readonly #first: Reading;

  private constructor(pid: number | undefined, first: Reading) {
    this.#pid = pid;
    this.#first = first;
    this.#delay.enable();
  }

  /** Begins; `pid` is the service's process. */
  static async start(pid: number | undefined): Promise<LoadMeter> {
    return new LoadMeter(pid, await read(pid));
  }

  /** Ends, and tells what was used since the start. */
  async stop(): Promise<Load> {
    this.#delay.disable();
    const last = await read(this.#pid);
    const elapsedMs = last.at - this.#first.at;
    const cores = (seconds: number): number => (1_000 * seconds) / elapsedMs;
    const service = difference(this.#first.service, last.service);
    const machine = difference(this.#first.machine, last.machine);
    const own = last.own - this.#first.own;
    return {
      elapsedMs,
      service: service === undefined ? undefined : cores(service),
      own: cores(own),
      // The clocks of /proc tick coarsely, so what is left may come out as a little less than nothing.
      others: machine === undefined ? undefined : Math.max(0, cores(machine - own - (service ?? 0))),
      loopDelay: { p99: this.#late(this.#delay.percentile(99)), max: this.#late(this.#delay.max) },
    };
  }

  /** What the histogram holds is the time from one look to the next, which is the resolution when nothing is late. */
  #late(nanoseconds: number): number {
    return Math.max(0, nanoseconds / NANOSECONDS_PER_MS - RESOLUTION_MS);
  }
}

function difference(from: number | undefined, to: number | undefined): number | undefined {
  return from === undefined || to === undefined ? undefined : to - from;
}

async function read(pid: number | undefined): Promise<Reading> {
  const [process_, machine] = await Promise.all([
    pid === undefined ? undefined : readIfThere(`/proc/${pid}/stat`),
    readIfThere('/proc/stat'),
  ]);
  const { user, system } = process.cpuUsage();
  return {
    at: performance.now(),
    service: process_ === undefined ? undefined : processSeconds(process_),
    own: (user + system) / 1e6,
    machine: machine === undefined ? undefined : machineSeconds(machine),
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(() => undefined);
}

/** Seconds of CPU that a process has used, from /proc/<pid>/stat (proc(5)): utime and stime, fields 14 and 15. */
export function processSeconds(stat: string): number {
  // The name of the program, field 2, stands in parentheses and may itself have spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Seconds that all cores together have been busy, from /proc/stat (proc(5)): everything but idle and iowait. */
export function machineSeconds(stat: string): number {
  const [, user, nice, system, , , irq, softirq, steal] = (stat.split('\n', 1)[0] ?? '').split(/\s+/).map(Number);
  const ticks = [user, nice, system, irq, softirq, steal].reduce<number>((sum, value) => sum + (value ?? 0), 0);
  return ticks / TICKS_PER_SECOND;
}
