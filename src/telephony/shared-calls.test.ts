import { networkInterfaces } from 'node:os';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedEngines, type EmbeddedOptions, startEngines } from '../testing/embedded-engines.ts';
import { loadServicePrompts, Phone } from '../testing/phone/phone.ts';
import type { PromptPack } from '../testing/phone/prompt-pack.ts';
import { prompt, startTelephonyRig, type TelephonyRig, until } from '../testing/telephony-rig.ts';

/** An offer that one media server cannot serve and another can is one of audio over IPv6, where there is that. */
const hasIPv6 = Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === '::1'));
const OFFERS_FOR_ONE = hasIPv6 ? ['::1'] : [];

let prompts: PromptPack;
let opened: AsyncDisposableStack;

beforeAll(async () => {
  prompts = await loadServicePrompts();
});

afterEach(() => opened.disposeAsync());

interface Setting {
  readonly engines: EmbeddedEngines;
  readonly rig: TelephonyRig;
  readonly phone: Phone;
  /** So many calls at one moment; resolves when each hears its prompt. */
  calls(count: number): Promise<void>;
}

async function open(options: EmbeddedOptions): Promise<Setting> {
  opened = new AsyncDisposableStack();
  const engines = await startEngines(options);
  opened.defer(() => engines.close());
  const rig = await startTelephonyRig(engines);
  opened.defer(() => rig.close());
  const phone = await Phone.create({ prompts });
  opened.defer(() => phone.close());
  rig.conversation.script = async (line) => {
    for (;;) await line.play([prompt('main-menu')]).end;
  };
  const calls = async (count: number) => {
    const made = await Promise.all(Array.from({ length: count }, () => phone.call(rig.uri())));
    await Promise.all(made.map((call) => call.heard('main-menu', { within: 15_000 })));
  };
  return { engines, rig, phone, calls };
}

const loads = ({ rig }: Setting) => rig.telephony.figures().mediaServers;
const sessions = (setting: Setting) => loads(setting).map((load) => load.sessions);
const knowsAll = (setting: Setting) => loads(setting).every(({ up, maxSessions }) => up && maxSessions > 0);

describe('calls on several media servers', () => {
  it('are shared out by what each can take, as it says when it is connected to', { timeout: 40_000 }, async () => {
    const setting = await open({ mediaServers: 2, capacities: [100, 300] });
    await until('both to say what they can take', () => knowsAll(setting), 10_000);
    expect(loads(setting).map(({ maxSessions }) => maxSessions)).toEqual([100, 300]);
    for (const load of loads(setting)) expect(load.idleCpu).toBe(90);
    // At one moment: those that are still being set up count, too.
    await setting.calls(12);
    const [small = 0, large = 0] = sessions(setting);
    expect(small + large).toBe(12);
    expect(large).toBeGreaterThan(small);
    expect(small).toBeGreaterThanOrEqual(1);
  });

  it('count those of others, which heartbeats tell of', { timeout: 40_000 }, async () => {
    const setting = await open({ mediaServers: 1, heartbeatMs: 100 });
    const other = await startTelephonyRig(setting.engines);
    opened.defer(() => other.close());
    // The drachtio-server shares calls out among both services: whichever has one, the other learns of it.
    await setting.calls(1);
    const seen = () => [setting.rig, other].map(({ telephony }) => telephony.figures().mediaServers[0]?.sessions);
    await until('both to know of the call', () => seen().every((count) => count === 1), 10_000);
  });

  it('end when theirs is killed, go on elsewhere at once, and come back to it by themselves', {
    timeout: 60_000,
  }, async () => {
    const setting = await open({ mediaServers: 2 });
    const { engines, rig } = setting;
    await until('both to say what they can take', () => knowsAll(setting), 10_000);
    await setting.calls(8);
    expect(sessions(setting)).toEqual([4, 4]);

    await engines.killMediaServer(0);
    // While its calls are still being ended, callers get in on the other one.
    await setting.calls(2);
    await until('its calls to end', () => rig.ended().length === 4, 10_000);
    expect(rig.ended().map(({ outcome, cause }) => `${String(outcome)} ${String(cause)}`)).toEqual(
      Array(4).fill('ended media-server-lost'),
    );
    expect(loads(setting).map(({ up }) => up)).toEqual([false, true]);
    expect(sessions(setting)).toEqual([0, 6]);

    await engines.reviveMediaServer(0);
    await until('it to be back', () => knowsAll(setting), 20_000);
    await setting.calls(4);
    expect(sessions(setting)).toEqual([4, 6]);
    expect(rig.telephony.figures().counts.refused).toEqual({});
  });

  it.each(OFFERS_FOR_ONE)('with an offer that one refuses are tried at another before they are: %s', async (host) => {
    const setting = await open({ mediaServers: 2, withIPv6: [1] });
    await until('both to say what they can take', () => knowsAll(setting), 10_000);
    // The first two begin at either of them, so one of these was refused there.
    for (let count = 0; count < 2; count += 1) {
      const call = await setting.phone.call(setting.rig.uri(), { rtp: { host } });
      await call.heard('main-menu');
    }
    expect(sessions(setting)).toEqual([0, 2]);
    await setting.engines.killMediaServer(1);
    await until('it to be known as down', () => loads(setting)[1]?.up === false, 10_000);
    const refused = await setting.phone.dial(setting.rig.uri(), { rtp: { host } });
    expect(await refused.hasEnded()).toMatchObject({ kind: 'refused', status: 488 });
  });
});
