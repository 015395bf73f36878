import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiLoad, type ApiLoadOrder, type ApiLoadReport } from './api-load.ts';
import type { Bench, Benchmark, Findings, Measurement } from './benchmark.ts';
import { hearWelcome, type WelcomeCall } from './welcome-call.ts';

/** How many calls are alive all the time, each listening to the welcome and followed by the next. */
const LIVE_CALLS = 100;
/** How long it takes until they are, in milliseconds. */
const RAMP_MS = 5_000;
/** How long each round is measured, in milliseconds. */
const ROUND_MS = 20_000;
/** Connections that look at PINs, mailboxes and their stories, and those that reset PINs. */
const LOOKING_CONNECTIONS = 100;
const RESETTING_CONNECTIONS = 8;

/** Calls that are alive, as many at any time as were asked for; each that ends is followed by another. */
class LiveCalls {
  readonly #bench: Bench;
  readonly #callers: Promise<void>[];
  #calls: WelcomeCall[] = [];
  #isOver = false;

  constructor(bench: Bench, count: number) {
    this.#bench = bench;
    this.#callers = Array.from({ length: count }, (_, index) => this.#callOn((index * RAMP_MS) / count));
  }

  /** What the calls took that have ended since this was last asked. */
  take(): readonly WelcomeCall[] {
    const calls = this.#calls;
    this.#calls = [];
    return calls;
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#callers);
  }

  async #callOn(delay: number): Promise<void> {
    await sleep(delay);
    while (!this.#isOver) {
      const call = await this.#bench.failures.note('a live call', () => hearWelcome(this.#bench));
      if (call !== undefined) this.#calls.push(call);
    }
  }
}

/** What calls and requests took in one round. */
interface Round {
  readonly calls: readonly WelcomeCall[];
  readonly requests: ApiLoadReport | undefined;
}

async function measureRound(bench: Bench, live: LiveCalls, order?: ApiLoadOrder): Promise<Round> {
  const load = order && ApiLoad.start(order);
  live.take();
  await sleep(ROUND_MS * Math.min(1, 4 * bench.scale));
  const calls = live.take();
  const requests = await load?.stop();
  for (const [status, count] of Object.entries(requests?.statuses ?? {})) {
    if (status !== '200') bench.failures.add('requests', `${count} were answered by ${status} instead of 200`);
  }
  return { calls, requests };
}

async function run(bench: Bench): Promise<Findings> {
  const { service, victims, scale } = bench;
  const token = (await readFile(join(service.dataDir, 'admin-token'), 'utf8')).trim();
  const common = { url: service.http, token };
  const mailboxes = victims.map(({ address }) => `/api/v1/mailboxes/${encodeURIComponent(address)}`);
  const looks = mailboxes.flatMap((mailbox) => [`${mailbox}/pin`, mailbox, `${mailbox}/timeline`]);
  const live = new LiveCalls(bench, Math.ceil(LIVE_CALLS * scale));
  await sleep(RAMP_MS);
  const quiet = await measureRound(bench, live);
  const looking = await measureRound(bench, live, {
    ...common,
    connections: Math.ceil(LOOKING_CONNECTIONS * scale),
    method: 'GET',
    paths: [...looks, '/api/v1/mailboxes'],
  });
  const resetting = await measureRound(bench, live, {
    ...common,
    connections: Math.ceil(RESETTING_CONNECTIONS * scale),
    method: 'POST',
    paths: mailboxes.map((mailbox) => `${mailbox}/pin/reset`),
    body: '{}',
  });
  await live.stop();
  await bench.book.confirmedBy(service);
  return {
    measurements: [
      ...measurementsOf(quiet, 'no requests'),
      ...measurementsOf(looking, 'looking'),
      ...measurementsOf(resetting, 'resetting'),
    ].sort(byQuantity),
    notes: [
      `At any time ${Math.ceil(LIVE_CALLS * scale)} calls are alive; each listens to the whole welcome and is followed by the next.`,
      `Looking: ${describeRate(looking)} over ${Math.ceil(LOOKING_CONNECTIONS * scale)} connections, each as fast as it is answered.`,
      `Resetting: ${describeRate(resetting)} over ${Math.ceil(RESETTING_CONNECTIONS * scale)} connections, each with its hash, its mail and its audit record.`,
      `Of ${quiet.calls.length + looking.calls.length + resetting.calls.length} calls none lost any of the welcome.`,
    ],
  };
}

function describeRate({ requests }: Round): string {
  if (requests === undefined) return 'nothing';
  const { latencies, seconds } = requests;
  return `${latencies.length} requests, ${(latencies.length / seconds).toFixed(1)} a second,`;
}

const QUANTITIES = ['request → answer', 'INVITE → 200', 'longest pause in the welcome'] as const;

function measurementsOf({ calls, requests }: Round, when: string): Measurement[] {
  const values: Readonly<Record<(typeof QUANTITIES)[number], readonly number[]>> = {
    'request → answer': requests?.latencies ?? [],
    'INVITE → 200': calls.map(({ answer }) => answer),
    'longest pause in the welcome': calls.map(({ pause }) => pause),
  };
  return QUANTITIES.filter((quantity) => values[quantity].length > 0).map((quantity) => ({
    label: `${quantity}, ${when}`,
    values: values[quantity],
  }));
}

function byQuantity(one: Measurement, other: Measurement): number {
  const place = ({ label }: Measurement): number => QUANTITIES.findIndex((quantity) => label.startsWith(quantity));
  return place(one) - place(other);
}

export const administration: Benchmark = {
  name: 'administration',
  about: 'what requests of administrators take while a hundred calls are alive, and what the calls notice of them',
  run,
};
