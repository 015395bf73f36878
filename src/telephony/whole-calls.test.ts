import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Key } from '../domain/key.ts';
import { loadServicePrompts, Phone } from '../testing/phone/phone.ts';
import type { PromptPack } from '../testing/phone/prompt-pack.ts';
import {
  type Engines,
  prompt,
  startEngines,
  startTelephonyRig,
  type TelephonyRig,
  until,
} from '../testing/telephony-rig.ts';

let engines: Engines;
let prompts: PromptPack;
let rig: TelephonyRig;
let phone: Phone;

beforeAll(async () => {
  [engines, prompts] = await Promise.all([startEngines(), loadServicePrompts()]);
});

afterAll(() => engines.close());

beforeEach(async () => {
  rig = await startTelephonyRig(engines);
  phone = await Phone.create({ prompts });
});

afterEach(async () => {
  await phone.close();
  await nothingLeft();
  await rig.close();
});

async function nothingLeft(): Promise<void> {
  await until('no call and no endpoint', () => rig.telephony.figures().calls + rig.telephony.figures().endpoints === 0);
  await until('nothing in the engines', async () => Object.values(await engines.left()).every((count) => count === 0));
}

async function endedCall(): Promise<Readonly<Record<string, unknown>>> {
  await until('a call to have ended', () => rig.ended().length > 0);
  return rig.ended()[0] ?? {};
}

describe('a call', () => {
  it('is answered, hears the prompts without a gap, and is hung up on when the conversation is over', async () => {
    rig.conversation.script = async (line) => {
      await line.play([prompt('welcome'), prompt('enter-extension')]).end;
    };
    const call = await phone.call(rig.uri());
    const first = await call.heardWhole('welcome');
    const second = await call.heard('enter-extension');
    // 80 ms of silence at each end of a prompt at most, and the recogniser's own grain.
    expect(second.startedAt - first.endedAt).toBeLessThan(250);
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await endedCall()).toMatchObject({
      outcome: 'left',
      cause: 'service',
      prompts: 2,
      lastPrompts: ['welcome', 'enter-extension'],
      setup: expect.any(Number),
      firstPrompt: expect.any(Number),
      talk: expect.any(Number),
    });
    expect(rig.conversation.calls).toMatchObject([{ peer: '127.0.0.1', dialPlan: { name: 'rig' } }]);
    expect(rig.telephony.figures().counts.answered).toEqual({ left: 1 });
  });

  it('ends when the caller hangs up in a prompt, at once for the conversation', async () => {
    const call = await phone.call(rig.uri());
    await call.heard('welcome');
    await call.hangUp();
    expect(await endedCall()).toMatchObject({ outcome: 'ended', cause: 'caller-hung-up' });
    expect(rig.conversation.outcomes).toEqual([{ kind: 'ended', by: 'caller-hung-up', signedIn: false }]);
    expect(rig.conversation.farewells).toEqual([]);
  });

  it('delivers each key once and in order, those keyed before anybody listens, too', async () => {
    const keys: Key[] = [];
    const listening = Promise.withResolvers<void>();
    rig.conversation.script = async (line) => {
      await listening.promise;
      line.onKey((key) => keys.push(key));
      await line.play([prompt('main-menu'), prompt('main-menu')]).end;
    };
    const call = await phone.call(rig.uri());
    await call.press('12');
    listening.resolve();
    await call.heard('main-menu');
    await call.press('2*#0');
    await until('the keys', () => keys.length >= 6);
    await call.hangUp();
    expect(keys.join('')).toBe('122*#0');
  });

  it('has a key that was pressed before the hang-up and comes behind it', async () => {
    const keys: Key[] = [];
    rig.conversation.script = async (line) => {
      line.onKey((key) => keys.push(key));
      await line.play([prompt('welcome')]).end;
    };
    let hungUp: Promise<unknown> | undefined;
    const call = await phone.call(rig.uri(), {
      disturb: (packet) => {
        // The BYE leaves right before the first packet that says that the key is up (RFC 4733 §2.3).
        if (packet.payload.length === 4 && (packet.payload[1] ?? 0) >= 0x80) hungUp ??= call.hangUp();
        return [packet];
      },
    });
    await call.heard('welcome');
    await call.press('7');
    await hungUp;
    expect(await endedCall()).toMatchObject({ outcome: 'ended', cause: 'caller-hung-up' });
    expect(keys).toEqual(['7']);
  });

  it('says no farewell to a caller who has just hung up', async () => {
    const call = await phone.call(rig.uri());
    await call.heard('welcome');
    await call.hangUp();
    rig.telephony.calls.hangUp(rig.telephony.calls.list()[0]?.id ?? '');
    const { cause } = await endedCall();
    expect(['administrator', 'caller-hung-up']).toContain(cause);
    expect(rig.conversation.farewells).toEqual([]);
  });

  it('is silent soon after a prompt is stopped, and plays the next one', async () => {
    rig.conversation.script = async (line) => {
      const key = new Promise<void>((resolve) => line.onKey(() => resolve()));
      const welcome = line.play([prompt('welcome'), prompt('enter-extension'), prompt('main-menu')]);
      await Promise.race([key, welcome.end]);
      welcome.stop();
      await expect(welcome.end).resolves.toBe('stopped');
      await line.play([prompt('enter-pin')]).end;
    };
    const call = await phone.call(rig.uri());
    await call.heard('welcome');
    await call.press('1');
    await call.heardWhole('enter-pin');
    await call.hasEnded();
    expect(call.prompts.map(({ id, state }) => [id, state])).toEqual([
      ['welcome', 'cut'],
      ['enter-pin', 'complete'],
    ]);
    expect(rig.conversation.outcomes).toEqual([{ kind: 'left' }]);
  });

  it('is not confused by prompts that are stopped as soon as they are asked for', async () => {
    rig.conversation.script = async (line) => {
      for (let round = 0; round < 10; round += 1) line.play([prompt('main-menu')]).stop();
      for (let round = 0; round < 5; round += 1) {
        const playback = line.play([prompt('main-menu')]);
        await new Promise((resolve) => setImmediate(resolve));
        playback.stop();
      }
      await line.play([prompt('enter-pin')]).end;
    };
    const call = await phone.call(rig.uri());
    await call.heardWhole('enter-pin');
    await call.hasEnded();
    expect(call.prompts.at(-1)).toMatchObject({ id: 'enter-pin', state: 'complete' });
  });

  it('fails in the conversation when a prompt is missing', async () => {
    let failure: unknown;
    rig.conversation.script = async (line) => {
      failure = await line
        .play([{ id: 'missing', file: 'en-US/there-is-no-such-prompt.wav' }])
        .end.catch((error) => error);
    };
    const call = await phone.call(rig.uri());
    await call.hasEnded();
    expect(failure).toMatchObject({ message: expect.stringContaining('cannot play') });
  });

  it('goes on over hold and resume', async () => {
    rig.conversation.script = async (line) => {
      for (;;) await line.play([prompt('main-menu')]).end;
    };
    const call = await phone.call(rig.uri());
    await call.heard('main-menu');
    await call.hold();
    await call.quiet(300);
    await call.resume();
    await call.heard('main-menu');
    await call.hangUp();
    expect(rig.log.lines.filter(({ message }) => message === 'The caller has renegotiated the media')).toHaveLength(2);
  });

  it('goes on at a new address for its audio', async () => {
    rig.conversation.script = async (line) => {
      for (;;) await line.play([prompt('main-menu')]).end;
    };
    const call = await phone.call(rig.uri());
    await call.heard('main-menu');
    await call.moveMedia();
    await call.heard('main-menu');
    await call.hangUp();
  });

  it('takes UPDATE as it takes a re-INVITE, and one without a body as a sign of life', async () => {
    const call = await phone.call(rig.uri());
    expect(await call.request('UPDATE')).toMatchObject({ status: 200 });
    expect(await call.request('OPTIONS')).toMatchObject({ status: 200 });
    await call.hangUp();
  });

  it('refuses what it does not do within a call', async () => {
    const call = await phone.call(rig.uri());
    expect(await call.request('REFER', [{ name: 'Refer-To', value: '<sip:1@example.com>' }])).toMatchObject({
      status: 405,
    });
    expect(await call.request('MESSAGE', [{ name: 'Content-Type', value: 'text/plain' }], 'hello')).toMatchObject({
      status: 405,
    });
    expect(await call.request('INFO', [{ name: 'Content-Type', value: 'text/plain' }], 'hello')).toMatchObject({
      status: 415,
    });
    expect(await call.request('INFO', [{ name: 'Info-Package', value: 'x' }])).toMatchObject({ status: 469 });
    expect(await call.request('INFO')).toMatchObject({ status: 200 });
    await call.hangUp();
  });

  it('takes keys by INFO when there are no telephone events, and only then', async () => {
    const keys: Key[] = [];
    rig.conversation.script = async (line) => {
      line.onKey((key) => keys.push(key));
      await line.play([prompt('main-menu')]).end;
    };
    const relay = [{ name: 'Content-Type', value: 'application/dtmf-relay' }];
    const without = await phone.call(rig.uri(), { eventPayloadType: 'none' });
    for (const signal of ['5', '10', '#']) {
      const body = `Signal=${signal}\r\nDuration=100\r\n`;
      expect(await without.request('INFO', relay, body)).toMatchObject({ status: 200 });
    }
    await without.hangUp();
    expect(keys).toEqual(['5', '*', '#']);
    keys.length = 0;
    const having = await phone.call(rig.uri());
    await having.heard('main-menu');
    expect(await having.request('INFO', relay, 'Signal=5')).toMatchObject({ status: 200 });
    await having.press('5');
    await until('the key', () => keys.length > 0);
    await having.hangUp();
    expect(keys).toEqual(['5']);
  });
});

describe('the end of a call', () => {
  it('comes with a farewell when its time is over', async () => {
    rig.conversation.plan = { ...rig.conversation.plan, maxCallDuration: 1 / 60 };
    const call = await phone.call(rig.uri());
    await call.heard('welcome');
    await call.heardWhole('goodbye');
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await endedCall()).toMatchObject({ outcome: 'ended', cause: 'maximum-duration' });
  });

  it('comes with a farewell when an administrator ends it', async () => {
    const call = await phone.call(rig.uri());
    await call.heard('welcome');
    const [live] = rig.telephony.calls.list();
    expect(live).toMatchObject({ state: 'talking', peer: '127.0.0.1', dialPlan: 'rig' });
    expect(rig.telephony.calls.hangUp(live?.id ?? '')).toBe(true);
    await call.heardWhole('goodbye');
    await call.hasEnded();
    expect(await endedCall()).toMatchObject({ cause: 'administrator' });
  });

  it.each(['pin-reset', 'pin-changed', 'mailbox-locked', 'mailbox-disabled'] as const)(
    'comes with a farewell when the conversation asks for it, once: %s',
    async (reason) => {
      rig.conversation.script = async (line, call) => {
        const playback = line.play([prompt('welcome'), prompt('enter-extension')]);
        line.onKey(() => {
          call.end(reason);
          call.end('administrator');
        });
        await playback.end;
      };
      const call = await phone.call(rig.uri());
      await call.heard('welcome');
      await call.press('1');
      await call.heardWhole('goodbye');
      expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
      expect(rig.conversation.farewells).toEqual([reason]);
      expect(await endedCall()).toMatchObject({ outcome: 'ended', cause: reason });
      expect(rig.telephony.figures().counts.causes).toEqual({ [reason]: 1 });
    },
  );

  it.each(['pin-reset', 'mailbox-locked', 'source-refused', 'overloaded', 'pin-change-failures'] as const)(
    'is logged and counted by the outcome of the conversation: %s',
    async (kind) => {
      rig.conversation.outcome = { kind };
      rig.conversation.script = async () => {};
      const call = await phone.call(rig.uri());
      await call.hasEnded();
      expect(await endedCall()).toMatchObject({ outcome: kind, cause: 'service' });
      expect(rig.telephony.figures().counts).toMatchObject({ answered: { [kind]: 1 }, causes: { service: 1 } });
    },
  );

  it('cuts the farewell short when the caller hangs up', async () => {
    const call = await phone.call(rig.uri());
    await call.heard('welcome');
    rig.telephony.calls.hangUp(rig.telephony.calls.list()[0]?.id ?? '');
    await call.heard('goodbye');
    await call.hangUp();
    expect(await endedCall()).toMatchObject({ cause: 'administrator' });
  });

  it('comes with a drain, which refuses new calls first', async () => {
    const call = await phone.call(rig.uri());
    await call.heard('welcome');
    const drained = rig.telephony.drain(1_500);
    expect(rig.telephony.ready()).toBe(false);
    const refused = await phone.dial(rig.uri());
    expect(await refused.hasEnded()).toMatchObject({ kind: 'refused', status: 503 });
    await call.heardWhole('goodbye');
    await expect(drained).resolves.toEqual({ living: 1, ended: 1, left: 0 });
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(rig.telephony.figures().counts.refused).toEqual({ draining: 1 });
  });

  it('waits for what the conversation still stores, when everything else is released', async () => {
    const stored = Promise.withResolvers<void>();
    rig.conversation.script = async (line) => {
      await line.play([prompt('welcome')]).end.catch(() => undefined);
      await stored.promise;
    };
    const call = await phone.call(rig.uri());
    await call.heard('welcome');
    await call.hangUp();
    await until('the endpoint to be released', () => rig.telephony.figures().endpoints === 0);
    expect(rig.telephony.figures().calls).toBe(1);
    expect(rig.ended()).toEqual([]);
    stored.resolve();
    expect(await endedCall()).toMatchObject({ outcome: 'left', cause: 'caller-hung-up' });
  });

  it('can come before the answer, and leaves nothing', async () => {
    const asked = Promise.withResolvers<void>();
    const known = Promise.withResolvers<void>();
    rig.conversation.lookUp = async () => {
      asked.resolve();
      await known.promise;
      return rig.conversation.plan;
    };
    const call = await phone.dial(rig.uri());
    await asked.promise;
    expect(await call.cancel()).toMatchObject({ kind: 'cancelled' });
    known.resolve();
    expect(await endedCall()).toMatchObject({ outcome: 'not-answered', cause: 'caller-cancelled' });
    expect(rig.conversation.outcomes).toEqual([]);
  });

  it('can come at any moment of the setup, and leaves nothing', async () => {
    for (let wait = 0; wait < 24; wait += 2) {
      const call = await phone.dial(rig.uri(), {}, {});
      await new Promise((resolve) => setTimeout(resolve, wait));
      await call.hangUp();
    }
    await until('all calls to have ended', () => rig.ended().length === 12, 10_000);
    await nothingLeft();
    const causes = new Set(rig.ended().map(({ cause }) => cause));
    for (const cause of causes) expect(['caller-cancelled', 'caller-hung-up']).toContain(cause);
  });
});

describe('an INVITE', () => {
  it('to a number that is not ours gets 404', async () => {
    for (const number of ['5001', 'tony', '+5000']) {
      const call = await phone.dial(rig.uri(number));
      expect(await call.hasEnded()).toMatchObject({ kind: 'refused', status: 404 });
    }
  });

  it('gets 500 when the directory fails', async () => {
    rig.conversation.lookUp = () => Promise.reject(new Error('disk I/O error'));
    const call = await phone.dial(rig.uri());
    expect(await call.hasEnded()).toMatchObject({ kind: 'refused', status: 500 });
    expect(rig.telephony.figures().counts.refused).toEqual({ fault: 1 });
  });
});

describe('who calls', () => {
  it('is not allowed to unless the peer is', async () => {
    await rig.close();
    rig = await startTelephonyRig(engines, { isAllowedPeer: (address) => address !== '127.0.0.1' });
    const call = await phone.dial(rig.uri());
    expect(await call.hasEnded()).toMatchObject({ kind: 'refused', status: 403 });
    expect(rig.telephony.figures().counts.refused).toEqual({ 'peer-not-allowed': 1 });
  });

  it('is believed only by way of a trusted peer', async () => {
    const identity = { headers: [{ name: 'P-Asserted-Identity', value: '<sip:51234@pbx>' }] };
    const stranger = await phone.call(rig.uri(), { number: '77777', ...identity });
    await stranger.heard('welcome');
    await stranger.hangUp();
    expect(rig.conversation.calls[0]).toMatchObject({ peerIsTrusted: false });
    expect(rig.conversation.calls[0]?.assertedNumber).toBeUndefined();
    await nothingLeft();
    await rig.close();
    rig = await startTelephonyRig(engines, { isTrustedPeer: (address) => address === '127.0.0.1' });
    const trusted = await phone.call(rig.uri(), { number: '77777', ...identity });
    await trusted.heard('welcome');
    await trusted.hangUp();
    const from = await phone.call(rig.uri(), { number: '77777' });
    await from.heard('welcome');
    await from.hangUp();
    const hidden = await phone.call(rig.uri(), { number: 'anonymous' });
    await hidden.heard('welcome');
    await hidden.hangUp();
    expect(rig.conversation.calls.map(({ assertedNumber }) => assertedNumber)).toEqual(['51234', '77777', undefined]);
    expect(rig.conversation.calls.map(({ peerIsTrusted }) => peerIsTrusted)).toEqual([true, true, true]);
  });

  it('is told that all places are taken', async () => {
    await rig.close();
    rig = await startTelephonyRig(engines, { maxCalls: 1 });
    const first = await phone.call(rig.uri());
    const second = await phone.dial(rig.uri());
    expect(await second.hasEnded()).toMatchObject({ kind: 'refused', status: 486 });
    await first.hangUp();
    await nothingLeft();
    const third = await phone.call(rig.uri());
    await third.hangUp();
  });
});
