import type { ReceivedRequest } from '../sip/transaction.ts';
import { parseNameAddress, parseSipUri, type SipUri } from '../sip/values.ts';
import type { CallerProfile } from './channel-data.ts';

/** The name of the SIP profile that drachtio-fsmrf looks for. */
export const profileName = 'drachtio_mrf';

type Assignment = readonly [name: string, value: string | undefined];

/** The user of a URI, without a password. */
function userOf({ userInfo }: SipUri): string | undefined {
  return userInfo?.split(':', 1)[0] || undefined;
}

/** A URI's parts as FreeSWITCH's variables name them; a URI without a user gets the user of whoever asks. */
function uriVariables(prefix: string, uri: string, noUser: string | undefined): Assignment[] {
  const parsed = parseSipUri(uri);
  if (parsed === undefined) return [];
  const user = userOf(parsed) ?? noUser;
  const port = parsed.port === undefined ? undefined : String(parsed.port);
  const place = port === undefined ? parsed.host : `${parsed.host}:${port}`;
  return [
    [`sip_${prefix}_user`, user],
    [`sip_${prefix}_port`, port],
    [`sip_${prefix}_uri`, user === undefined ? place : `${user}@${place}`],
    [`sip_${prefix}_host`, parsed.host],
  ];
}

const nobody = 'nobody';

/** Who calls, and how the channel is called, from an INVITE. */
export function callerOf(invite: ReceivedRequest): { readonly profile: CallerProfile; readonly name: string } {
  const from = parseNameAddress(invite.message.headers.get('From') ?? '');
  const uri = from === undefined ? undefined : parseSipUri(from.uri);
  const place = uri?.port === undefined ? (uri?.host ?? '') : `${uri.host}:${uri.port}`;
  const requested = parseSipUri(invite.message.uri);
  const username = uri === undefined ? undefined : userOf(uri);
  return {
    name: `sofia/${profileName}/${username ?? nobody}@${place}`,
    profile: {
      username,
      name: from?.displayName.replace(/^"|"$/g, '') || username || 'unknown',
      networkAddress: invite.remote.address,
      destination: requested === undefined ? 'service' : (userOf(requested) ?? 'service'),
      context: 'mrf',
    },
  };
}

/** The variables that a channel has from its INVITE, named and ordered as mod_sofia does. */
export function inviteVariables(invite: ReceivedRequest, channelName: string, ownAddress: string): Assignment[] {
  const { message, core, remote, local } = invite;
  const { headers } = message;
  const from = parseNameAddress(headers.get('From') ?? '')?.uri ?? '';
  const to = parseNameAddress(headers.get('To') ?? '')?.uri ?? '';
  const contact = parseNameAddress(headers.get('Contact') ?? '')?.uri ?? '';
  const port = String(remote.port);
  return [
    ...uriVariables('from', from, nobody),
    ['video_media_flow', 'disabled'],
    ['text_media_flow', 'disabled'],
    ['channel_name', channelName],
    ['sip_call_id', core.callId],
    ['sip_local_network_addr', local.address],
    ['sip_network_ip', remote.address],
    ['sip_network_port', port],
    ['sip_invite_stamp', String(Math.round(invite.receivedAt * 1_000))],
    ['sip_received_ip', remote.address],
    ['sip_received_port', port],
    ['sip_via_protocol', invite.transport.protocol.toLowerCase()],
    ['sip_from_tag', core.from.params.get('tag') ?? undefined],
    ['sofia_profile_name', profileName],
    ['sofia_profile_url', `sip:mod_sofia@${ownAddress}`],
    ['recovery_profile_name', profileName],
    ['sip_full_via', headers.get('Via')],
    ['sip_full_from', headers.get('From')],
    ['sip_full_to', headers.get('To')],
    ...uriVariables('req', message.uri, undefined),
    ...uriVariables('to', to, undefined),
    ...uriVariables('contact', contact, nobody),
    ['sip_user_agent', headers.get('User-Agent')],
    ['sip_via_host', core.via.host],
    ['sip_via_port', core.via.port === undefined ? undefined : String(core.via.port)],
    ['sip_via_rport', port],
    ['max_forwards', headers.get('Max-Forwards')],
    ...[...headers]
      .filter(({ name }) => /^x-/i.test(name))
      .map(({ name, value }): Assignment => [`sip_h_${name}`, value]),
  ];
}
