import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** What is asked of the API, again and again. */
export interface ApiLoadOrder {
  /** Of the service, without a path. */
  readonly url: string;
  readonly token: string;
  /** How many connections there are; each has one request under way at a time. */
  readonly connections: number;
  readonly method: 'GET' | 'POST';
  /** Taken in turn. */
  readonly paths: readonly string[];
  /** JSON. */
  readonly body?: string;
}

/** What came of it. */
export interface ApiLoadReport {
  /** Of each request that was answered by 200, in milliseconds. */
  readonly latencies: readonly number[];
  /** How many answers there were by status; 0 stands for requests that nobody answered. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly seconds: number;
}

/** Requests to the API that go on until they are stopped, sent by a process of its own. */
export class ApiLoad {
  readonly #child: ChildProcess;
  readonly #report: Promise<ApiLoadReport>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#report = once(child, 'message').then(([report]) => report as ApiLoadReport);
  }

  static start(order: ApiLoadOrder): ApiLoad {
    const child = fork(join(import.meta.dirname, 'api-load-process.ts'), { execPath: process.execPath, execArgv: [] });
    const load = new ApiLoad(child);
    child.send(order);
    return load;
  }

  /** Ends it when the requests under way are answered. Rejects when the process has died. */
  async stop(): Promise<ApiLoadReport> {
    const died = once(this.#child, 'exit').then(() => {
      throw new Error('The process that sends requests has died');
    });
    this.#child.send('stop');
    const report = await Promise.race([this.#report, died]);
    await died.catch(() => undefined);
    return report;
  }
}
