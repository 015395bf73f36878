import { afterEach, describe, expect, it } from 'vitest';
import { WireCall } from '../../testing/edge/wire-phone.ts';
import { header, MediaRig } from '../../testing/media/media-rig.ts';
import { RtpPeer } from '../../testing/media/rtp-peer.ts';

let rig: MediaRig;

afterEach(() => rig.close());

const ports = { portMin: 30_000, portMax: 39_999 };

/** Sends an INVITE with this body and gives the description of the 200, or the status of a refusal. */
async function invited(body: string, headers = ''): Promise<string> {
  const wire = new WireCall(rig.phone, rig.core.sipPort, 'drachtio');
  wire.send('INVITE', { body, headers: rig.inviteHeaders(headers) });
  const answer = await rig.phone.next(/^SIP\/2.0 [2-6]/);
  wire.to = header(answer, 'To');
  wire.send('ACK');
  return answer.startsWith('SIP/2.0 200') ? answer.slice(answer.indexOf('\r\n\r\n') + 4) : answer.slice(8, 11);
}

describe('a server with addresses of both families', () => {
  it('talks to a phone in that of its description', async () => {
    rig = await MediaRig.start({ rtp: { host: '127.0.0.1', host6: '::1', ...ports } });
    const phone = await RtpPeer.start('::1');
    const offer = phone.offer(['c=IN IP6 ::1']);
    const { esl, rtpPort, sdp } = await rig.call({ peer: phone, sdp: offer });
    expect(sdp).toContain('c=IN IP6 ::1\r\n');
    expect(sdp).toMatch(/^o=\S+ \d+ \d+ IN IP6 ::1\r$/m);
    await phone.press(rtpPort, '4');
    expect((await esl.nextEvent('DTMF')).event['DTMF-Digit']).toBe('4');
    await rig.pass(100);
    await phone.has(3);
    const other = await rig.call();
    expect(other.sdp).toContain('c=IN IP4 127.0.0.1\r\n');
    await other.peer.press(other.rtpPort, '6');
    expect((await other.esl.nextEvent('DTMF')).event['DTMF-Digit']).toBe('6');
    expect(rig.core.stats().boundPorts).toBe(2);
    await phone.close();
  });

  it('offers that of the signalling when the INVITE brings no offer', async () => {
    rig = await MediaRig.start({ rtp: { host: '127.0.0.1', host6: '::', ...ports } });
    expect(await invited('', 'X-Signalling-Source: ::1\n')).toContain('c=IN IP6 ::1\r\n');
    expect(await invited('', 'X-Signalling-Source: 127.0.0.9\n')).toContain('c=IN IP4 127.0.0.1\r\n');
    expect(await invited('')).toContain('c=IN IP4 127.0.0.1\r\n');
  });

  it('tells an advertised address to those of its family only', async () => {
    const rtp = { host: '0.0.0.0', host6: '::1', ...ports, advertisedAddress: '203.0.113.5' };
    rig = await MediaRig.start({ rtp });
    const peer = await rig.peer();
    expect(await invited(peer.offer(['c=IN IP6 2001:db8::7']))).toContain('c=IN IP6 ::1\r\n');
    expect(await invited(peer.offer(['c=IN IP4 198.51.100.7']))).toContain('c=IN IP4 203.0.113.5\r\n');
    // Media of one family, signalling of the other: the address goes by the media.
    const source = 'X-Signalling-Source: 198.51.100.7\n';
    expect(await invited(peer.offer(['c=IN IP6 2001:db8::7']), source)).toContain('c=IN IP6 ::1\r\n');
  });
});

describe('a server with addresses of one family', () => {
  it('refuses phones of the other', async () => {
    rig = await MediaRig.start();
    const peer = await rig.peer();
    expect(await invited(peer.offer(['c=IN IP6 ::1']))).toBe('488');
    await rig.clock.advance(1_500);
    expect(rig.core.stats()).toMatchObject({ channels: 0, boundPorts: 0 });
  });

  it('is what one is that cannot have its IPv6 address, and says so', async () => {
    rig = await MediaRig.start({ rtp: { host: '127.0.0.1', host6: '2001:db8::77', ...ports } });
    expect(rig.log.lines.map(({ message }) => message)).toEqual(['There is no IPv6 here; media over it is refused']);
    const peer = await rig.peer();
    expect(await invited(peer.offer(['c=IN IP6 ::1']))).toBe('488');
    expect(await invited(peer.offer())).toContain('c=IN IP4 127.0.0.1\r\n');
  });

  it('takes no host6 that is none', async () => {
    rig = await MediaRig.start();
    await expect(MediaRig.start({ rtp: { host6: '127.0.0.1', ...ports } })).rejects.toThrow(RangeError);
  });
});
