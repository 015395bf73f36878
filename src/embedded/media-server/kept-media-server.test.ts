import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { EslWire } from '../../testing/media/esl-wire.ts';
import { password } from '../../testing/media/media-rig.ts';
import { type KeptMediaServer, keepMediaServer, type ThreadLoss } from './kept-media-server.ts';

const LONGEST_WAIT = 30_000;
const STEADY = 60_000;

let folder: string;
let clock: FakeClock;
let log: CapturedLog;
let lost: ThreadLoss[];
let threads: Worker[];
let media: KeptMediaServer;

const onThread = (thread: Worker): void => {
  threads.push(thread);
};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kept-media-'));
  clock = new FakeClock();
  log = new CapturedLog();
  lost = [];
  threads = [];
  process.on('worker', onThread);
  media = await keepMediaServer(
    { password, rtp: { host: '127.0.0.1', portMin: 30_000, portMax: 39_999 }, promptsDir: folder },
    { clock, log, onLost: (how) => lost.push(how) },
  );
});

afterEach(async () => {
  await media.close();
  process.off('worker', onThread);
  await rm(folder, { recursive: true, force: true });
  expect(clock.pending).toBe(0);
});

const said = (message: string) => log.lines.filter((line) => line.message === message);
const waits = () => said('The media server is started again').map(({ fields }) => Number(fields.waitMs));

/** Kills the thread that there is, and resolves when the next one is waited for. */
async function kill(): Promise<void> {
  const before = waits().length;
  const thread = threads.at(-1);
  if (thread === undefined) throw new Error('There is no thread');
  await thread.terminate();
  await expect.poll(() => waits().length).toBe(before + 1);
  expect(media.up).toBe(false);
}

async function wakeUp(): Promise<void> {
  await clock.advance(waits().at(-1) ?? 0);
  await expect.poll(() => media.up, { timeout: 20_000 }).toBe(true);
}

it('starts a thread that has died again, on the same address', async () => {
  const port = media.eslPort;
  const wire = await EslWire.login(port, password);
  await kill();
  await wire.closed;
  expect(lost).toEqual(['died']);
  await expect(media.stats()).rejects.toThrow('down');
  await wakeUp();
  expect(media.eslPort).toBe(port);
  const again = await EslWire.login(port, password);
  expect(await media.idle()).toBe(true);
  again.destroy();
  expect(said('The media server failed')).toHaveLength(1);
  expect(said('The media server runs again')).toHaveLength(1);
});

it('waits longer and longer while threads die in a row, never gives up, and begins anew after a steady one', async () => {
  for (let time = 0; time < 4; time += 1) {
    await kill();
    await wakeUp();
  }
  for (const [index, wait] of waits().entries()) {
    expect(wait).toBeGreaterThanOrEqual(100 * 2 ** index);
    expect(wait).toBeLessThanOrEqual(200 * 2 ** index);
  }
  await rm(folder, { recursive: true });
  await kill();
  for (let attempt = 2; attempt <= 9; attempt += 1) {
    const before = waits().length;
    await clock.advance(LONGEST_WAIT);
    await expect.poll(() => waits().length, { timeout: 20_000 }).toBe(before + 1);
  }
  expect(said('The media server could not be started again')).toHaveLength(8);
  expect(waits().at(-1)).toBeGreaterThanOrEqual(LONGEST_WAIT / 2);
  expect(waits().at(-1)).toBeLessThanOrEqual(LONGEST_WAIT);
  await mkdir(folder);
  await wakeUp();
  // Each look of this time is answered: the thread is alive, though its watcher's clock runs fast.
  for (let passed = 0; passed < STEADY; passed += 1_000) {
    await clock.advance(1_000);
    await media.stats();
  }
  await kill();
  expect(waits().at(-1)).toBeLessThanOrEqual(200);
}, 60_000);

it('is closed while a thread is waited for', async () => {
  await kill();
  await media.close();
  expect(threads).toHaveLength(1);
  await expect(media.stats()).rejects.toThrow('closed');
});

it('is closed while a thread is being started', async () => {
  await kill();
  const created = once(process, 'worker');
  await clock.advance(waits().at(-1) ?? 0);
  const [thread] = (await created) as [Worker];
  await Promise.all([once(thread, 'exit'), media.close()]);
  expect(media.up).toBe(false);
});
