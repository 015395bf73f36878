/**
 * Sends requests to the API of administrators over many connections, in a process of its own, so that neither the
 * callers of a benchmark nor the service share its event loop. Started by `api-load.ts`, which says over IPC what to do.
 */
import { Agent, request } from 'node:http';
import type { ApiLoadOrder, ApiLoadReport } from './api-load.ts';

/** One request, from its first byte to the last of its answer, in milliseconds; rejects when there is none. */
function ask(agent: Agent, { url, token, method, body }: ApiLoadOrder, path: string): Promise<[number, number]> {
  const { promise, resolve, reject } = Promise.withResolvers<[number, number]>();
  const startedAt = performance.now();
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const sent = request(new URL(path, url), { agent, method, headers }, (answer) => {
    answer.resume();
    answer.once('error', reject);
    answer.once('end', () => resolve([answer.statusCode ?? 0, performance.now() - startedAt]));
  });
  sent.once('error', reject);
  sent.end(body);
  return promise;
}

/** Has each connection send one request after the other, until it is told to stop. */
async function load(order: ApiLoadOrder, isOver: () => boolean): Promise<ApiLoadReport> {
  const agent = new Agent({ keepAlive: true, maxSockets: order.connections });
  const latencies: number[] = [];
  const statuses: Record<string, number> = {};
  const startedAt = performance.now();
  let next = 0;
  const connection = async (): Promise<void> => {
    while (!isOver()) {
      const path = order.paths[next++ % order.paths.length] ?? '/';
      const [status, latency] = await ask(agent, order, path).catch((): [number, number] => [0, 0]);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 200) latencies.push(latency);
    }
  };
  await Promise.all(Array.from({ length: order.connections }, connection));
  agent.destroy();
  return { latencies, statuses, seconds: (performance.now() - startedAt) / 1_000 };
}

let over = false;
process.on('message', (message: ApiLoadOrder | 'stop') => {
  if (message === 'stop') {
    over = true;
    return;
  }
  void load(message, () => over).then((report) => process.send?.(report, () => process.disconnect()));
});
// Whoever asked for this is gone, and nobody will tell it to stop.
process.on('disconnect', () => process.exit(0));
