/**
 * Loaded before a service that is soaked: at SIGUSR2 it collects garbage and writes what is left, and what keeps the
 * event loop, to its log. The product knows nothing of it.
 */
import { isMainThread } from 'node:worker_threads';

if (isMainThread) {
  process.on('SIGUSR2', () => {
    globalThis.gc();
    const resources = {};
    for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
    const listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);
    const heap = process.memoryUsage().heapUsed / 2 ** 20;
    process.stdout.write(`${JSON.stringify({ level: 'info', msg: 'Soak', heap, resources, listeners })}\n`);
  });
}
