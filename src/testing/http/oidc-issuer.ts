import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { isRecord } from '../../domain/is-record.ts';

/** Somebody who signs in. */
export interface OidcTestPerson {
  readonly sub: string;
  readonly groups: readonly string[];
  readonly email: string;
  readonly email_verified: boolean;
  /** Does not agree. */
  readonly refuses?: boolean;
}

/** A real identity provider on loopback, in a process of its own. */
export class OidcIssuer {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly secret: string;

  private constructor(url: string, child: ChildProcess, secret: string) {
    this.url = url;
    this.#child = child;
    this.secret = secret;
  }

  /** @param clients who may have tokens; the groups of each are in its name, with + between them. */
  static start(...clients: readonly string[]): Promise<OidcIssuer> {
    return OidcIssuer.startAt('127.0.0.1', ...clients);
  }

  /** The same with another name: `localhost` is another site than `127.0.0.1`. */
  static async startAt(host: string, ...clients: readonly string[]): Promise<OidcIssuer> {
    const secret = randomBytes(16).toString('hex');
    const child = fork(join(import.meta.dirname, 'oidc-issuer-process.ts'), {
      execArgv: [],
      env: { PATH: process.env.PATH, ISSUER_SECRET: secret, ISSUER_CLIENTS: clients.join(','), ISSUER_HOST: host },
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
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(client)}:${this.secret}`).toString('base64')}`,
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

  /** Where the client `pages` has people sent back to; it is known from now on. Its secret is {@link secret}. */
  async pagesAt(redirectUri: string): Promise<void> {
    await this.#order({ redirectUri });
  }

  /** Who sits at every browser that comes by from now on. */
  async sitsThere(person: OidcTestPerson): Promise<void> {
    await this.#order({ person });
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  async #order(order: string | object): Promise<number> {
    const done = once(this.#child, 'message');
    this.#child.send(order);
    const [told]: unknown[] = await done;
    return isRecord(told) && typeof told.fetches === 'number' ? told.fetches : 0;
  }
}
