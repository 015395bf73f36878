import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Key } from '../domain/key.ts';
import type { Call } from '../testing/phone/call.ts';
import { loadServicePrompts, Phone } from '../testing/phone/phone.ts';
import { headers, type SipResponse } from '../testing/phone/sip-message.ts';
import {
  type Engines,
  prompt,
  startEngines,
  startTelephonyRig,
  type TelephonyRig,
  until,
} from '../testing/telephony-rig.ts';

let engines: Engines;
let rig: TelephonyRig;
let phone: Phone;
const keys: Key[] = [];

beforeAll(async () => {
  const [started, prompts] = await Promise.all([startEngines(), loadServicePrompts()]);
  engines = started;
  rig = await startTelephonyRig(engines);
  phone = await Phone.create({ prompts });
  rig.conversation.script = async (line) => {
    line.onKey((key) => keys.push(key));
    for (;;) await line.play([prompt('main-menu')]).end;
  };
});

afterAll(async () => {
  await phone.close();
  await rig.close();
  await engines.close();
});

afterEach(async () => {
  keys.length = 0;
  await until('no call and no endpoint', () => rig.telephony.figures().calls + rig.telephony.figures().endpoints === 0);
  await until('nothing in the engines', async () => Object.values(await engines.left()).every((count) => count === 0));
});

/** All values of a header; the phone's own reading takes the first of a list. */
function header(message: SipResponse | undefined, name: string): string | undefined {
  const values = message === undefined ? [] : headers(message, name);
  return values.length === 0 ? undefined : values.join(', ');
}

const sdpType = { name: 'Content-Type', value: 'application/sdp' };

function finalResponses(call: Call): readonly SipResponse[] {
  return call.messages.flatMap(({ message }) =>
    message.kind === 'response' && message.status >= 200 ? [message] : [],
  );
}

function describing(...streams: readonly string[]): string {
  return ['v=0', 'o=- 9 9 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', ...streams, ''].join('\r\n');
}

const keypad = 'a=rtpmap:101 telephone-event/8000';

/** Speech and keys still come through. */
async function expectAlive(call: Call): Promise<void> {
  await call.heard('main-menu');
  await call.press('7');
  await until('the key', () => keys.includes('7'));
}

describe('what the service can do', () => {
  it('is told in each answer to INVITE, re-INVITE and OPTIONS, in a call and outside', async () => {
    const call = await phone.call(rig.uri());
    await call.hold();
    await call.resume();
    await call.request('OPTIONS');
    await call.hangUp();
    const answers = finalResponses(call).filter((one) => !header(one, 'cseq')?.endsWith('BYE'));
    expect(answers).toHaveLength(4);
    for (const answer of answers) {
      expect(header(answer, 'allow')).toBe('INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK');
      expect(header(answer, 'supported')).toBe('timer, 100rel');
      expect(header(answer, 'accept')).toBe('application/sdp');
    }
  });

  it('is all that may be required: 420 names the rest, in a call, too, which goes on', async () => {
    const require = { name: 'Require', value: 'timer, teleport, 100rel, levitation' };
    const refused = await phone.dial(rig.uri(), { headers: [require] });
    expect(await refused.hasEnded()).toMatchObject({ kind: 'refused', status: 420 });
    expect(finalResponses(refused).map((one) => header(one, 'unsupported'))).toEqual(['teleport, levitation']);
    const call = await phone.call(rig.uri(), { headers: [{ name: 'Require', value: '100rel, timer' }] });
    for (const method of ['INVITE', 'UPDATE', 'INFO', 'OPTIONS', 'MESSAGE']) {
      const response = await call.request(method, [require]);
      expect([method, response.status, header(response, 'unsupported')]).toEqual([method, 420, 'teleport, levitation']);
    }
    await expectAlive(call);
    await call.hangUp();
  });
});

describe('a caller who asks for our offer', () => {
  it('answers it in the ACK, and hears and is heard', async () => {
    const call = await phone.call(rig.uri(), { offers: 'no-offer' });
    expect(finalResponses(call)[0]?.body).toMatch(/^m=audio [1-9]\d* RTP\/AVP 0 /m);
    await expectAlive(call);
    // And the other way round within the call: RFC 3261 §14.2.
    const moved = await call.request('UPDATE', [sdpType], describing('m=audio 9 RTP/AVP 18'));
    expect(moved.status).toBe(488);
    await call.hangUp();
  });

  it('is hung up on when the answer has nothing that could be heard', async () => {
    const before = rig.conversation.calls.length;
    const call = await phone.call(rig.uri(), { offers: 'no-offer', codecs: ['G729'], eventPayloadType: 'none' });
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(rig.conversation.calls).toHaveLength(before);
  });
});

describe('a caller who renegotiates by UPDATE', () => {
  it('is held, resumed and heard as by re-INVITE, and a description that stands changes nothing', async () => {
    const call = await phone.call(rig.uri());
    await call.heard('main-menu');
    const renegotiated = () =>
      rig.log.lines.filter(({ message }) => message === 'The caller has renegotiated the media').length;
    const before = renegotiated();
    const offered = call.messages[0]?.message.body ?? '';
    let version = 1;
    const update = async (direction: string): Promise<SipResponse> => {
      const body = offered.replace('a=sendrecv', `a=${direction}`).replace(/^o=(\S+ \d+) \d+/m, `o=$1 ${++version}`);
      return await call.request('UPDATE', [sdpType], body);
    };
    const held = await update('sendonly');
    expect([held.status, /^a=(?:recvonly|inactive)/m.test(held.body)]).toEqual([200, true]);
    expect(header(held, 'contact')).toBeDefined();
    await call.quiet(300);
    const resumed = await update('sendrecv');
    expect([resumed.status, /^a=recvonly/m.test(resumed.body)]).toEqual([200, false]);
    await expectAlive(call);
    const again = await call.request('UPDATE', [sdpType], offered.replace(/^o=(\S+ \d+) \d+/m, `o=$1 ${version}`));
    expect([again.status, again.body]).toEqual([200, resumed.body]);
    await expectAlive(call);
    await call.hangUp();
    expect(renegotiated()).toBe(before + 2);
  });
});

describe('a description that cannot be served', () => {
  it('is refused 488 with a Warning that says why', async () => {
    const call = await phone.dial(rig.uri(), { codecs: ['G729', 'GSM'] });
    expect(await call.hasEnded()).toMatchObject({ kind: 'refused', status: 488 });
    expect(header(finalResponses(call)[0], 'warning')).toBe('305 touchtone "No audio format in common"');
  });

  it.each(['INVITE', 'UPDATE'])(
    'is refused so within a call by %s, too, and the call goes on as it was',
    async (method) => {
      const call = await phone.call(rig.uri());
      for (const [warning, ...streams] of [
        ['305 touchtone "No audio format in common"', 'm=audio 4000 RTP/AVP 18 101', 'a=rtpmap:18 G729/8000', keypad],
        ['304 touchtone "No audio stream"', 'm=video 4000 RTP/AVP 96', 'a=rtpmap:96 H264/90000'],
        ['302 touchtone "Audio with DTLS-SRTP only"', 'm=audio 4000 UDP/TLS/RTP/SAVPF 0'],
      ]) {
        const response = await call.request(method, [sdpType], describing(...streams));
        expect([response.status, header(response, 'warning')]).toEqual([488, warning]);
      }
      await expectAlive(call);
      await call.hold();
      await call.resume();
      await expectAlive(call);
      await call.hangUp();
    },
  );
});

describe('setting up that takes long', () => {
  it('is told by 180, but not to a caller who requires that to be acknowledged', async () => {
    const { lookUp } = rig.conversation;
    const { promise: found, resolve: find } = Promise.withResolvers<void>();
    rig.conversation.lookUp = async (number) => {
      await found;
      return await lookUp(number);
    };
    const statuses = (call: Call) =>
      call.messages.flatMap(({ message }) => (message.kind === 'response' ? [message.status] : []));
    const requiring = await phone.dial(rig.uri(), { headers: [{ name: 'Require', value: '100rel' }] });
    await until('the first to be there', () => statuses(requiring).includes(100));
    const other = await phone.dial(rig.uri());
    const gone = await phone.dial(rig.uri());
    await until('the second to ring', () => statuses(other).includes(180));
    await gone.cancel();
    rig.conversation.lookUp = lookUp;
    find();
    await Promise.all([requiring.answered(), other.answered()]);
    expect(statuses(requiring)).toEqual([100, 200]);
    await Promise.all([requiring.hangUp(), other.hangUp()]);
    expect(statuses(other).slice(0, 3)).toEqual([100, 180, 200]);
  });
});
