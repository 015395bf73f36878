import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { text } from 'node:stream/consumers';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** What an issuer says that a real one would say otherwise. */
export interface IssuerScript {
  /** Ways for clients to prove who they are; says nothing of them when not given. */
  readonly methods?: readonly string[];
  /** In the ID token, besides what it has to have. */
  readonly idToken?: Readonly<Record<string, unknown>>;
  readonly userInfo?: Readonly<Record<string, unknown>>;
}

/** An identity provider on loopback that says what a test wants it to, in signed tokens of the client `pages`. */
export class ScriptedIssuer {
  readonly url: string;
  /** How the client has proved who it is, the last time. */
  proof: { readonly header: string | undefined; readonly secret: string | null } | undefined;
  /** Of the sign-in that is under way. */
  nonce = '';
  readonly #server: Server;
  readonly #script: IssuerScript;
  readonly #privateKey: CryptoKey;
  readonly #publicKey: JWK;

  private constructor(server: Server, script: IssuerScript, privateKey: CryptoKey, publicKey: JWK) {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    this.url = `http://127.0.0.1:${address.port}`;
    this.#server = server;
    this.#script = script;
    this.#privateKey = privateKey;
    this.#publicKey = publicKey;
  }

  static async start(script: IssuerScript): Promise<ScriptedIssuer> {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const issuer = new ScriptedIssuer(server, script, privateKey, await exportJWK(publicKey));
    server.on('request', async (request, response) => {
      const answer = await issuer.#answer(request);
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
    return issuer;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage): Promise<object> {
    switch (request.url) {
      case '/token':
        return this.#token(request);
      case '/userinfo':
        return { sub: 'ann', ...this.#script.userInfo };
      case '/jwks':
        return { keys: [{ ...this.#publicKey, alg: 'ES256', use: 'sig' }] };
      default:
        return this.#metadata();
    }
  }

  #metadata(): object {
    const { methods, userInfo } = this.#script;
    return {
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      token_endpoint: `${this.url}/token`,
      jwks_uri: `${this.url}/jwks`,
      response_types_supported: ['code'],
      id_token_signing_alg_values_supported: ['ES256'],
      ...(userInfo === undefined ? {} : { userinfo_endpoint: `${this.url}/userinfo` }),
      ...(methods === undefined ? {} : { token_endpoint_auth_methods_supported: methods }),
    };
  }

  async #token(request: IncomingMessage): Promise<object> {
    const sent = new URLSearchParams(await text(request));
    this.proof = { header: request.headers.authorization?.split(' ')[0], secret: sent.get('client_secret') };
    const idToken = await new SignJWT({ nonce: this.nonce, ...this.#script.idToken })
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer(this.url)
      .setAudience('pages')
      .setSubject('ann')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(this.#privateKey);
    return { access_token: 'access', token_type: 'Bearer', id_token: idToken };
  }
}
