import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { isRecord } from '../domain/is-record.ts';

/** A request as it came in. */
export interface ReceivedRequest {
  readonly method: string;
  /** The path as it was sent, without the query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: Readonly<Record<string, unknown>>;
}

/** What it is answered; 'hang-up' closes the connection instead. */
export type ScriptedAnswer =
  | 'hang-up'
  | {
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** JSON unless it is a text. */
      readonly body?: unknown;
    };

/** A problem document as the API of administrators gives it. */
export const problem = (
  status: number,
  name: string,
  more: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
): ScriptedAnswer => ({
  status,
  headers,
  body: { type: `/api/v1/problems/${name}`, title: name, status, ...more },
});

/** An HTTP server on loopback that keeps what it is sent, and answers whatever the test says, the wrong things included. */
export class ScriptedHttp implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(
    answer: (request: ReceivedRequest) => ScriptedAnswer | Promise<ScriptedAnswer>,
  ): Promise<ScriptedHttp> {
    const server = createServer();
    const scripted = new ScriptedHttp(server);
    server.on('request', async (incoming, response) => {
      const request = await read(incoming);
      scripted.requests.push(request);
      const answered = await answer(request);
      if (answered === 'hang-up') {
        incoming.socket.destroy();
        return;
      }
      const { status = 200, headers = {}, body } = answered;
      const problem = status >= 400;
      response.writeHead(status, { 'content-type': `application/${problem ? 'problem+' : ''}json`, ...headers });
      response.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return scripted;
  }

  get url(): string {
    return `http://127.0.0.1:${portOf(this.#server.address())}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

function portOf(address: AddressInfo | string | null): number {
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function read(incoming: IncomingMessage): Promise<ReceivedRequest> {
  const { method = '', url = '', headers } = incoming;
  const [path = '', query = ''] = url.split('?');
  const sent = await text(incoming);
  const body: unknown = sent === '' ? {} : JSON.parse(sent);
  return {
    method,
    path,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers,
    body: isRecord(body) ? body : {},
  };
}
