import { connect, createServer, type Server, type Socket } from 'node:net';

/** What came over an event socket: headers as they stand in the text, and the body. */
export interface EslFrame {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The headers of the event inside, when it is one in JSON; else none. */
  readonly event: Readonly<Record<string, string>>;
}

interface Waiter {
  readonly wanted: (frame: EslFrame) => boolean;
  readonly resolve: (frame: EslFrame) => void;
}

/** Real time after which what should have come has not come. */
const patience = 5_000;

/** An event socket as a TCP connection and plain text, with nothing of the product's own code. */
export class EslWire {
  readonly #socket: Socket;
  #pending = Buffer.alloc(0);
  readonly #unread: EslFrame[] = [];
  readonly #waiters: Waiter[] = [];
  /** Everything that came, in order: the type, or the name of an event with its application or cause. */
  readonly log: string[] = [];
  readonly closed: Promise<void>;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  static async dial(port: number): Promise<EslWire> {
    const socket = connect({ host: '127.0.0.1', port });
    const wire = new EslWire(socket);
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return wire;
  }

  /** Connects and authenticates. */
  static async login(port: number, password: string): Promise<EslWire> {
    const wire = await EslWire.dial(port);
    await wire.next('auth/request');
    const reply = await wire.command(`auth ${password}`);
    if (reply !== '+OK accepted') throw new Error(reply);
    return wire;
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Sends a command and gives the text of its reply. */
  async command(text: string): Promise<string> {
    this.write(`${text}\n\n`);
    return (await this.next('command/reply')).headers.get('Reply-Text') ?? '';
  }

  async api(text: string): Promise<string> {
    this.write(`api ${text}\n\n`);
    return (await this.next('api/response')).body;
  }

  /** Executes an application on the channel of an outbound socket and gives its completion. */
  async execute(application: string, argument = '', uuid = `run-${Math.random()}`): Promise<EslFrame> {
    this.start(application, argument, uuid);
    return this.completed(uuid);
  }

  /** Asks for an application, and does not wait for it. */
  start(application: string, argument = '', uuid = `run-${Math.random()}`): string {
    const headers = ['call-command: execute', `execute-app-name: ${application}`, `Event-UUID: ${uuid}`];
    if (argument !== '') headers.push(`execute-app-arg: ${argument}`);
    this.write(`sendmsg\n${headers.join('\n')}\n\n`);
    // Its reply says nothing, and must not be taken for that of another command.
    this.next('command/reply').catch(() => {});
    return uuid;
  }

  completed(uuid: string): Promise<EslFrame> {
    return this.nextEvent('CHANNEL_EXECUTE_COMPLETE', (event) => event['Application-UUID'] === uuid);
  }

  /** The next unread frame of this content type. */
  next(type: string): Promise<EslFrame> {
    return this.#next((frame) => frame.headers.get('Content-Type') === type, type);
  }

  /** The next unread event of this name, in JSON, that fits. */
  nextEvent(name: string, fits: (event: EslFrame['event']) => boolean = () => true): Promise<EslFrame> {
    return this.#next(({ event }) => event['Event-Name'] === name && fits(event), name);
  }

  /** Ends the connection from this side. */
  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #next(wanted: (frame: EslFrame) => boolean, what: string): Promise<EslFrame> {
    const at = this.#unread.findIndex(wanted);
    if (at !== -1) return Promise.resolve(this.#unread.splice(at, 1)[0] as EslFrame);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${what} did not come; what came: ${this.log.join(', ')}`)),
        patience,
      );
      this.#waiters.push({
        wanted,
        resolve: (frame) => {
          clearTimeout(timer);
          resolve(frame);
        },
      });
    });
  }

  #receive(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const end = this.#pending.indexOf('\n\n');
      if (end === -1) return;
      const headers = readHeaders(this.#pending.toString('utf8', 0, end));
      const length = Number(headers.get('Content-Length') ?? 0);
      if (this.#pending.length < end + 2 + length) return;
      const body = this.#pending.toString('utf8', end + 2, end + 2 + length);
      this.#pending = this.#pending.subarray(end + 2 + length);
      const json = headers.get('Content-Type') === 'text/event-json';
      this.#take({ headers, body, event: json ? (JSON.parse(body) as Record<string, string>) : {} });
    }
  }

  #take(frame: EslFrame): void {
    const { event } = frame;
    const name = event['Event-Name'];
    const about = event.Application ?? event['Playback-Status'] ?? event['Hangup-Cause'];
    this.log.push(
      name === undefined
        ? (frame.headers.get('Content-Type') ?? '')
        : `${name}${about === undefined ? '' : ` ${about}`}`,
    );
    const waiter = this.#waiters.findIndex(({ wanted }) => wanted(frame));
    if (waiter === -1) this.#unread.push(frame);
    else this.#waiters.splice(waiter, 1)[0]?.resolve(frame);
  }
}

function readHeaders(text: string): Map<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
}

/** The application's side of outbound sockets: listens, and hands over each connection. */
export class EslApplication {
  readonly #server: Server;
  readonly #waiting: EslWire[] = [];
  readonly #waiters: ((wire: EslWire) => void)[] = [];
  readonly #wires: EslWire[] = [];

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => {
      const wire = new EslWire(socket);
      this.#wires.push(wire);
      const waiter = this.#waiters.shift();
      if (waiter === undefined) this.#waiting.push(wire);
      else waiter(wire);
    });
  }

  static async start(): Promise<EslApplication> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new EslApplication(server);
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** The next connection. Rejects when none comes within 5 s. */
  next(): Promise<EslWire> {
    const wire = this.#waiting.shift();
    if (wire !== undefined) return Promise.resolve(wire);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('Nobody connected')), patience);
      this.#waiters.push((taken) => {
        clearTimeout(timer);
        resolve(taken);
      });
    });
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) wire.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
