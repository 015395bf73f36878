import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** Stands between a phone and the service: passes on what both say, and keeps every byte of it. */
export class RecordedRelay implements AsyncDisposable {
  /** What was said, in pieces as they came, both ways. */
  readonly pieces: Buffer[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Listens on the loopback for connections that are for this port there. */
  static async start(port: number): Promise<RecordedRelay> {
    const server = createServer();
    const relay = new RecordedRelay(server);
    server.on('connection', (near) => {
      const far = createConnection({ host: '127.0.0.1', port });
      relay.#join(near, far);
      relay.#join(far, near);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return relay;
  }

  get address(): { readonly host: string; readonly port: number } {
    const bound = this.#server.address();
    if (bound === null || typeof bound === 'string') throw new Error('The relay does not listen');
    return { host: '127.0.0.1', port: bound.port };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const stopped = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await stopped;
  }

  #join(from: Socket, to: Socket): void {
    this.#sockets.add(from);
    from.on('data', (piece) => {
      this.pieces.push(Buffer.from(piece));
      to.write(piece);
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
