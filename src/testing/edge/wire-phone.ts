import { createSocket, type Socket } from 'node:dgram';

interface Waiter {
  readonly wanted: (text: string) => boolean;
  readonly resolve: (text: string) => void;
}

/** Real time after which a message that should have come has not come. */
const patience = 5_000;

/**
 * A phone that is a UDP socket and plain text: it composes and reads messages with nothing of the product's own code,
 * so that a fault there is not repeated here.
 */
export class WirePhone {
  readonly #socket: Socket;
  readonly #target: number;
  readonly #unread: string[] = [];
  readonly #waiters: Waiter[] = [];
  /** Everything that came, as start line and CSeq: "SIP/2.0 200 OK (1 INVITE)". */
  readonly log: string[] = [];

  private constructor(socket: Socket, target: number) {
    this.#socket = socket;
    this.#target = target;
    socket.on('message', (bytes) => this.#onMessage(bytes.toString()));
  }

  /** @param target the port on 127.0.0.1 to which it sends. */
  static async start(target: number): Promise<WirePhone> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
    return new WirePhone(socket, target);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Sends text; line feeds become CRLF. */
  send(text: string, port = this.#target): void {
    this.#socket.send(text.replaceAll(/\r?\n/g, '\r\n'), port, '127.0.0.1');
  }

  /** The next unread message that fits; those before it stay unread. Rejects when none comes within 5 s. */
  next(wanted: string | RegExp): Promise<string> {
    const fits = (text: string) => (typeof wanted === 'string' ? text.startsWith(wanted) : wanted.test(text));
    const at = this.#unread.findIndex(fits);
    if (at !== -1) return Promise.resolve(this.#unread.splice(at, 1)[0] ?? '');
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${wanted} did not come; what came: ${this.log.join(', ')}`));
      }, patience);
      this.#waiters.push({
        wanted: fits,
        resolve: (text) => {
          clearTimeout(timer);
          resolve(text);
        },
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #onMessage(text: string): void {
    this.log.push(`${text.slice(0, text.indexOf('\r\n'))} (${header(text, 'CSeq')})`);
    const waiter = this.#waiters.findIndex(({ wanted }) => wanted(text));
    if (waiter === -1) this.#unread.push(text);
    else this.#waiters.splice(waiter, 1)[0]?.resolve(text);
  }
}

/** The first value of a header as it stands in the text; empty when there is none. */
export function header(text: string, name: string): string {
  return new RegExp(`^${name}: (.*)\r$`, 'im').exec(text)?.[1] ?? '';
}

let serial = 0;

/** One call of a phone to the edge, from which its messages are composed. */
export class WireCall {
  readonly phone: WirePhone;
  readonly callId: string;
  readonly number: string;
  readonly tag: string;
  contact: string;
  sequence = 1;
  /** The To of the answer, with its tag. */
  to: string;
  target: string;
  /** Lines added to every request: Record-Route, say. */
  extra = '';
  #branch = '';

  constructor(phone: WirePhone, edgePort: number, number = '5000') {
    serial++;
    this.phone = phone;
    this.number = number;
    this.callId = `call-${serial}@phone`;
    this.tag = `phone-${serial}`;
    this.contact = `<sip:alice@127.0.0.1:${phone.port}>`;
    this.to = `<sip:${number}@127.0.0.1:${edgePort}>`;
    this.target = `sip:${number}@127.0.0.1:${edgePort}`;
  }

  /** A request of this call, with a new branch unless it is a CANCEL or a repeated one. */
  compose(
    method: string,
    options: { branch?: string; sequence?: number; body?: string; headers?: string } = {},
  ): string {
    this.#branch = options.branch ?? `z9hG4bK-${this.callId}-${method}-${Math.random()}`;
    const body = options.body ?? '';
    const type = body.startsWith('v=0') ? 'Content-Type: application/sdp\n' : '';
    const contact = this.contact === '' ? '' : `Contact: ${this.contact}\n`;
    return `${method} ${this.target} SIP/2.0
Via: SIP/2.0/UDP 127.0.0.1:${this.phone.port};branch=${this.#branch};rport
${this.extra}Max-Forwards: 70
From: "Alice" <sip:+15550100@127.0.0.1:${this.phone.port}>;tag=${this.tag}
To: ${this.to}
Call-ID: ${this.callId}
CSeq: ${options.sequence ?? this.sequence} ${method}
${contact}${options.headers ?? ''}${type}Content-Length: ${Buffer.byteLength(body.replaceAll(/\r?\n/g, '\r\n'))}

${body}`;
  }

  send(method: string, options: { branch?: string; sequence?: number; body?: string; headers?: string } = {}): void {
    this.phone.send(this.compose(method, options));
  }

  /** Sends an INVITE with an offer and gives its branch. */
  invite(headers = ''): string {
    this.send('INVITE', { body: offer, headers });
    return this.#branch;
  }

  /** Takes tag and target from an answer. */
  learn(answer: string): void {
    this.to = header(answer, 'To');
    this.target = /<([^>]+)>/.exec(header(answer, 'Contact'))?.[1] ?? this.target;
  }

  /** Waits for the 2xx to the INVITE, and acknowledges it. */
  async answered(): Promise<string> {
    const answer = await this.phone.next(new RegExp(`^SIP/2.0 200 (.|\r|\n)*CSeq: ${this.sequence} INVITE`));
    this.learn(answer);
    this.send('ACK');
    return answer;
  }

  /** Hangs up and waits for the answer to that. */
  async bye(): Promise<void> {
    this.sequence++;
    this.send('BYE');
    await this.phone.next(new RegExp(`^SIP/2.0 200 (.|\r|\n)*CSeq: ${this.sequence} BYE`));
  }
}

export const offer = `v=0
o=phone 1 1 IN IP4 127.0.0.1
s=-
c=IN IP4 127.0.0.1
t=0 0
m=audio 40000 RTP/AVP 0 101
a=rtpmap:101 telephone-event/8000
a=sendrecv
`;

/** A response of the phone to a request that it got. */
export function reply(
  request: string,
  status: string,
  options: { tag?: string; lines?: string; body?: string } = {},
): string {
  const copied = [...request.matchAll(/^(?:Via|Record-Route|From|Call-ID|CSeq): .*\r$/gim)].map((match) =>
    match[0].trim(),
  );
  const to = header(request, 'To');
  const tagged = options.tag === undefined || to.includes('tag=') ? to : `${to};tag=${options.tag}`;
  const body = (options.body ?? '').replaceAll(/\r?\n/g, '\r\n');
  const type = body.startsWith('v=0') ? 'Content-Type: application/sdp\n' : '';
  return `SIP/2.0 ${status}
${copied.join('\n')}
To: ${tagged}
${options.lines ?? ''}${type}Content-Length: ${Buffer.byteLength(body)}

${body}`;
}
