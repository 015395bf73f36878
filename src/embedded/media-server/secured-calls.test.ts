import { afterEach, beforeEach, expect, it } from 'vitest';
import { WireCall } from '../../testing/edge/wire-phone.ts';
import { MediaRig } from '../../testing/media/media-rig.ts';
import type { RtpPeer } from '../../testing/media/rtp-peer.ts';
import { Srtp } from '../../testing/phone/srtp.ts';

let rig: MediaRig;
beforeEach(async () => {
  rig = await MediaRig.start();
});
afterEach(async () => {
  await rig.close();
});

const secured = (peer: RtpPeer, srtp: Srtp) => peer.offer([srtp.line]).replace('RTP/AVP', srtp.profile);

/** One packet of a key, as the phone's own SRTP protects it. */
function keyPacket(srtp: Srtp, sequence: number, key: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(0x8000 + 101, 0);
  bytes.writeUInt16BE(sequence, 2);
  bytes.writeUInt32BE(800 * sequence, 4);
  bytes.writeUInt32BE(9, 8);
  bytes.set([key, 0x8a, 1, 0x90], 12);
  return srtp.seal(bytes) ?? bytes;
}

it('answers SRTP with SRTP, whatever the case of the word, and hears its keys alone', async () => {
  const srtp = new Srtp('required');
  const peer = await rig.peer();
  const offer = secured(peer, srtp).replace('RTP/SAVP', 'rtp/savp');
  const { wire, esl, sdp, rtpPort, uuid } = await rig.call({ peer, sdp: offer });
  expect(sdp).toMatch(/^m=audio \d+ RTP\/SAVP 0 101\r$/m);
  expect(sdp).toMatch(/^a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:[A-Za-z0-9+/]{40}\r$/m);
  srtp.take(sdp);
  await peer.press(rtpPort, '9');
  await expect.poll(() => rig.core.stats().rtp.dropped.unauthenticated).toBe(6);
  await peer.sendBytes(rtpPort, keyPacket(srtp, 1, 5));
  expect((await esl.nextEvent('DTMF')).event['DTMF-Digit']).toBe('5');
  for (const variable of ['rtp_has_crypto', 'rtp_secure_media_negotiated']) {
    expect(await esl.api(`uuid_getvar ${uuid} ${variable}`)).toBe('AES_CM_128_HMAC_SHA1_80');
  }
  // A refresh says the same, down to the key; new keys of the peer are taken from then on.
  wire.sequence++;
  wire.send('INVITE', { body: offer });
  expect(await wire.answered()).toContain(sdp);
  const renewed = new Srtp('required');
  wire.sequence++;
  wire.send('INVITE', { body: secured(peer, renewed) });
  renewed.take(await wire.answered());
  await peer.sendBytes(rtpPort, keyPacket(renewed, 2, 6));
  expect((await esl.nextEvent('DTMF')).event['DTMF-Digit']).toBe('6');
  expect(await esl.api(`uuid_exists ${uuid}`)).toBe('true');
  await wire.bye();
});

it('offers SRTP to an INVITE without an offer that asks for it, and takes the key from the ACK', async () => {
  const srtp = new Srtp('required');
  const peer = await rig.peer();
  const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
  wire.send('INVITE', { headers: rig.inviteHeaders('X-Secure-RTP: true\n') });
  const answer = await rig.phone.next('SIP/2.0 200');
  expect(answer).toMatch(/^m=audio \d+ RTP\/SAVP 0 8 101\r$/m);
  srtp.take(answer);
  wire.learn(answer);
  const tag = /^a=crypto:(\d+) AES_CM_128_HMAC_SHA1_80 /m.exec(answer)?.[1] ?? '';
  wire.send('ACK', { body: secured(peer, srtp).replace('a=crypto:1', `a=crypto:${tag}`) });
  const esl = await rig.application.next();
  esl.write('connect\n\n');
  await esl.next('command/reply');
  await esl.command('event json DTMF');
  await peer.sendBytes(Number(/^m=audio (\d+)/m.exec(answer)?.[1]), keyPacket(srtp, 1, 7));
  expect((await esl.nextEvent('DTMF')).event['DTMF-Digit']).toBe('7');
  await wire.bye();
});

it.each([
  ['no key', (offer: string) => offer.replace(/^a=crypto.*\n/m, '')],
  ['no suite that is known', (offer: string) => offer.replace('AES_CM_128_HMAC_SHA1_80', 'F8_128_HMAC_SHA1_80')],
])('refuses SRTP with %s', async (_what, spoil) => {
  const peer = await rig.peer();
  const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
  wire.send('INVITE', { body: spoil(secured(peer, new Srtp('required'))), headers: rig.inviteHeaders() });
  await rig.phone.next('SIP/2.0 488');
  wire.send('ACK');
});
