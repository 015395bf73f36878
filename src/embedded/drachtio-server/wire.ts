import { randomUUID } from 'node:crypto';
import { type SipMessage, serialise } from '../sip/message.ts';
import type { SocketAddress, TransportProtocol } from '../sip/transport.ts';

/** The release of drachtio-server whose protocol this is; drachtio-srf looks at it before it sends pings. */
export const protocolVersion = 'v0.9.10';

/** The line in front of each SIP message that tells an application where the message came from or went. */
export interface MessageFacts {
  readonly source: 'network' | 'application';
  readonly protocol: TransportProtocol;
  /** The peer of a message from the network and of a response that was sent; our own address for a request. */
  readonly address: SocketAddress | undefined;
  /** Wall-clock time in milliseconds. */
  readonly time: number;
}

/** Time of day in UTC with microseconds, as drachtio-server writes it. */
function timeOfDay(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(11, 23)}000`;
}

function facts(about: MessageFacts, bytes: number): string {
  const { source, protocol, address, time } = about;
  const peer = `${address?.address ?? ''}|${address?.port ?? 0}`;
  return `${source}|${bytes}|${protocol.toLowerCase()}|${peer}|${timeOfDay(time)}`;
}

/**
 * A SIP message from the network, or one that this server sent by itself. `receivedOn` is given with a request that
 * opens something new, and only there.
 */
export function sipMessage(
  about: MessageFacts,
  ids: { readonly transactionId: string; readonly dialogId: string },
  message: SipMessage,
  receivedOn?: SocketAddress,
): Buffer {
  const bytes = serialise(message);
  const local = receivedOn === undefined ? '' : `${receivedOn.address}|${receivedOn.port}|`;
  const leader = `${randomUUID()}|sip|${facts(about, bytes.length)}|${ids.transactionId}|${ids.dialogId}|${local}\r\n`;
  return Buffer.concat([Buffer.from(leader, 'utf8'), bytes]);
}

/** "OK" with the message that was sent. A response names its dialog, a request does not. */
export function sentReply(
  id: string,
  about: MessageFacts,
  ids: { readonly transactionId: string; readonly dialogId?: string },
  message: SipMessage,
): Buffer {
  const bytes = serialise(message);
  const dialog = ids.dialogId === undefined ? '' : `|${ids.dialogId}|`;
  const leader = `${reply(id, 'OK')}|${facts(about, bytes.length)}|${ids.transactionId}${dialog}|Msg sent:|\r\n`;
  return Buffer.concat([Buffer.from(leader, 'utf8'), bytes]);
}

/**
 * A plain reply. Failures have two spellings, and applications may look at either: "NO" from the connection itself,
 * "NOK" from the handling of SIP.
 */
export function plainReply(id: string, verdict: 'OK' | 'NO' | 'NOK', text?: string): Buffer {
  return Buffer.from(reply(id, verdict) + (text === undefined ? '' : `|${text}`), 'utf8');
}

function reply(id: string, verdict: string): string {
  return `${randomUUID()}|response|${id}|${verdict}`;
}

/** A call detail record: `event` with its details behind the source and the time. */
export function cdrMessage(
  event: 'attempt' | 'start' | 'stop',
  source: 'network' | 'application',
  time: number,
  detail: string | undefined,
  message: SipMessage,
): Buffer {
  const tail = detail === undefined ? '' : `|${detail}`;
  const leader = `${randomUUID()}|cdr:${event}|${source}|${timeOfDay(time)}${tail}\r\n`;
  return Buffer.concat([Buffer.from(leader, 'utf8'), serialise(message)]);
}
