import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Histogram } from './histogram.ts';
import type { CallersReport, FromCallers, LoadOrder, ToCallers } from './load-messages.ts';

/** More calls than these are shared out among several processes. */
const CALLS_PER_PROCESS = 400;
/** How long the processes may take to answer, in milliseconds, and to end their calls. */
const ANSWER_WITHIN = 15_000;
const OVER_WITHIN = 60_000;

/** What all processes together have seen. */
export interface FleetReport extends Omit<CallersReport, 'spacing' | 'keyWaits' | 'lateness'> {
  readonly spacing: Histogram;
  readonly keyWaits: Histogram;
  readonly lateness: Histogram;
}

/** Callers in processes of their own. */
export class Callers {
  readonly #children: readonly ChildProcess[];
  readonly #orphaned = (): void => {
    for (const child of this.#children) child.kill('SIGKILL');
  };

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
    process.once('exit', this.#orphaned);
  }

  /** Starts processes, each with its part of the calls, and begins to call. */
  static start(order: LoadOrder): Callers {
    const count = Math.max(1, Math.ceil(order.calls / CALLS_PER_PROCESS));
    const path = join(import.meta.dirname, 'load-process.ts');
    const children = Array.from({ length: count }, () => fork(path, { execPath: process.execPath, execArgv: [] }));
    const callers = new Callers(children);
    for (const [index, child] of children.entries()) {
      const part = (whole: number): number =>
        Math.floor(((index + 1) * whole) / count) - Math.floor((index * whole) / count);
      const own = { calls: part(order.calls), keyers: part(order.keyers), perSecond: order.perSecond / count };
      callers.#tell(child, { kind: 'dial', order: { ...order, ...own } });
    }
    return callers;
  }

  /** Resolves when all calls were tried; rejects after so many milliseconds. */
  async dialled(within: number): Promise<void> {
    await Promise.all(this.#children.map((child) => this.#hear(child, 'dialled', within)));
  }

  /** Forgets what was measured so far. */
  measure(): void {
    for (const child of this.#children) this.#tell(child, { kind: 'measure' });
  }

  async report(): Promise<FleetReport> {
    return sum(await this.#ask({ kind: 'report' }, 'report', ANSWER_WITHIN));
  }

  /** Hangs up all calls; what was measured until then is in the report. */
  async hangUp(): Promise<FleetReport> {
    return sum(await this.#ask({ kind: 'hang-up' }, 'over', OVER_WITHIN));
  }

  /** Ends the processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    process.removeListener('exit', this.#orphaned);
    const gone = this.#children.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined));
    for (const child of this.#children) if (child.connected) child.disconnect();
    await Promise.all(gone);
  }

  #tell(child: ChildProcess, message: ToCallers): void {
    child.send(message);
  }

  async #ask(question: ToCallers, answer: 'report' | 'over', within: number): Promise<CallersReport[]> {
    const answers = this.#children.map((child) => this.#hear(child, answer, within));
    for (const child of this.#children) this.#tell(child, question);
    const heard = await Promise.all(answers);
    return heard.flatMap((message) => ('report' in message ? message.report : []));
  }

  #hear(child: ChildProcess, kind: FromCallers['kind'], within: number): Promise<FromCallers> {
    const { promise, resolve, reject } = Promise.withResolvers<FromCallers>();
    const timer = setTimeout(() => reject(new Error(`Callers did not say "${kind}" within ${within} ms`)), within);
    const onMessage = (message: FromCallers): void => {
      if (message.kind === kind) resolve(message);
    };
    const onExit = (): void => reject(new Error('A process of callers has died'));
    child.on('message', onMessage);
    child.once('exit', onExit);
    return promise.finally(() => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
    });
  }
}

function sum(reports: readonly CallersReport[]): FleetReport {
  const total = (of: (report: CallersReport) => number): number => reports.reduce((all, report) => all + of(report), 0);
  const merged = (of: 'spacing' | 'keyWaits' | 'lateness'): Histogram => {
    const histogram = new Histogram();
    for (const report of reports) histogram.addAll(report[of]);
    return histogram;
  };
  const refused: Record<string, number> = {};
  for (const report of reports) {
    for (const [status, count] of Object.entries(report.refused)) refused[status] = (refused[status] ?? 0) + count;
  }
  return {
    held: total(({ held }) => held),
    begun: total(({ begun }) => begun),
    refused,
    ended: total(({ ended }) => ended),
    unanswered: total(({ unanswered }) => unanswered),
    sent: total(({ sent }) => sent),
    received: total(({ received }) => received),
    lost: total(({ lost }) => lost),
    spacing: merged('spacing'),
    keyWaits: merged('keyWaits'),
    lateness: merged('lateness'),
    cpuSeconds: total(({ cpuSeconds }) => cpuSeconds),
  };
}
