import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of the next commit that passes. */
export type CommitFate =
  /** It does not arrive. */
  | 'before'
  /** It is carried out, and nobody hears of it. */
  | 'after';

/** The network between a program and PostgreSQL, which can be cut, or led to another server. */
export class DatabaseCable {
  readonly #server: Server;
  #port: number;
  readonly #sockets = new Set<Socket>();
  #isCut = false;
  #fate: CommitFate | undefined;
  #onCut: (() => void) | undefined;

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(port: number): Promise<DatabaseCable> {
    const cable = new DatabaseCable(port);
    cable.#server.listen(0, '127.0.0.1');
    await once(cable.#server, 'listening');
    return cable;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts the connection on which the next commit comes, once. */
  loseCommit(fate: CommitFate): void {
    this.#fate = fate;
  }

  /** Cuts the cable instead of letting the next commit pass; resolves when one has come. */
  cutAtCommit(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#fate = 'before';
    this.#onCut = resolve;
    return promise;
  }

  #join(near: Socket): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect(this.#port, '127.0.0.1');
    let isDeaf = false;
    near.on('data', (chunk) => {
      // A statement without parameters is one message, and comes in one piece.
      if (this.#fate !== undefined && chunk.includes('commit\0')) {
        const fate = this.#fate;
        this.#fate = undefined;
        isDeaf = true;
        if (fate === 'before') {
          near.destroy();
          this.#cutNow();
          return;
        }
      }
      far.write(chunk);
    });
    far.on('data', (chunk) => {
      if (isDeaf) near.destroy();
      else near.write(chunk);
    });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }

  #cutNow(): void {
    if (this.#onCut === undefined) return;
    this.cut();
    this.#onCut();
    this.#onCut = undefined;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  restore(): void {
    this.#isCut = false;
  }

  /** Leads to the server at another port from now on, as an address does that moves; connections to the old one end. */
  turn(port: number): void {
    this.#port = port;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
