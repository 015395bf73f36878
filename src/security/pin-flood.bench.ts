/**
 * What a thousand attempts at the same instant do, at the cost in use: `node src/security/pin-flood.bench.ts`. How many
 * are refused, how long the others wait, how much memory is held, and how late the event loop gets, which passes on what
 * callers key; and what somebody waits who changes a PIN meanwhile under the longest history.
 */
import { randomBytes } from 'node:crypto';
import { cpus } from 'node:os';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CredentialId } from '../domain/credential.ts';
import { HashQueueFull } from '../services/ports/hash-queue-full.ts';
import { percentile } from '../testing/bench/statistics.ts';
import { createPinHasher } from './pin-hasher.ts';

const FLOOD = 1_000;
const HISTORY = 20;
const SAMPLE_MS = 5;
const CREDENTIAL = 'bench' as CredentialId;
const MIB = 2 ** 20;

const hasher = createPinHasher({ keys: [{ id: 'bench', key: randomBytes(32) }] });
const stored = await hasher.hash('407193', CREDENTIAL);
await sleep(200);

const before = process.memoryUsage.rss();
let most = before;
const sampling = setInterval(() => {
  most = Math.max(most, process.memoryUsage.rss());
}, SAMPLE_MS);
const lateness = monitorEventLoopDelay({ resolution: 1 });
lateness.enable();

const waits: number[] = [];
let refused = 0;
const start = performance.now();
async function attempt(): Promise<void> {
  try {
    if (!(await hasher.matches('407193', CREDENTIAL, stored))) throw new Error('A PIN was judged wrongly');
    waits.push(performance.now() - start);
  } catch (error) {
    if (!(error instanceof HashQueueFull)) throw error;
    refused++;
  }
}
const flood = Array.from({ length: FLOOD }, attempt);
const history = Array.from({ length: HISTORY }, () => stored);
const changed = hasher.matchesAny('407193', CREDENTIAL, history).then(() => performance.now() - start);
await Promise.all(flood);
const change = await changed;
lateness.disable();
clearInterval(sampling);
await sleep(200);
const after = process.memoryUsage.rss();

const seconds = (milliseconds: number): string => (milliseconds / 1_000).toFixed(1);
console.log(`${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}`);
console.log(`${FLOOD} attempts at the same instant: ${waits.length} checked, ${refused} refused`);
console.log(`waits: p50 ${seconds(percentile(waits, 0.5))} s, longest ${seconds(percentile(waits, 1))} s`);
console.log(`a change of PIN meanwhile, ${HISTORY} former ones: ${seconds(change)} s`);
console.log(
  `memory: at most ${((most - before) / MIB).toFixed(0)} MiB more, ${((after - before) / MIB).toFixed(0)} MiB more afterwards`,
);
console.log(
  `event loop late by: p50 ${(lateness.percentile(50) / 1e6).toFixed(1)} ms, p99 ${(lateness.percentile(99) / 1e6).toFixed(1)} ms, most ${(lateness.max / 1e6).toFixed(1)} ms`,
);
