import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadServicePrompts, Phone } from '../phone/phone.ts';
import type { PromptPack } from '../phone/prompt-pack.ts';
import { type RunningService, startService } from '../service.ts';
import { idsHeard } from '../suite/use-service.ts';
import { until } from '../telephony-rig.ts';

const CONFIGURATION = fileURLToPath(new URL('../../../deploy/kamailio/kamailio.cfg', import.meta.url));
/** Nobody else's, and none that the system hands out. */
const PORT = 5_960;
/** The trunk that may say whose number it is, and a phone that may not: both on this machine. */
const TRUNK = '127.0.0.2';
const ELSEWHERE = '127.0.0.3';

let folder: string;
let kamailio: ChildProcess;
let services: readonly RunningService[];
let prompts: PromptPack;
let log = '';

beforeAll(async () => {
  prompts = await loadServicePrompts();
  const settings = { TRUSTED_PEERS: '127.0.0.1' };
  services = [await startService(settings), await startService(settings)];
  folder = await mkdtemp(join(tmpdir(), 'kamailio-'));
  const list = join(folder, 'dispatcher.list');
  await writeFile(list, services.map(({ target }) => `1 sip:${target}\n`).join(''));
  const defined = { LISTEN: `udp:127.0.0.1:${PORT}`, TRUNK: `"${TRUNK}"`, SERVICES: `"${list}"` };
  const defines = Object.entries(defined).flatMap(([name, value]) => ['-A', `${name}=${value}`]);
  kamailio = spawn('kamailio', ['-f', CONFIGURATION, '-DD', '-E', '-Y', folder, '-P', join(folder, 'pid'), ...defines]);
  kamailio.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  await using phone = await Phone.create({ prompts, host: TRUNK });
  await until(
    `a call to get through; Kamailio says:\n${log}`,
    async () => {
      const call = await phone.dial(`sip:5000@127.0.0.1:${PORT}`);
      try {
        await call.heard('welcome', { within: 3_000 });
        await call.hangUp();
        return true;
      } catch {
        return false;
      }
    },
    20_000,
  );
}, 60_000);

afterAll(async () => {
  kamailio.kill('SIGTERM');
  if (kamailio.exitCode === null) await once(kamailio, 'exit');
  for (const service of services) await service.close();
  await rm(folder, { recursive: true });
});

const uri = () => `sip:5000@127.0.0.1:${PORT}`;

describe('a service behind Kamailio', () => {
  it('is reached by way of it, from the first request to the last, from both sides', async () => {
    await using phone = await Phone.create({ prompts, host: ELSEWHERE });
    const calls = [await phone.call(uri()), await phone.call(uri())];
    for (const call of calls) {
      const answer = call.messages.find(({ message }) => 'status' in message && message.status === 200);
      const routes = answer?.message.headers.filter(({ name }) => name.toLowerCase() === 'record-route');
      expect(routes?.map(({ value }) => value).join()).toContain(`127.0.0.1:${PORT}`);
      await call.heard('welcome');
    }
    // Both services have one: they are used in turn.
    expect(services.map(({ app }) => app.telephony.figures().calls)).toEqual([1, 1]);
    expect(await calls[0]?.hangUp()).toEqual({ kind: 'hung-up' });
    for (const { app } of services) for (const { id } of app.telephony.calls.list()) app.telephony.calls.hangUp(id);
    expect(await calls[1]?.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
  });

  it('knows the caller by the word of the trunk, and by nobody else', async () => {
    // Tony's, which the directories of both services have.
    const extension = '51234';
    await using trunk = await Phone.create({ prompts, host: TRUNK });
    await using stranger = await Phone.create({ prompts, host: ELSEWHERE });
    const asserted = [{ name: 'P-Asserted-Identity', value: `<sip:${extension}@trunk.example>` }];
    const known = await Promise.all([0, 1].map(() => trunk.call(uri(), { number: extension })));
    for (const call of known) await call.heard('mailbox-of', { within: 10_000 });
    for (const call of known) await call.hangUp();
    const unknown = await Promise.all([0, 1].map(() => stranger.call(uri(), { number: extension, headers: asserted })));
    for (const call of unknown) {
      await call.heard('enter-extension', { within: 10_000 });
      expect(idsHeard(call)).not.toContain('mailbox-of');
      await call.hangUp();
    }
  });

  it('is left alone while it drains, and callers hear 503 when all do', async () => {
    await using phone = await Phone.create({ prompts, host: ELSEWHERE });
    const [first, second] = services;
    await first?.app.drain();
    for (let count = 0; count < 3; count += 1) {
      const call = await phone.call(uri());
      await call.heard('welcome');
      expect(second?.app.telephony.figures().calls).toBe(1);
      await call.hangUp();
      await second?.released();
    }
    await second?.app.drain();
    const refused = await phone.dial(uri());
    expect(await refused.hasEnded()).toMatchObject({ kind: 'refused', status: 503 });
  });
});
