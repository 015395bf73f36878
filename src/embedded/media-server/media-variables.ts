import type { RtpSession } from '../rtp/rtp-session.ts';
import type { AgreedMedia } from '../rtp/sdp.ts';
import type { ChannelVariables } from './channel-variables.ts';

/** What of a channel media is told by. */
interface MediaFacts {
  readonly variables: ChannelVariables;
  readonly rtp: RtpSession;
}

const mirrorOf = { sendrecv: 'sendrecv', sendonly: 'recvonly', recvonly: 'sendonly', inactive: 'inactive' } as const;

/** The variables that drachtio-fsmrf and others read the agreed media from. */
export function setMediaVariables(
  channel: MediaFacts,
  media: AgreedMedia,
  descriptions: { readonly local: string; readonly remote: string },
): void {
  const { variables, rtp } = channel;
  const set = (name: string, value: string | number | undefined) =>
    variables.set(name, value === undefined ? undefined : String(value));
  const localAddress = /^c=IN IP[46] (\S+)/m.exec(descriptions.local)?.[1];
  set('switch_r_sdp', descriptions.remote);
  set('remote_audio_media_flow', mirrorOf[media.direction]);
  set('audio_media_flow', media.direction);
  set('rtp_use_codec_string', 'PCMU,PCMA');
  set('rtp_audio_recv_pt', media.payloadType);
  set('rtp_use_codec_name', media.law);
  set('rtp_use_codec_rate', 8_000);
  set('rtp_use_codec_ptime', media.ptime);
  set('rtp_use_codec_channels', 1);
  set('rtp_last_audio_codec_string', `${media.law}@8000h@${media.ptime}i@1c`);
  for (const way of ['read', 'write']) {
    set(`${way}_codec`, media.law);
    set(`${way}_rate`, 8_000);
  }
  set('original_read_codec', media.law);
  set('original_read_rate', 8_000);
  set('dtmf_type', media.telephoneEvent === undefined ? 'none' : 'rfc2833');
  set('local_media_ip', localAddress);
  set('local_media_port', rtp.localPort);
  set('advertised_media_ip', localAddress);
  set('rtp_use_pt', media.payloadType);
  set('rtp_use_ssrc', rtp.ssrc);
  set('rtp_2833_send_payload', media.telephoneEvent);
  set('rtp_2833_recv_payload', media.telephoneEvent);
  set('remote_media_ip', media.address);
  set('remote_media_port', media.port);
  set('rtp_local_sdp_str', descriptions.local);
  set('endpoint_disposition', 'ANSWER');
  for (const name of ['rtp_has_crypto', 'rtp_secure_media_negotiated']) set(name, media.security?.theirs.suite.name);
}

/** The variables of what went over the call's RTP port, as far as it is counted. */
export function setMediaCounts({ variables, rtp }: MediaFacts): void {
  variables.set('rtp_audio_in_packet_count', String(rtp.packetsReceived));
  variables.set('rtp_audio_in_skip_packet_count', String(rtp.reception.lost));
  variables.set('rtp_audio_out_packet_count', String(rtp.packetsSent));
}
