import type { Server, Socket } from 'node:net';
import type { EslConnection, MediaServer } from 'drachtio-fsmrf';
import type { Log } from '../domain/log.ts';

/**
 * Hardens the sockets that drachtio-fsmrf opened for one media server: commands are sent without Nagle's delay (each
 * would cost some 40 ms otherwise), what the library throws on a received message costs that one connection and not
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
    for (const listener of listeners) listener.call(server, socket);
    guardSocket(socket, log);
  });
}

function guardConnection(connection: EslConnection, log: Log): void {
  const { socket } = connection;
  if (socket === null) return;
  socket.setNoDelay(true);
  guardSocket(socket, log);
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
