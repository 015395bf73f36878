import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Resolves when a connection is closed, in whatever way: a server that does not wait for the rest resets it. */
export function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined).resume();
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.once('close', () => resolve());
  return promise;
}

/** Everything that a server sent on a connection until it was closed. */
export async function received(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await closed(socket);
  return Buffer.concat(chunks).toString('latin1');
}

/** Opens a connection to a server, `http://host:port`. */
export async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

/** Sends bytes as they are, in latin1, and answers with everything that came back until the connection was closed. */
export async function exchange(url: string, text: string): Promise<string> {
  const socket = await open(url);
  const answer = received(socket);
  socket.write(text, 'latin1');
  return answer;
}
