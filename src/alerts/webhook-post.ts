import { createHmac } from 'node:crypto';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';

/** Where alerts are posted to. */
export interface Webhook {
  /** `http:` or `https:`; its path may be a secret, so it is never logged. */
  readonly url: URL;
  /** What they are signed with; undefined for not at all. */
  readonly secret: string | undefined;
}

export interface WebhookMessage {
  /** The same in every attempt at the same alert, so that the other side can tell a repeat. */
  readonly id: string;
  readonly body: string;
}

/** Signs a body as it is sent at a moment, in whole seconds since 1970. */
export function signature(secret: string, seconds: number, body: string): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${body}`, 'utf8').digest('hex');
  return `t=${seconds},v1=${digest}`;
}

/**
 * Posts a message once, on a connection of its own. Resolves with the status of the answer as soon as that is there, and
 * reads no more of it; a redirect is an answer like any other and is not followed. The certificate of an https: URL is
 * verified. Rejects when there is no answer, and when `signal` aborts. `now` is in milliseconds since 1970.
 */
export function postMessage(
  { url, secret }: Webhook,
  { id, body }: WebhookMessage,
  now: number,
  signal: AbortSignal,
): Promise<number> {
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'User-Agent': 'Touchtone',
    'Touchtone-Alert-Id': id,
    ...(secret === undefined ? {} : { 'Touchtone-Signature': signature(secret, Math.floor(now / 1_000), body) }),
  };
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const request = url.protocol === 'https:' ? requestTls : requestPlain;
  const posted = request(url, { method: 'POST', headers, agent: false, signal });
  posted.once('response', (response) => {
    resolve(response.statusCode ?? 0);
    response.destroy();
  });
  // Stays for good: what was cut off may complain once more.
  posted.on('error', reject);
  posted.end(body);
  return promise;
}
