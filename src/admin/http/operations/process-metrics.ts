import { readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/** How often the event loop is looked at, in milliseconds; what is measured has this in it. */
const RESOLUTION = 10;

/** The same names as prom-client's own, which cannot be told to stop and would outlive their registry. */
function watchProcess(registry: Registry): () => Promise<void> {
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const user = new Counter({ name: 'process_cpu_user_seconds_total', help: 'User CPU time.', registers });
  const system = new Counter({ name: 'process_cpu_system_seconds_total', help: 'System CPU time.', registers });
  gauge('process_start_time_seconds', 'When the process started, since 1970.').set(performance.timeOrigin / 1_000);
  const resident = gauge('process_resident_memory_bytes', 'Resident memory.');
  const heapTotal = gauge('nodejs_heap_size_total_bytes', 'Size of the heap.');
  const heapUsed = gauge('nodejs_heap_size_used_bytes', 'What of the heap is used.');
  const external = gauge('nodejs_external_memory_bytes', 'Memory of objects outside the heap.');
  const descriptors = gauge('process_open_fds', 'Open file descriptors, where the system tells.');
  return async () => {
    const cpu = process.cpuUsage();
    user.reset();
    user.inc(cpu.user / 1e6);
    system.reset();
    system.inc(cpu.system / 1e6);
    const memory = process.memoryUsage();
    resident.set(memory.rss);
    heapTotal.set(memory.heapTotal);
    heapUsed.set(memory.heapUsed);
    external.set(memory.external);
    const open = await readdir('/proc/self/fd').catch(() => undefined);
    if (open !== undefined) descriptors.set(open.length);
  };
}

interface LoopWatch {
  refresh(): void;
  close(): void;
}

/** Late by how much the event loop is, and how busy, since it was last read. */
function watchEventLoop(registry: Registry): LoopWatch {
  const registers = [registry];
  const delay = new Gauge({
    name: 'touchtone_event_loop_delay_seconds',
    help: 'How late timers ran since the last scrape; quantile 1 is the worst.',
    labelNames: ['quantile'],
    registers,
  });
  const utilization = new Gauge({
    name: 'touchtone_event_loop_utilization_ratio',
    help: 'Share of the time since the last scrape in which the event loop was busy.',
    registers,
  });
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  histogram.enable();
  let before = performance.eventLoopUtilization();
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION / 1e3);
  return {
    refresh: () => {
      const any = histogram.count > 0;
      delay.set({ quantile: '0.5' }, any ? late(histogram.percentile(50)) : 0);
      delay.set({ quantile: '0.99' }, any ? late(histogram.percentile(99)) : 0);
      delay.set({ quantile: '1' }, any ? late(histogram.max) : 0);
      histogram.reset();
      const now = performance.eventLoopUtilization();
      utilization.set(performance.eventLoopUtilization(now, before).utilization);
      before = now;
    },
    close: () => {
      histogram.disable();
    },
  };
}

function versionOfProgram(): string {
  const text = readFileSync(new URL('../../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

export interface ProcessWatch {
  refresh(): Promise<void>;
  /** Ends the looking at the event loop. */
  close(): void;
}

/** Puts what the process takes and which program it is on a registry. */
export function watchRuntime(registry: Registry): ProcessWatch {
  new Gauge({
    name: 'touchtone_build_info',
    help: 'Always 1; the version of the program and of Node.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: versionOfProgram(), node: process.versions.node }, 1);
  const refreshProcess = watchProcess(registry);
  const loop = watchEventLoop(registry);
  return {
    refresh: async () => {
      loop.refresh();
      await refreshProcess();
    },
    close: () => loop.close(),
  };
}
