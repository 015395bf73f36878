import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** One client of a mail server whose every byte is said by a test. */
export interface RawPeer {
  /** Writes exactly this. */
  send(text: string): void;
  /** The next line of the client, without its end; undefined when it has closed. */
  line(): Promise<string | undefined>;
  /** Answers line after line, each by its first words, until one begins with `last` (not answered) or the client closes. */
  answerUntil(last: string, answers: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the connection at once, as a crash does. */
  drop(): void;
  /** Resolves when the client has closed the connection, or it was dropped. */
  readonly closed: Promise<void>;
}

export interface RawSmtp {
  readonly port: number;
  /** Every line of every client so far. */
  readonly lines: readonly string[];
  readonly connections: number;
  close(): Promise<void>;
}

/** Whether a line is these words, or begins with them. */
function begins(line: string, words: string): boolean {
  return line === words || line.startsWith(`${words} `) || line.startsWith(`${words}:`);
}

function peerOf(socket: Socket, lines: string[]): RawPeer {
  const closed = once(socket, 'close').then(() => undefined);
  const reader = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  const line = async (): Promise<string | undefined> => {
    const next = await reader.next();
    if (next.done) return undefined;
    lines.push(next.value);
    return next.value;
  };
  return {
    send: (text) => {
      socket.write(text);
    },
    line,
    answerUntil: async (last, answers) => {
      for (let said = await line(); said !== undefined && !begins(said, last); said = await line()) {
        const command = said;
        const answer = Object.entries(answers).find(([words]) => begins(command, words));
        if (answer !== undefined) socket.write(`${answer[1]}\r\n`);
      }
    },
    drop: () => {
      socket.resetAndDestroy();
    },
    closed,
  };
}

/** Starts one on a port of this machine; `converse` is called for each connection, with how many there were before. */
export async function startRawSmtp(converse: (peer: RawPeer, before: number) => Promise<void>): Promise<RawSmtp> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    // Clients that a test makes give up are no fault of the server.
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
    void converse(peerOf(socket, lines), connections++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    lines,
    get connections() {
      return connections;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
