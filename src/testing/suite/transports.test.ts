import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallOptions } from '../phone/call-options.ts';
import { loadServicePrompts, Phone, type PhoneOptions } from '../phone/phone.ts';
import type { PromptPack } from '../phone/prompt-pack.ts';
import { type RunningService, startService } from '../service.ts';

const hasIPv6 = Object.values(networkInterfaces()).some((entries) => entries?.some(({ address }) => address === '::1'));

interface Way {
  readonly name: string;
  /** Which of the service's addresses is called. */
  readonly at: number;
  readonly suffix: string;
  readonly phone: PhoneOptions;
  readonly call?: CallOptions;
}

const overTcp: Way = { name: 'TCP', at: 0, suffix: ';transport=tcp', phone: { transport: 'tcp' } };
/** Its media stays with IPv4, as that of a phone may that has both. */
const ipv4Media = { rtp: { host: '127.0.0.1' } };
const overIPv6: readonly Way[] = [
  { name: 'IPv6, media included', at: 1, suffix: '', phone: { host: '::1' } },
  { name: 'IPv6', at: 1, suffix: '', phone: { host: '::1' }, call: ipv4Media },
  {
    name: 'TCP over IPv6',
    at: 1,
    suffix: ';transport=tcp',
    phone: { host: '::1', transport: 'tcp' },
    call: ipv4Media,
  },
];
// Which addresses another SIP edge has is its own matter: it is called by the one that TEST_SIP_TARGET names.
const isOwnEdge = (process.env.DRACHTIO_URL ?? '') === '';
const ways: readonly Way[] = hasIPv6 && isOwnEdge ? [overTcp, ...overIPv6] : [overTcp];

let service: RunningService;
let prompts: PromptPack;
beforeAll(async () => {
  prompts = await loadServicePrompts();
  service = await startService(hasIPv6 ? { SIP_LISTEN: '127.0.0.1:0,[::1]:0' } : {});
});
// It also checks that the calls have left nothing behind.
afterAll(async () => {
  await service.close();
});

const uri = ({ at, suffix }: Way) =>
  (service.app.sip[at]?.replace('sip:', `sip:${service.accessNumber}@`) ?? service.uri()) + suffix;

describe.concurrent('a whole call', () => {
  it.each(ways)('over $name is set up, hears prompts, keys a PIN and hangs up', async (way) => {
    await using phone = await Phone.create({ prompts, ...way.phone });
    const call = await phone.call(uri(way), way.call);
    await call.heard('welcome');
    await call.press(`${service.mailbox.extension}#`);
    await call.heard('enter-pin');
    await call.press(`${service.mailbox.pin}#`);
    await call.heard('signed-in');
    expect(await call.hangUp()).toEqual({ kind: 'hung-up' });
    expect(await service.endOf(call.callId)).toMatchObject({ outcome: 'ended', cause: 'caller-hung-up' });
  });
});

it('a call over TCP is ended by the service, which reaches the phone', async () => {
  await using phone = await Phone.create({ prompts, ...overTcp.phone });
  const call = await phone.call(uri(overTcp));
  await call.heard('welcome');
  const { calls } = service.app.telephony;
  const [live] = calls.list();
  if (live === undefined) throw new Error('The call is not there');
  calls.hangUp(live.id);
  expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
});
