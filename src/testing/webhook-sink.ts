import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** What was posted to a webhook. */
export interface Posted {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the webhook does with what was posted: by default it takes it. */
export type Answering = (response: ServerResponse, posted: Posted) => void;

/** A webhook on this machine. */
export interface WebhookSink {
  readonly url: URL;
  readonly posted: readonly Posted[];
  /** Resolves when so many have been posted in all; rejects after ten seconds. */
  received(count: number): Promise<void>;
  /** From now on. */
  answerBy(answering: Answering): void;
  close(): Promise<void>;
}

const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Answering =>
  (response) =>
    void response.writeHead(code, headers).end('thank you');

/** Ways to answer. */
export const ANSWERS = {
  taken: status(204),
  failing: status(500),
  refusing: status(404),
  busy: status(429),
  redirecting: (to: URL) => status(307, { location: to.href }),
  silent: () => undefined,
  hangingUp: (response: ServerResponse) => void response.destroy(),
} as const;

const DEADLINE = 10_000;

/** Starts a webhook on a free port, or on `port`. */
export async function startWebhookSink(port: number = 0): Promise<WebhookSink> {
  const posted: Posted[] = [];
  const waiting = new Set<() => void>();
  let answering: Answering = ANSWERS.taken;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      const one = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
      posted.push(one);
      answering(response, one);
      for (const look of [...waiting]) look();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    url: new URL(`http://127.0.0.1:${address.port}/hooks/s3cret-path?a=b`),
    posted,
    received: (count) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const timer = setTimeout(() => reject(new Error(`Only ${posted.length} of ${count} were posted`)), DEADLINE);
      const look = (): void => {
        if (posted.length < count) return;
        clearTimeout(timer);
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      return promise;
    },
    answerBy: (by) => {
      answering = by;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
