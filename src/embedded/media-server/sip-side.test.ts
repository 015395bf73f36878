import { afterEach, expect, it } from 'vitest';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { offer, WireCall, WirePhone } from '../../testing/edge/wire-phone.ts';
import { zeroCounters } from '../rtp/counters.ts';
import { Pacer } from '../rtp/pacer.ts';
import { LocalAddresses } from '../sip/local-addresses.ts';
import { MediaPorts } from './media-ports.ts';
import { Peers } from './peers.ts';
import { SipSide, type SipSideOptions } from './sip-side.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A SIP side whose calls are taken by `onCall`, and a phone before it. */
async function start(onCall: SipSideOptions['onCall']) {
  const clock = new FakeClock();
  const log = new CapturedLog();
  const rtp = { host: '127.0.0.1', host6: undefined, portMin: 30_000, portMax: 39_999, advertisedAddress: undefined };
  const ports = new MediaPorts(rtp, 1_500, clock);
  const abandoned: string[] = [];
  const side = await SipSide.start({
    host: '127.0.0.1',
    port: 0,
    clock,
    log,
    peers: new Peers([]),
    ports,
    addresses: await LocalAddresses.create(() => clock.monotonic()),
    advertisedAddress: undefined,
    rtp: { pacer: new Pacer(clock, () => {}), clock, counters: zeroCounters() },
    hasRoom: () => true,
    onCall,
    onAbandoned: (uuid) => abandoned.push(uuid),
  });
  const phone = await WirePhone.start(side.port);
  closing.push(
    () => ports.close(),
    () => side.close(),
    () => phone.close(),
  );
  const wire = new WireCall(phone, side.port, 'drachtio');
  const headers = 'User-Agent: drachtio-fsmrf:some-id\nX-esl-outbound: 127.0.0.1:9\n';
  wire.send('INVITE', { body: offer, headers });
  return { clock, log, ports, side, phone, abandoned };
}

it('keeps neither a dialog nor a port of a call that cannot be taken because of a fault', async () => {
  const { clock, log, ports, side, phone, abandoned } = await start(() => {
    throw new RangeError('not today');
  });
  await phone.next('SIP/2.0 500');
  expect(log.lines.map(({ message }) => message)).toEqual(['Taking a call failed']);
  expect(side.dialogs).toBe(0);
  expect(abandoned).toHaveLength(1);
  await clock.advance(1_500);
  expect(ports.bound).toBe(0);
});

it('hangs up a call that it has answered before the fault', async () => {
  const { clock, ports, side, phone } = await start(() => ({
    onKey: () => {},
    onMedia: () => {
      throw new RangeError('not today');
    },
    onEnded: () => {},
  }));
  await phone.next('SIP/2.0 200');
  expect(await phone.next('BYE')).toContain('NORMAL_TEMPORARY_FAILURE');
  expect(side.dialogs).toBe(0);
  await clock.advance(1_500);
  expect(ports.bound).toBe(0);
});
