import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../testing/phone/call.ts';
import { loadServicePrompts, Phone } from '../testing/phone/phone.ts';
import type { PromptPack } from '../testing/phone/prompt-pack.ts';
import { header, type SipMessage } from '../testing/phone/sip-message.ts';
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

/** The headers of an INVITE, as `Name: value`. */
const fields = (...lines: readonly string[]) =>
  lines.map((line) => ({ name: line.split(': ')[0] ?? '', value: line.split(': ')[1] ?? '' }));

async function open(shortestSession?: number): Promise<void> {
  engines = await startEngines(shortestSession === undefined ? {} : { shortestSession });
  rig = await startTelephonyRig(engines);
  phone = await Phone.create({ prompts });
  rig.conversation.script = async (line) => {
    for (;;) await line.play([prompt('main-menu')]).end;
  };
}

beforeAll(async () => {
  prompts = await loadServicePrompts();
});

/** The messages of a call that went one way. */
function messages(call: Call, direction: 'sent' | 'received'): readonly SipMessage[] {
  return call.messages.filter((step) => step.direction === direction).map(({ message }) => message);
}

function answersTo(call: Call, method: string): readonly SipMessage[] {
  return messages(call, 'received').filter(
    (message) => message.kind === 'response' && message.status === 200 && header(message, 'cseq')?.endsWith(method),
  );
}

async function close(): Promise<void> {
  await phone.close();
  await until('no call', () => rig.telephony.figures().calls + rig.telephony.figures().endpoints === 0);
  await until('nothing in the engines', async () => Object.values(await engines.left()).every((count) => count === 0));
  await rig.close();
  await engines.close();
}

describe('the session timer of a call', { timeout: 400_000 }, () => {
  let seconds: number;
  const intervals = (count: number) => count * seconds * 1_000 + 5_000;
  beforeAll(async () => {
    await open(4);
    // Servers whose minimum cannot be chosen have that of the RFC.
    seconds = engines.shortestSession ?? 90;
  });
  afterAll(close);

  it.concurrent('is kept alive by a caller who refreshes, by either method, and the media go on untouched', async () => {
    const byInvite = await phone.call(rig.uri(), { session: { seconds, refresh: 'INVITE' } });
    const byUpdate = await phone.call(rig.uri(), { session: { seconds, refresh: 'UPDATE' } });
    await until(
      'two refreshes of each',
      () => {
        return answersTo(byInvite, 'INVITE').length >= 3 && answersTo(byUpdate, 'UPDATE').length >= 2;
      },
      intervals(2),
    );
    for (const message of [...answersTo(byInvite, 'INVITE'), ...answersTo(byUpdate, 'UPDATE')]) {
      expect(header(message, 'session-expires')).toBe(`${seconds};refresher=uac`);
      expect(header(message, 'require')).toBe('timer');
      expect(header(message, 'contact')).toBeDefined();
    }
    await Promise.all([byInvite.heard('main-menu'), byUpdate.heard('main-menu')]);
    await Promise.all([byInvite.hangUp(), byUpdate.hangUp()]);
    expect(rig.log.lines.filter(({ message }) => message === 'The caller has renegotiated the media')).toEqual([]);
  });

  it.concurrent('ends the call of one who has promised to refresh and does not', async () => {
    const call = await phone.call(rig.uri(), { session: { seconds, refresh: 'silent' } });
    await call.heard('main-menu');
    expect(await call.hasEnded(intervals(1.5))).toMatchObject({
      kind: 'far-side-hung-up',
      reason: expect.stringMatching(/text="Session timer expired"/),
    });
  });

  it.concurrent('is refreshed from here where a proxy wants one and the caller knows nothing of it', async () => {
    const call = await phone.call(rig.uri(), { headers: fields(`Session-Expires: ${seconds}`) });
    const refreshes = () =>
      messages(call, 'received').filter((one) => one.kind === 'request' && one.method === 'INVITE');
    await until('a refresh', () => refreshes().length > 0, intervals(1));
    expect(refreshes().map(({ body }) => body)).toEqual(refreshes().map(() => answersTo(call, 'INVITE')[0]?.body));
    await call.heard('main-menu');
    await call.hangUp();
  });

  it('is counted where it ran out', async () => {
    await until('four calls to end', () => rig.ended().length === 4);
    expect(rig.telephony.figures().counts.causes).toEqual({ 'session-expired': 1, 'caller-hung-up': 3 });
  });
});

describe('the answer to a caller', () => {
  beforeAll(() => open());
  afterAll(close);
  afterEach(() => until('the call to end', () => rig.telephony.figures().calls === 0));

  it('says what RFC 4028 §9 has for such a caller', async () => {
    const callers: readonly (readonly [readonly string[], string | undefined, string | undefined])[] = [
      [['Supported: timer'], '1800;refresher=uac', 'timer'],
      [['Require: timer'], '1800;refresher=uac', 'timer'],
      [['Supported: replaces, timer', 'Session-Expires: 600'], '600;refresher=uac', 'timer'],
      [['k: timer', 'x: 600;refresher=uac'], '600;refresher=uac', 'timer'],
      [['Supported: timer', 'Session-Expires: 600;refresher=uas'], '600;refresher=uas', 'timer'],
      [['Supported: timer', 'Session-Expires: 7200'], '1800;refresher=uac', 'timer'],
      [['Supported: timer', 'Session-Expires: 7200', 'Min-SE: 3600'], '3600;refresher=uac', 'timer'],
      // A proxy on the way wants a timer, and its caller does not know any.
      [['Session-Expires: 600;refresher=uac'], '600;refresher=uas', undefined],
      [['Session-Expires: 60'], undefined, undefined],
      [[], undefined, undefined],
    ];
    const answered = callers.map(async ([lines]) => {
      const call = await phone.call(rig.uri(), { headers: fields(...lines) });
      const [answer] = answersTo(call, 'INVITE');
      await call.hangUp();
      if (answer === undefined) throw new Error('There is no answer');
      return [lines, header(answer, 'session-expires'), header(answer, 'require')];
    });
    expect(await Promise.all(answered)).toEqual(callers);
  });

  it('who wants too short a timer is 422, which says how short it may be, in the call, too', async () => {
    const short = fields('Supported: timer', 'Session-Expires: 60');
    const refused = await phone.dial(rig.uri(), { headers: short });
    expect(await refused.hasEnded()).toMatchObject({ kind: 'refused', status: 422 });
    expect(messages(refused, 'received').map((message) => header(message, 'min-se'))).toContain('90');
    expect(rig.telephony.figures().counts.refused).toEqual({ 'session-interval-too-small': 1 });
    const call = await phone.call(rig.uri());
    for (const method of ['UPDATE', 'INVITE']) {
      const response = await call.request(method, short);
      expect([response.status, header(response, 'min-se')]).toEqual([422, '90']);
    }
    await call.hangUp();
  });
});
