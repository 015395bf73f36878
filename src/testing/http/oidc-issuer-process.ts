import { once } from 'node:events';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';

/**
 * An identity provider in a process of its own: run by `oidc-issuer.ts`, which it tells where it is, and obeys. Its
 * clients stand for people, whose groups are in the names: `desk`, or `boss+desk`.
 */

const SECRET = process.env.ISSUER_SECRET ?? '';
const CLIENTS = (process.env.ISSUER_CLIENTS ?? '').split(',');

const server = createServer();
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const address = server.address();
if (address === null || typeof address === 'string') throw new Error('The server has no port');
const issuer = `http://127.0.0.1:${address.port}`;
let isDown = false;
let fetches = 0;

async function provide(): Promise<ReturnType<Provider['callback']>> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'ES256' };
  const provider = new Provider(issuer, {
    jwks: { keys: [key] },
    clients: CLIENTS.map((client) => ({
      client_id: client,
      client_secret: SECRET,
      id_token_signed_response_alg: 'ES256',
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
    })),
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
  return provider.callback();
}

let handle = await provide();
server.on('request', (request, response) => {
  if (request.url?.startsWith('/jwks')) fetches++;
  if (isDown) response.destroy();
  else void handle(request, response);
});

/** Each order is acknowledged when it is carried out. */
process.on('message', async (order) => {
  if (order === 'rotate') handle = await provide();
  if (order === 'down') isDown = true;
  if (order === 'up') isDown = false;
  process.send?.({ done: order, fetches });
});
process.on('disconnect', () => process.exit(0));
process.send?.({ issuer });
