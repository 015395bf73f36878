import type { HeaderList } from './headers.ts';
import { branchCookie } from './ids.ts';
import { makeRequest, type SipRequest } from './message.ts';
import type { CoreFields } from './parse-message.ts';
import type { Destination } from './transaction.ts';
import type { SocketAddress, Transport } from './transport.ts';
import { formatVia, type Via } from './values.ts';

/** Which client transaction a response belongs to (RFC 3261 §17.1.3). */
export function clientKey(branch: string, method: string): string {
  return `${branch}\n${method}`;
}

/** RFC 3261 §17.2.3: by branch and sent-by, or for an RFC 2543 client by everything that tells its requests apart. */
export function serverKey(message: SipRequest, core: CoreFields, method: string): string {
  const branch = core.via.params.get('branch');
  if (typeof branch === 'string' && branch.startsWith(branchCookie) && branch.length > branchCookie.length) {
    return `${branch}\n${core.via.host}:${core.via.port ?? ''}\n${method}`;
  }
  const via = formatVia({ ...core.via, params: new Map(branch == null ? [] : [['branch', branch]]) });
  const fromTag = core.from.params.get('tag') ?? '';
  return `2543\n${message.uri}\n${fromTag}\n${core.callId}\n${core.cseq.number}\n${via}\n${method}`;
}

/** RFC 3261 §18.2.1 and RFC 3581 §4: where the request really came from is written into its topmost Via. */
export function stampVia(message: SipRequest, via: Via, remote: SocketAddress): SipRequest {
  const params = new Map(via.params);
  const wantsPort = params.has('rport');
  if (wantsPort) params.set('rport', String(remote.port));
  if (wantsPort || via.host !== remote.address) params.set('received', remote.address);
  else params.delete('received');
  const stamped = formatVia({ ...via, params });
  return { ...message, headers: message.headers.replaceFirst('Via', stamped) };
}

/**
 * RFC 3261 §18.2.2 and RFC 3581 §4: back to the address that the request came from, at the port that it came from
 * (`rport`) or that the sender named. On a stream it is the connection of the request, and when that is gone, a new one
 * to the port that the sender named. `maddr` is not obeyed: it would let a sender aim our answers at anybody.
 */
export function responseTarget(via: Via, remote: SocketAddress, transport: Transport): Destination {
  const named = { ...remote, port: via.port ?? (transport.protocol === 'TLS' ? 5061 : 5060) };
  if (transport.reliable) return { transport, address: remote, connectTo: named };
  return { transport, address: via.params.has('rport') ? remote : named };
}

/** RFC 3261 §9.1: a CANCEL has the INVITE's Request-URI, Via, From, To, Call-ID, CSeq number and Route. */
export function cancelFor(invite: SipRequest, extra: Iterable<readonly [string, string]>): SipRequest {
  const cseq = invite.headers.get('CSeq') ?? '';
  let headers: HeaderList = invite.headers
    .only('Via', 'Route', 'From', 'To', 'Call-ID', 'CSeq')
    .set('CSeq', cseq.replace(/\S+$/, 'CANCEL'))
    .append('Max-Forwards', '70');
  for (const [name, value] of extra) headers = headers.append(name, value);
  return makeRequest('CANCEL', invite.uri, headers);
}
