import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { VoipSecurity } from '../../domain/dial-plan.ts';
import { BY_STOCK } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import type { CallOptions } from '../phone/call-options.ts';
import { loadServicePrompts, Phone, type PhoneOptions } from '../phone/phone.ts';
import type { PromptPack } from '../phone/prompt-pack.ts';
import { header } from '../phone/sip-message.ts';
import { type RunningService, startService } from '../service.ts';
import { CertificateFiles } from '../tls/certificate-files.ts';
import { eavesdrop } from '../tls/eavesdropper.ts';
import { RecordedRelay } from '../tls/recorded-relay.ts';

/**
 * Where a real drachtio-server speaks TLS, as `host:port`, and the file with whom its certificate comes from. Without,
 * the embedded one is meant, whatever else the environment says.
 */
const { TEST_TLS_TARGET: realTarget, TEST_TLS_CA: realAuthority } = process.env;

let files: CertificateFiles;
let service: RunningService;
let prompts: PromptPack;
let authority: string;
/** `host:port` for TLS. */
let secureTarget: string;
beforeAll(async () => {
  prompts = await loadServicePrompts();
  files = await CertificateFiles.create();
  const own = {
    DRACHTIO_URL: '',
    FREESWITCH_URLS: '',
    SIP_LISTEN: '127.0.0.1:0,tls:127.0.0.1:0',
    TLS_CERT_FILE: files.certificate,
    TLS_KEY_FILE: files.key,
  };
  service = await startService(realTarget === undefined ? own : {});
  authority = realAuthority === undefined ? files.authority.cert : await readFile(realAuthority, 'utf8');
  const listens = service.app.sip[1]?.replace(/^sip:|;.*$/g, '');
  secureTarget = realTarget ?? listens ?? '';
});
afterEach(async () => {
  await demand('unsecured');
});
afterAll(async () => {
  await service.close();
  await files[Symbol.asyncDispose]();
});

const secureUri = () => `sip:${service.accessNumber}@${secureTarget};transport=tls`;
const overTls = (options: PhoneOptions = {}) => Phone.create({ prompts, transport: 'tls', authority, ...options });
const SRTP: CallOptions = { srtp: 'required' };

/** Sets what the dial plan asks of its calls. */
async function demand(voipSecurity: VoipSecurity): Promise<void> {
  const { directory } = service.app.core;
  const [plan] = await directory.dialPlans();
  if (plan === undefined) throw new Error('There is no dial plan');
  const changed = await directory.changeDialPlan(plan.dialPlan.id, { voipSecurity }, BY_STOCK);
  expect(changed).toMatchObject({ kind: 'changed' });
}

async function signIn(call: Call): Promise<void> {
  await call.heard('welcome');
  await call.press(`${service.mailbox.extension}#`);
  await call.heard('enter-pin');
  await call.press(`${service.mailbox.pin}#`);
  await call.heard('signed-in');
}

describe('a call over TLS', () => {
  it.each<[string, CallOptions, boolean]>([
    ['SRTP', SRTP, true],
    ['RTP, and SRTP rather', { srtp: 'preferred' }, true],
    ['RTP', {}, false],
  ])('with an offer of %s signs in, and is told to be secured or not', async (_offer, options, srtp) => {
    await using phone = await overTls();
    const call = await phone.call(secureUri(), options);
    await signIn(call);
    expect(call.secured).toBe(srtp);
    await call.hold();
    await call.resume();
    expect(call.secured).toBe(srtp);
    await call.press('1');
    await call.hangUp();
    // Keys for SRTP are secrets as well.
    expect(service.log.join('')).not.toMatch(/a=crypto|inline:/);
    expect(await service.endOf(call.callId)).toMatchObject({ transport: 'tls', srtp, cause: 'caller-hung-up' });
  });

  it('is ended by the service, which has no other way to the phone than the connection', async () => {
    await using phone = await overTls();
    const call = await phone.call(secureUri(), SRTP);
    await call.heard('welcome');
    const { calls } = service.app.telephony;
    const [live] = calls.list();
    if (live === undefined) throw new Error('The call is not there');
    calls.hangUp(live.id);
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
  });
});

describe('a dial plan', () => {
  /** The status of a call and the Warning with it; 200 when it was answered. */
  async function outcome(
    phone: Phone,
    uri: string,
    options: CallOptions = {},
  ): Promise<readonly [status: number, warning?: string | undefined]> {
    const call = await phone.dial(uri, options);
    const ending = await Promise.race([call.ended, call.answered().then(() => undefined)]);
    if (ending?.kind !== 'refused') {
      await call.hangUp();
      return [200];
    }
    const final = call.messages.find(({ message }) => message.kind === 'response' && message.status >= 300)?.message;
    return [ending.status, final && header(final, 'warning')];
  }

  it('refuses calls that are less secure than it asks, says why, counts them and logs them', async () => {
    await using open = await Phone.create({ prompts });
    await using secure = await overTls();
    const byUdp = service.uri();
    const before = service.app.telephony.figures().counts.refused;
    const sipsRequired = [480, expect.stringMatching(/^381 .*"SIPS Required"/)];
    const srtpRequired = [488, expect.stringMatching(/^302 .*RTP\/SAVP/)];
    expect(await outcome(open, byUdp, SRTP)).toEqual([200]);
    await demand('sip-secured');
    expect(await outcome(open, byUdp, SRTP)).toEqual(sipsRequired);
    expect(await outcome(secure, secureUri())).toEqual([200]);
    await demand('secured');
    expect(await outcome(open, byUdp)).toEqual(sipsRequired);
    expect(await outcome(secure, secureUri())).toEqual(srtpRequired);
    expect(await outcome(secure, secureUri(), { offers: 'no-offer' })).toEqual(srtpRequired);
    expect(await outcome(secure, secureUri(), { srtp: 'preferred' })).toEqual([200]);
    expect(await outcome(secure, secureUri(), SRTP)).toEqual([200]);
    const after = service.app.telephony.figures().counts.refused;
    const more = (kind: string) => (after[kind] ?? 0) - (before[kind] ?? 0);
    expect([more('signalling-not-secured'), more('media-not-secured')]).toEqual([2, 2]);
    expect(service.logged('Call refused').map(({ refusal }) => refusal)).toEqual(
      expect.arrayContaining(['signalling-not-secured', 'media-not-secured']),
    );
  });

  it('that asks for SRTP lets no offer within the call take it away', async () => {
    await demand('secured');
    await using phone = await overTls();
    const call = await phone.call(secureUri(), SRTP);
    await call.heard('welcome');
    const plain = 'v=0\r\no=- 1 9 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n';
    const sdp = [{ name: 'Content-Type', value: 'application/sdp' }];
    expect(await call.request('UPDATE', sdp, plain)).toMatchObject({ status: 488 });
    await call.press(`${service.mailbox.extension}#`);
    await call.heard('enter-pin');
    await call.hangUp();
  });
});

describe('who reads along', () => {
  /** Signs in through a relay and gives what an eavesdropper could make of all that went over the network. */
  async function overhear(secured: boolean) {
    const target = secured ? secureTarget : service.target;
    await using relay = await RecordedRelay.start(Number(target.split(':').at(-1)));
    const media: Buffer[] = [];
    const tap = (bytes: Buffer) => void media.push(Buffer.from(bytes));
    const { extension, pin } = service.mailbox;
    const through = relay.address;
    await using phone = await (secured ? overTls({ through }) : Phone.create({ prompts, transport: 'tcp', through }));
    const uri = secured ? secureUri() : `${service.uri()};transport=tcp`;
    const call = await phone.call(uri, secured ? { ...SRTP, tap } : { tap });
    await signIn(call);
    await call.hangUp();
    return {
      ...eavesdrop(relay.pieces, media, [extension, pin]),
      media: media.length,
      signalling: relay.pieces.length,
    };
  }

  it('finds keys, words and audio in a call that is not secured', async () => {
    const { extension, pin } = service.mailbox;
    const found = await overhear(false);
    expect(found.keys).toBe(`${extension}#${pin}#`);
    expect(found.words).toEqual(expect.arrayContaining(['SIP/2.0', 'INVITE', 'm=audio']));
    expect(found.audio).toBe(true);
  });

  it('finds nothing in a secured one: no key, no word of SIP, no key for SRTP, no audio', async () => {
    await demand('secured');
    const found = await overhear(true);
    expect(found).toMatchObject({ keys: '', words: [], digits: [], audio: false });
    expect(found.media).toBeGreaterThan(100);
    expect(found.signalling).toBeGreaterThan(5);
  });
});
