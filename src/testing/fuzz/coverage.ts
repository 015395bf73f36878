import { type Profiler, Session } from 'node:inspector/promises';

/** Whose code counts: what is fed, not what feeds it. */
const OURS = /\/src\/(?:embedded|telephony)\//;

/** Which blocks of the code have been reached, by V8's precise coverage. Looking takes milliseconds, so it is done for many inputs at once. */
export class Coverage {
  readonly #session = new Session();
  readonly #known = new Set<string>();

  static async start(): Promise<Coverage> {
    const coverage = new Coverage();
    coverage.#session.connect();
    await coverage.#session.post('Profiler.enable');
    await coverage.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return coverage;
  }

  get blocks(): number {
    return this.#known.size;
  }

  /** How many blocks have been reached since the last time that never were before; they are known from now on when `keep`. */
  async news(keep: boolean): Promise<number> {
    const { result } = (await this.#session.post(
      'Profiler.takePreciseCoverage',
    )) as Profiler.TakePreciseCoverageReturnType;
    let found = 0;
    for (const { url, functions } of result) {
      if (!OURS.test(url)) continue;
      for (const { ranges } of functions) {
        for (const { startOffset, endOffset, count } of ranges) {
          const block = `${url} ${startOffset} ${endOffset}`;
          if (count === 0 || this.#known.has(block)) continue;
          found += 1;
          if (keep) this.#known.add(block);
        }
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#session.post('Profiler.stopPreciseCoverage');
    this.#session.disconnect();
  }
}
