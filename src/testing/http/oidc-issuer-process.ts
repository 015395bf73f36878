import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type ClientMetadata } from 'oidc-provider';
import { isRecord } from '../../domain/is-record.ts';

/**
 * An identity provider in a process of its own: run by `oidc-issuer.ts`, which it tells where it is, and obeys. Its
 * clients stand for people, whose groups are in the names: `desk`, or `boss+desk`.
 */

const SECRET = process.env.ISSUER_SECRET ?? '';
const CLIENTS = (process.env.ISSUER_CLIENTS ?? '').split(',');
const HOST = process.env.ISSUER_HOST ?? '127.0.0.1';

/** Who sits at the browser, and whether they let the client know who they are. */
interface Person {
  readonly sub: string;
  readonly groups: readonly string[];
  readonly email: string;
  readonly email_verified: boolean;
  readonly refuses?: boolean;
}

/** The client that people sign in to, once it is known where they are sent back to. */
let redirectUri: string | undefined;
let person: Person | undefined;

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('The server has no port');
const issuer = `http://${HOST}:${address.port}`;
let isDown = false;
let fetches = 0;

function machineClient(client: string): ClientMetadata {
  return {
    client_id: client,
    client_secret: SECRET,
    id_token_signed_response_alg: 'ES256',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
  };
}

function pageClients(): readonly ClientMetadata[] {
  if (redirectUri === undefined) return [];
  const client = {
    client_id: 'pages',
    client_secret: SECRET,
    token_endpoint_auth_method: 'client_secret_basic',
  } as const;
  return [{ ...client, id_token_signed_response_alg: 'ES256' as const, redirect_uris: [redirectUri] }];
}

/** What the person at the browser does: signs in and agrees, or refuses. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { prompt, params, session } = await provider.interactionDetails(request, response);
  if (person === undefined || person.refuses === true) {
    const refusal = { error: 'access_denied', error_description: 'They would rather not' };
    return provider.interactionFinished(request, response, refusal, { mergeWithLastSubmission: false });
  }
  if (prompt.name === 'login') {
    return provider.interactionFinished(request, response, { login: { accountId: person.sub } });
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? person.sub, clientId: String(params.client_id) });
  grant.addOIDCScope('openid profile email');
  return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
}

function withInteraction(provider: Provider): ReturnType<Provider['callback']> {
  const handle = provider.callback();
  return (request, response) =>
    request.url?.startsWith('/interaction/') === true
      ? interact(provider, request as IncomingMessage, response as ServerResponse)
      : handle(request, response);
}

async function provide(): Promise<ReturnType<Provider['callback']>> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256' };
  const provider = new Provider(issuer, {
    jwks: { keys: [key] },
    clients: [...pageClients(), ...CLIENTS.map(machineClient)],
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: ['name'] },
    pkce: { required: () => true },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    cookies: { keys: [SECRET] },
    findAccount: async (_ctx, sub) => ({ accountId: sub, claims: async () => ({ ...person, sub }) }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_ctx, resource) => ({
          scope: '',
          audience: resource,
          accessTokenTTL: 600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    extraTokenClaims: (_ctx, token) => ({ groups: (token.clientId ?? '').split('+') }),
  });
  return withInteraction(provider);
}

let handle = await provide();
server.on('request', (request, response) => {
  if (request.url?.startsWith('/jwks')) fetches++;
  if (isDown) response.destroy();
  else void handle(request, response);
});

/** Each order is acknowledged when it is carried out. */
process.on('message', async (order) => {
  if (isRecord(order)) {
    if (typeof order.redirectUri === 'string') {
      redirectUri = order.redirectUri;
      handle = await provide();
    }
    if (isRecord(order.person)) person = order.person as unknown as Person;
  }
  if (order === 'rotate') handle = await provide();
  if (order === 'down') isDown = true;
  if (order === 'up') isDown = false;
  process.send?.({ done: order, fetches });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ issuer });
