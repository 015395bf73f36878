import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { isRecord } from '../../domain/is-record.ts';

/** A real identity provider on loopback, in a process of its own. */
export class OidcIssuer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #secret: string;

  private constructor(url: string, child: ChildProcess, secret: string) {
    this.url = url;
    this.#child = child;
    this.#secret = secret;
  }

  /** @param clients who may have tokens; the groups of each are in its name, with + between them. */
  static async start(...clients: readonly string[]): Promise<OidcIssuer> {
    const secret = randomBytes(16).toString('hex');
    const child = fork(join(import.meta.dirname, 'oidc-issuer-process.ts'), {
      execArgv: [],
      env: { PATH: process.env.PATH, ISSUER_SECRET: secret, ISSUER_CLIENTS: clients.join(',') },
      // It warns of what is right in tests only.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    const [told]: unknown[] = await once(child, 'message');
    if (!isRecord(told) || typeof told.issuer !== 'string') throw new Error('The issuer does not say where it is');
    return new OidcIssuer(told.issuer, child, secret);
  }

  /** An access token for a client, as a JWT for the audience. */
  async token(client: string, audience: string): Promise<string> {
    const response = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(client)}:${this.#secret}`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }),
    });
    const answer: unknown = await response.json();
    if (!isRecord(answer) || typeof answer.access_token !== 'string') throw new Error(JSON.stringify(answer));
    return answer.access_token;
  }

  /** What it signs with now, as it publishes it. */
  async publicKeys(): Promise<readonly Readonly<Record<string, unknown>>[]> {
    const answer: unknown = await (await fetch(`${this.url}/jwks`)).json();
    return isRecord(answer) && Array.isArray(answer.keys) ? answer.keys : [];
  }

  /** Signs with another key from now on. */
  rotate(): Promise<number> {
    return this.#order('rotate');
  }

  /** Answers nobody until it is `up` again. */
  down(): Promise<number> {
    return this.#order('down');
  }

  up(): Promise<number> {
    return this.#order('up');
  }

  /** How often its keys were fetched. */
  fetches(): Promise<number> {
    return this.#order('count');
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  async #order(order: string): Promise<number> {
    const done = once(this.#child, 'message');
    this.#child.send(order);
    const [told]: unknown[] = await done;
    return isRecord(told) && typeof told.fetches === 'number' ? told.fetches : 0;
  }
}
