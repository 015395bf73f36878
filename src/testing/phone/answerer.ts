import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { type Codec, encode, PAYLOAD_TYPE } from './g711.ts';
import { type RtpPacket, readRtp, writeRtp } from './rtp.ts';
import { readSdp } from './sdp.ts';
import { header, parseSip, type SipMessage, type SipRequest } from './sip-message.ts';
import { Timers } from './timers.ts';
import { Waits } from './waits.ts';

/** How long the tests wait for the phone; long, because programs take seconds to start on a busy machine. */
const DEADLINE_MS = 10_000;

const TAG = 'far-side-tag';

/** A packet that came from the phone. */
export interface FromPhone extends RtpPacket {
  readonly at: number;
  readonly port: number;
}

/** How the far side describes its audio; everything else of it is fixed. */
export interface FarSdp {
  readonly codec?: Codec;
  readonly eventPayloadType?: number | 'none';
  readonly direction?: string;
}

/**
 * The far side of the phone's own tests: it does nothing but confirm a BYE by itself, each test says when it answers, plays, and asks.
 * It composes its messages as text, so that it does not share the phone's way of writing them.
 */
export class Answerer {
  readonly requests: SipRequest[] = [];
  readonly messages: SipMessage[] = [];
  readonly packets: FromPhone[] = [];
  /** Whether a BYE gets its 200 without the test's doing. */
  answersBye = true;
  readonly #sip: Socket;
  readonly #rtp: Socket;
  readonly #timers = new Timers();
  readonly #waits: Waits;
  #phone: RemoteInfo | undefined;
  #sequence = 100;
  #timestamp = 0xffff_f000;
  #cseq = 7;

  private constructor(sip: Socket, rtp: Socket) {
    this.#sip = sip;
    this.#rtp = rtp;
    this.#waits = new Waits(() => `Received: ${this.requests.map((request) => request.method).join(', ')}`);
    sip.on('message', (bytes, from) => {
      const message = parseSip(bytes);
      if (message === undefined) throw new Error(`Not SIP: ${bytes}`);
      this.#phone = from;
      this.messages.push(message);
      if (message.kind === 'request') this.requests.push(message);
      if (message.kind === 'request' && message.method === 'BYE' && this.answersBye) this.respond(message, 200);
      this.#waits.changed();
    });
    rtp.on('message', (bytes, from) => {
      const packet = readRtp(bytes);
      if (packet === undefined) throw new Error('Not RTP');
      this.packets.push({ ...packet, at: performance.now(), port: from.port });
      this.#waits.changed();
    });
  }

  static async open(): Promise<Answerer> {
    const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
    for (const socket of sockets) {
      socket.bind(0, '127.0.0.1');
      await once(socket, 'listening');
    }
    return new Answerer(...sockets);
  }

  get port(): number {
    return this.#sip.address().port;
  }

  get uri(): string {
    return `sip:5000@127.0.0.1:${this.port}`;
  }

  /** Waits until the phone has sent the given number of requests of this method, and returns the last of these. */
  async request(method: string, count = 1): Promise<SipRequest> {
    return await this.#waits.until(
      `${method} number ${count}`,
      DEADLINE_MS,
      () => this.requests.filter((request) => request.method === method)[count - 1],
    );
  }

  /** Waits for the phone's response to a request of the far side. */
  async response(method: string, count = 1): Promise<SipMessage> {
    return await this.#waits.until(
      `response ${count} to ${method}`,
      DEADLINE_MS,
      () => this.responses(method)[count - 1],
    );
  }

  responses(method: string): SipMessage[] {
    return this.messages.filter(
      (message) => message.kind === 'response' && header(message, 'cseq')?.endsWith(` ${method}`) === true,
    );
  }

  /** Waits until packets fulfil a condition. */
  async heard<T>(wanted: string, find: (packets: readonly FromPhone[]) => T | undefined): Promise<T> {
    return await this.#waits.until(wanted, DEADLINE_MS, () => find(this.packets));
  }

  /** Answers a request of the phone. */
  respond(request: SipRequest, status: number, more: readonly string[] = [], body = ''): void {
    const copied = ['via', 'from', 'call-id', 'cseq'].map((name) => `${name}: ${header(request, name)}`);
    const to = header(request, 'to') ?? '';
    const tagged = to.includes(';tag=') || status === 100 ? to : `${to};tag=${TAG}`;
    const lines = [`SIP/2.0 ${status} Whatever`, ...copied, `t: ${tagged}`, ...more];
    this.sendText(`${lines.join('\r\n')}\r\nl: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  }

  /** Answers an INVITE with 200 and a session description. */
  answer(invite: SipRequest, sdp: FarSdp = {}, more: readonly string[] = []): void {
    const contact = `m: <sip:far@127.0.0.1:${this.port}>`;
    this.respond(invite, 200, [contact, 'c: application/sdp', ...more], this.sdp(sdp));
  }

  /** Takes a call as a plain far side does: 100, 180, 200, and the ACK. */
  async take(sdp: FarSdp = {}, more: readonly string[] = []): Promise<SipRequest> {
    const invite = await this.request('INVITE');
    this.respond(invite, 100);
    this.respond(invite, 180);
    this.answer(invite, sdp, more);
    await this.request('ACK');
    return invite;
  }

  sdp({ codec = 'PCMU', eventPayloadType = 101, direction = 'sendrecv' }: FarSdp = {}): string {
    const type = PAYLOAD_TYPE[codec];
    const events = eventPayloadType === 'none' ? '' : ` ${eventPayloadType}`;
    const map = eventPayloadType === 'none' ? [] : [`a=rtpmap:${eventPayloadType} telephone-event/8000`];
    const lines = ['v=0', 'o=far 1 1 IN IP4 127.0.0.1', 's=far', 'c=IN IP4 127.0.0.1', 't=0 0'];
    lines.push(`m=audio ${this.#rtp.address().port} RTP/AVP ${type}${events}`, ...map, `a=${direction}`);
    return `${lines.join('\r\n')}\r\n`;
  }

  /** Sends a request in the dialog of this INVITE, and returns its text, for repeating it. */
  ask(invite: SipRequest, method: string, more: readonly string[] = [], body = '', number = ++this.#cseq): string {
    const contact = header(invite, 'contact') ?? '';
    const uri = /<([^>]+)>/.exec(contact)?.[1] ?? '';
    const lines = [
      `${method} ${uri} SIP/2.0`,
      `v: SIP/2.0/UDP 127.0.0.1:${this.port};branch=z9hG4bK-far-${method}-${number};rport`,
      `f: <${this.uri}>;tag=${TAG}`,
      `t: ${header(invite, 'from')}`,
      `i: ${header(invite, 'call-id')}`,
      `CSeq: ${number} ${method}`,
      `m: <sip:far@127.0.0.1:${this.port}>`,
      ...more,
    ];
    const text = `${lines.join('\r\n')}\r\nl: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    this.sendText(text);
    return text;
  }

  sendText(text: string): void {
    if (this.#phone === undefined) throw new Error('The phone has sent nothing yet');
    this.#sip.send(text, this.#phone.port, this.#phone.address);
  }

  /** Plays samples to where the INVITE wants them, 20 ms each 20 ms, until done or `stopped` says true. */
  async play(
    invite: SipRequest,
    samples: Int16Array,
    codec: Codec = 'PCMU',
    stopped: () => boolean = () => false,
  ): Promise<void> {
    const remote = readSdp(invite.body);
    if (remote === undefined) throw new Error('The INVITE has no SDP');
    const startedAt = performance.now();
    for (let from = 0; from < samples.length && !stopped(); from += 160) {
      const frame = new Int16Array(160);
      frame.set(samples.subarray(from, from + 160));
      const packet = { payloadType: PAYLOAD_TYPE[codec], marker: from === 0, ssrc: 4711 };
      const bytes = writeRtp({
        ...packet,
        sequence: this.#sequence++,
        timestamp: this.#timestamp,
        payload: encode(codec, frame),
      });
      this.#timestamp += 160;
      this.#rtp.send(bytes, remote.port, remote.host);
      await this.#timers.sleep(Math.max(0, startedAt + from / 8 + 20 - performance.now()));
    }
  }

  async close(): Promise<void> {
    this.#timers.close();
    this.#waits.over('closed');
    for (const socket of [this.#sip, this.#rtp]) {
      const gone = once(socket, 'close');
      socket.close();
      await gone;
    }
  }
}
