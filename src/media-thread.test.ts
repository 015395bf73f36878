import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readExposition, type Sample, sampleValue } from './testing/exposition.ts';
import { type FaultyService, startFaultyService } from './testing/faulty-service.ts';
import { Phone } from './testing/phone/phone.ts';
import type { ServiceLogLine, ServiceProcess } from './testing/service-process.ts';

let faulty: FaultyService;
let service: ServiceProcess;
let phone: Phone;

beforeAll(async () => {
  faulty = await startFaultyService();
  service = faulty.service;
  phone = await Phone.create();
});

afterAll(async () => {
  await phone.close();
  await faulty[Symbol.asyncDispose]();
});

async function metrics(): Promise<readonly Sample[]> {
  const token = (await readFile(join(service.dataDir, 'admin-token'), 'utf8')).trim();
  const headers = { authorization: `Bearer ${token}` };
  return readExposition(await (await fetch(`${service.http}/metrics`, { headers })).text());
}

async function mediaIs(): Promise<unknown> {
  const text: unknown = await (await fetch(`${service.http}/readyz`)).json();
  return JSON.stringify(text).includes('"media":"up"') ? 'up' : 'down';
}

const loggedTimes = (msg: string): number => service.lines.filter((line) => line.msg === msg).length;

const isLost = ({ msg, outcome, cause }: ServiceLogLine): boolean =>
  msg === 'Call ended' && outcome === 'ended' && cause === 'media-server-lost';

const DEEDS = [
  ['throws', 'throw', 'died', 1],
  ['hangs', 'hang', 'hung', 1],
] as const;

it.each(DEEDS)(
  'a media thread that %s loses its calls, is started again, and takes the next ones',
  async (_, deed, cause, count) => {
    const restarts = loggedTimes('The media server runs again');
    const ends = service.lines.filter(isLost).length;
    const calls = await Promise.all([phone.call(service.uri('5000')), phone.call(service.uri('5000'))]);
    await Promise.all(calls.map((call) => call.heard('welcome')));

    await faulty.do(deed);
    for (const call of calls) expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    await service.linesThat('a lost call', ends + 2, isLost, 10_000);
    const again = ({ msg }: { msg: string }): boolean => msg === 'The media server runs again';
    await service.linesThat('a new thread', restarts + 1, again, 20_000);
    await expect.poll(mediaIs, { timeout: 20_000 }).toBe('up');

    const next = await phone.call(service.uri('5000'));
    await next.heard('welcome');
    await next.hangUp();
    expect(sampleValue(await metrics(), 'touchtone_media_server_restarts_total', { cause })).toBe(count);
  },
);

it('refuses calls and says so while the thread cannot be started, and works again when it can', async () => {
  // Thread after thread dies: the waits between them grow, and in one of them a call is refused.
  const lost = (): number => loggedTimes('The media server failed');
  for (let time = 0; time < 2; time += 1) {
    const before = lost();
    await expect.poll(() => loggedTimes('The media server runs again'), { timeout: 20_000 }).toBe(before);
    await faulty.do('terminate');
    await expect.poll(lost, { timeout: 10_000 }).toBe(before + 1);
  }
  const refused = await phone.dial(service.uri('5000'));
  expect(await refused.hasEnded()).toMatchObject({ kind: 'refused', status: 500 });
  expect(await mediaIs()).toBe('down');
  await expect.poll(mediaIs, { timeout: 30_000 }).toBe('up');
  const call = await phone.call(service.uri('5000'));
  await call.heard('welcome');
  await call.hangUp();
  await service.stop();
});
