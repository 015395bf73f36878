import type { Server, Socket } from 'node:net';
import type { EslConnection, MediaServer } from 'drachtio-fsmrf';
import type { Log } from '../domain/log.ts';

/**
 * Hardens the sockets that drachtio-fsmrf opened for one media server: commands are sent without Nagle's delay (each
 * would cost some 40 ms otherwise) and in one piece, what the library throws on a received message costs that one connection and not
 * the process, and the port on which the media server reports its calls takes connections from nobody else.
 */
export function guardEventSockets(mediaServer: MediaServer, log: Log): void {
  const peer = bareAddress(mediaServer.conn.socket?.remoteAddress);
  guardConnection(mediaServer.conn, log);
  const server: Server = mediaServer._server.server;
  const listeners = server.listeners('connection');
  if (listeners.length === 0) throw new Error('drachtio-fsmrf does not listen for calls where it is known to');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    if (bareAddress(socket.remoteAddress) !== peer) {
      log.warn({ from: socket.remoteAddress }, 'Refused an event socket that does not come from the media server');
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    joinWrites(socket);
    for (const listener of listeners) listener.call(server, socket);
    guardSocket(socket, log);
  });
}

function guardConnection(connection: EslConnection, log: Log): void {
  const { socket } = connection;
  if (socket === null) return;
  socket.setNoDelay(true);
  joinWrites(socket);
  guardSocket(socket, log);
}

/**
 * The library writes a command line by line. Without Nagle's delay each line would be a segment of its own, which the
 * media server wakes up for: what is written in one turn goes out as one.
 */
function joinWrites(socket: Socket): void {
  const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean;
  let joining = false;
  socket.write = (...parameters: unknown[]): boolean => {
    if (!joining) {
      joining = true;
      socket.cork();
      process.nextTick(() => {
        joining = false;
        socket.uncork();
      });
    }
    return write(...parameters);
  };
}

/** Puts a net under the parser, which throws on a malformed escape and calls the library's handlers directly. */
function guardSocket(socket: Socket, log: Log): void {
  guardData(socket, (fault) => log.error({ fault }, 'drachtio-fsmrf failed on a message'));
}

/** What a library throws while it reads a socket is told, by the name of the error, and costs that one connection. */
export function guardData(socket: Socket, onFault: (fault: string) => void): void {
  const listeners = socket.listeners('data');
  socket.removeAllListeners('data');
  socket.on('data', (chunk: Buffer) => {
    try {
      for (const listener of listeners) listener.call(socket, chunk);
    } catch (error) {
      onFault(error instanceof Error ? error.name : typeof error);
      socket.destroy();
    }
  });
}

/** IPv4 peers of a socket that listens on both families are written `::ffff:192.0.2.1`. */
function bareAddress(address: string | undefined): string | undefined {
  return address?.replace(/^::ffff:/i, '');
}
