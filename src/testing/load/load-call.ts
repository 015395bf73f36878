import { randomBytes } from 'node:crypto';
import { readSdp, writeSdp } from '../phone/sdp.ts';
import {
  cseq,
  header,
  headers,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  uriOf,
  writeSip,
} from '../phone/sip-message.ts';
import type { LoadMedia } from './load-media.ts';

/** The values of T1 and of timers B and F, in milliseconds (RFC 3261 §17.1). */
const T1 = 500;
const GIVE_UP = 32_000;

export type CallState = 'calling' | 'up' | 'hanging-up' | 'over';

/** What a call needs of its process. */
export interface CallPorts {
  /** Where requests go and answers come from. */
  readonly local: { readonly host: string; readonly port: number };
  readonly rtpPort: number;
  send(message: Buffer): void;
  /** It is up: where its media goes to. */
  onUp(call: LoadCall, mediaPort: number): void;
  /** It is over, by what: a status that was not 200 (0 is no answer), the other side, or ourselves, whose BYE may not have been answered. */
  onOver(
    call: LoadCall,
    how: { readonly kind: 'refused'; readonly status: number } | { readonly kind: 'ended' | 'hung-up' | 'unanswered' },
  ): void;
}

/** The signalling of one call, as little of it as a caller on a network without loss needs. */
export class LoadCall {
  readonly callId = `${randomBytes(12).toString('hex')}@load`;
  readonly media: LoadMedia;
  state: CallState = 'calling';
  readonly #ports: CallPorts;
  readonly #target: string;
  readonly #from: string;
  #to: string;
  #remote: string;
  #routes: readonly string[] = [];
  #branch = branch();
  #request: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;

  constructor(target: string, media: LoadMedia, ports: CallPorts) {
    this.#target = target;
    this.#remote = target;
    this.media = media;
    this.#ports = ports;
    const { host, port } = ports.local;
    this.#from = `<sip:load@${host}:${port}>;tag=${randomBytes(6).toString('hex')}`;
    this.#to = `<${target}>`;
    const body = writeSdp(
      { host, port: ports.rtpPort, codecs: ['PCMU'], eventPayloadType: 101, ptime: 20, direction: 'sendrecv' },
      1,
      1,
    );
    this.#transmit(this.#compose('INVITE', 1, body), { kind: 'refused', status: 0 });
  }

  receive(message: SipMessage): void {
    if (message.kind === 'request') this.#onRequest(message);
    else if (cseq(message).method === 'INVITE') this.#onInviteResponse(message);
    else if (cseq(message).method === 'BYE' && message.status >= 200) this.#end({ kind: 'hung-up' });
  }

  hangUp(): void {
    if (this.state !== 'up') return;
    this.state = 'hanging-up';
    this.#branch = branch();
    this.#transmit(this.#compose('BYE', 2), { kind: 'unanswered' });
  }

  #onInviteResponse(response: SipResponse): void {
    if (response.status < 200) {
      if (this.state === 'calling') clearTimeout(this.#timer);
      return;
    }
    this.#to = header(response, 'to') ?? this.#to;
    if (response.status >= 300) {
      this.#ports.send(writeSip(this.#compose('ACK', 1)));
      this.#end({ kind: 'refused', status: response.status });
      return;
    }
    this.#remote = uriOf(header(response, 'contact') ?? this.#remote);
    this.#routes = headers(response, 'record-route').reverse();
    if (this.state === 'calling') {
      this.state = 'up';
      clearTimeout(this.#timer);
      this.#branch = branch();
      this.#ports.onUp(this, readSdp(response.body)?.port ?? 0);
    }
    // A repeated 200 is acknowledged anew; the ACK is the same but for nothing.
    this.#ports.send(writeSip(this.#compose('ACK', 1)));
  }

  #onRequest(request: SipRequest): void {
    const { method } = request;
    if (method === 'ACK') return;
    const names = ['via', 'from', 'to', 'call-id', 'cseq'];
    const kept = request.headers.filter(({ name }) => names.includes(name.toLowerCase()));
    const known = method === 'BYE' || method === 'OPTIONS' || method === 'INFO';
    const status = known ? 200 : 488;
    const reason = known ? 'OK' : 'Not Acceptable Here';
    this.#ports.send(writeSip({ kind: 'response', status, reason, headers: kept, body: '' }));
    if (method === 'BYE') this.#end({ kind: 'ended' });
  }

  /** Sends a request until it is answered (timers A and E); what it comes to when it never is. */
  #transmit(request: SipRequest, lost: Parameters<CallPorts['onOver']>[1]): void {
    this.#request = writeSip(request);
    let wait = T1;
    let waited = 0;
    const again = (): void => {
      waited += wait;
      if (waited >= GIVE_UP) {
        this.#end(lost);
        return;
      }
      this.#ports.send(this.#request);
      wait = Math.min(2 * wait, 4_000);
      this.#timer = setTimeout(again, wait);
    };
    this.#ports.send(this.#request);
    this.#timer = setTimeout(again, wait);
  }

  #compose(method: string, number: number, body = ''): SipRequest {
    const { host, port } = this.#ports.local;
    return {
      kind: 'request',
      method,
      uri: method === 'INVITE' ? this.#target : this.#remote,
      headers: [
        { name: 'Via', value: `SIP/2.0/UDP ${host}:${port};branch=${this.#branch};rport` },
        ...this.#routes.map((value) => ({ name: 'Route', value })),
        { name: 'Max-Forwards', value: '70' },
        { name: 'From', value: this.#from },
        { name: 'To', value: this.#to },
        { name: 'Call-ID', value: this.callId },
        { name: 'CSeq', value: `${number} ${method}` },
        { name: 'Contact', value: `<sip:load@${host}:${port}>` },
        ...(body === '' ? [] : [{ name: 'Content-Type', value: 'application/sdp' }]),
      ],
      body,
    };
  }

  #end(how: Parameters<CallPorts['onOver']>[1]): void {
    clearTimeout(this.#timer);
    if (this.state === 'over') return;
    // A BYE that crosses ours was no loss of the call.
    const ours = how.kind === 'ended' && this.state === 'hanging-up';
    this.state = 'over';
    this.#ports.onOver(this, ours ? { kind: 'hung-up' } : how);
  }
}

function branch(): string {
  return `z9hG4bK${randomBytes(8).toString('hex')}`;
}

/** The Call-ID of a message, by which it is given to its call. */
export function callIdOf(message: SipMessage): string {
  return header(message, 'call-id') ?? '';
}
