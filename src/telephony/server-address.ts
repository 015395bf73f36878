import { connect } from 'node:net';
import type { Clock } from '../domain/clock.ts';

/** Where a server of ours is, and the secret that it asks for. */
export interface ServerAddress {
  /** An IP address or a host name. */
  readonly host: string;
  readonly port: number;
  readonly secret: string;
}

/** How a server is named in logs; the secret is no part of it. */
export function nameOf({ host, port }: ServerAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Asks a server a short question over TCP before a library connects to it: `converse` receives what was received so
 * far and returns what to send, or its conclusion. The connection is always closed again. The libraries keep sockets
 * and timers that nobody can reach when their first attempt fails; an attempt that is known to succeed leaves none.
 * Resolves with undefined when there was no conclusion within `deadline` milliseconds; never rejects.
 */
export function askServer<T>(
  { host, port }: ServerAddress,
  { clock, deadline, converse }: QuestionOptions<T>,
): Promise<T | 'unreachable'> {
  const { promise, resolve } = Promise.withResolvers<T | 'unreachable'>();
  const socket = connect({ host, port });
  const conclude = (conclusion: T | 'unreachable'): void => {
    cancel();
    socket.removeAllListeners('data');
    socket.destroy();
    resolve(conclusion);
  };
  const cancel = clock.after(deadline, () => conclude('unreachable'));
  let received = '';
  const proceed = (): void => {
    const step = converse(received);
    if (step.kind === 'concluded') {
      conclude(step.conclusion);
    } else if (step.kind === 'send') {
      received = '';
      socket.write(step.text);
    } else if (received.length > MAX_REPLY) {
      conclude('unreachable');
    }
  };
  socket.setEncoding('utf8');
  socket.once('connect', proceed);
  socket.on('data', (text: string) => {
    received += text;
    proceed();
  });
  socket.on('error', () => conclude('unreachable'));
  socket.on('close', () => conclude('unreachable'));
  return promise;
}

/** No reply that is waited for is longer, in characters. */
const MAX_REPLY = 262_144;

export type Step<T> =
  | { readonly kind: 'wait' }
  | { readonly kind: 'send'; readonly text: string }
  | { readonly kind: 'concluded'; readonly conclusion: T };

export interface QuestionOptions<T> {
  readonly clock: Clock;
  /** In milliseconds, 1 and more. */
  readonly deadline: number;
  /** Called when the connection is made, with nothing received, and again whenever something was. */
  readonly converse: (received: string) => Step<T>;
}
