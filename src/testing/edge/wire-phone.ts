import { createSocket } from 'node:dgram';
import { connect, isIPv6, type Socket } from 'node:net';
import { connect as connectSecurely } from 'node:tls';

interface Waiter {
  readonly wanted: (text: string) => boolean;
  readonly resolve: (text: string) => void;
}

/** Real time after which a message that should have come has not come. */
const patience = 5_000;

/** What carries a phone's text: a UDP socket, or a connection with the edge. */
interface Line {
  readonly protocol: 'UDP' | 'TCP' | 'TLS';
  readonly host: string;
  readonly port: number;
  send(text: string, port: number): void;
  close(): Promise<void>;
}

/**
 * A phone that is a socket and plain text: it composes and reads messages with nothing of the product's own code, so
 * that a fault there is not repeated here.
 */
export class WirePhone {
  readonly #line: Line;
  readonly #target: number;
  readonly #unread: string[] = [];
  readonly #waiters: Waiter[] = [];
  /** Everything that came, as start line and CSeq: "SIP/2.0 200 OK (1 INVITE)". */
  readonly log: string[] = [];
  /** Resolves when a TCP connection is over. */
  readonly gone: Promise<void>;

  private constructor(
    open: (onMessage: (text: string) => void) => { line: Line; gone: Promise<void> },
    target: number,
  ) {
    const { line, gone } = open((text) => this.#onMessage(text));
    this.#line = line;
    this.gone = gone;
    this.#target = target;
  }

  /** @param target the port on `host` to which it sends. */
  static async start(target: number, host = '127.0.0.1'): Promise<WirePhone> {
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    await new Promise<void>((resolve) => socket.bind(0, host, resolve));
    return new WirePhone((onMessage) => {
      socket.on('message', (bytes) => onMessage(bytes.toString()));
      const line: Line = {
        protocol: 'UDP',
        host,
        port: socket.address().port,
        send: (text, port) => socket.send(text, port, host),
        close: () => new Promise((resolve) => socket.close(() => resolve())),
      };
      return { line, gone: new Promise(() => {}) };
    }, target);
  }

  /**
   * A phone with a connection to that port.
   *
   * @param authority whose certificate the edge must show: TLS. Absent, TCP.
   */
  static async connect(target: number, host = '127.0.0.1', authority?: string): Promise<WirePhone> {
    const isSecure = authority !== undefined;
    const socket = isSecure ? connectSecurely({ port: target, host, ca: authority }) : connect(target, host);
    const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    socket.on('error', () => {});
    await new Promise<void>((resolve) => socket.on(isSecure ? 'secureConnect' : 'connect', resolve));
    return new WirePhone((onMessage) => {
      cutMessages(socket, onMessage);
      const line: Line = {
        protocol: isSecure ? 'TLS' : 'TCP',
        host,
        port: socket.localPort ?? 0,
        send: (text) => socket.write(text),
        close: () => {
          socket.destroy();
          return gone;
        },
      };
      return { line, gone };
    }, target);
  }

  get protocol(): 'UDP' | 'TCP' | 'TLS' {
    return this.#line.protocol;
  }

  /** "127.0.0.1:5070", "[::1]:5070". */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** As it stands in URIs. */
  get host(): string {
    return this.#line.host.includes(':') ? `[${this.#line.host}]` : this.#line.host;
  }

  get port(): number {
    return this.#line.port;
  }

  /** Sends text; line feeds become CRLF. */
  send(text: string, port = this.#target): void {
    this.#line.send(text.replaceAll(/\r?\n/g, '\r\n'), port);
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
    return this.#line.close();
  }

  #onMessage(text: string): void {
    this.log.push(`${text.slice(0, text.indexOf('\r\n'))} (${header(text, 'CSeq')})`);
    const waiter = this.#waiters.findIndex(({ wanted }) => wanted(text));
    if (waiter === -1) this.#unread.push(text);
    else this.#waiters.splice(waiter, 1)[0]?.resolve(text);
  }
}

/** Cuts what comes on a connection by Content-Length. */
function cutMessages(socket: Socket, onMessage: (text: string) => void): void {
  let text = '';
  socket.on('data', (chunk) => {
    text = (text + chunk.toString('latin1')).replace(/^(?:\r\n)+/, '');
    for (;;) {
      const head = text.indexOf('\r\n\r\n');
      const end = head + 4 + Number(/^Content-Length: (\d+)/im.exec(text)?.[1]);
      if (head === -1 || text.length < end) return;
      onMessage(text.slice(0, end));
      text = text.slice(end);
    }
  });
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
    this.contact = `<sip:alice@${phone.address}${phone.protocol === 'UDP' ? '' : `;transport=${phone.protocol.toLowerCase()}`}>`;
    this.to = `<sip:${number}@${phone.host}:${edgePort}>`;
    this.target = `sip:${number}@${phone.host}:${edgePort}`;
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
Via: SIP/2.0/${this.phone.protocol} ${this.phone.address};branch=${this.#branch};rport
${this.extra}Max-Forwards: 70
From: "Alice" <sip:+15550100@${this.phone.address}>;tag=${this.tag}
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
