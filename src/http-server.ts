import { createHttpApp } from './admin/http/app.ts';
import { createAuthenticate } from './admin/http/authenticate.ts';
import { createOidc } from './admin/http/oidc/oidc.ts';
import type { Operations } from './admin/http/operations/operations-routes.ts';
import type { Config } from './config.ts';
import type { Core } from './core.ts';
import type { Clock } from './domain/clock.ts';
import type { Log } from './domain/log.ts';
import { listenFailure } from './listen-failure.ts';
import { isLoopback, isSafeUrl } from './oidc-settings.ts';
import { verifyAudit } from './services/audit-verification.ts';
import { Happenings } from './services/happenings.ts';
import type { LiveCalls } from './services/ports/live-calls.ts';
import { webPartsOf } from './web-parts.ts';

export interface HttpServerParts {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  readonly calls: LiveCalls;
  readonly operations: Operations;
}

/** HTTP for administrators, listening. */
export interface HttpServer {
  /** By which it is reached on this machine, `http://host:port`, without a slash at its end. */
  readonly url: string;
  /** Takes no more connections, gives answers under way a few seconds, then closes all. */
  close(): Promise<void>;
}

/** The addresses that stand for all of a machine's. */
const ANY: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' };

function urlOf(host: string, port: number): string {
  const reachable = ANY[host] ?? (host.includes(':') ? `[${host}]` : host);
  return `http://${reachable}:${port}`;
}

/**
 * Opens HTTP for administrators. Rejects with a sentence for the operator when its address cannot be listened on.
 */
export async function openHttpServer(
  { config, log, clock, calls, operations }: HttpServerParts,
  core: Core,
): Promise<HttpServer> {
  const { httpListen, httpTrustedProxies, publicUrl, oidc } = config;
  const { accessTokens, accessRefusals, idempotentRequests, rehearsal, auditSearch } = core;
  let url: string | undefined;
  const web = await webPartsOf({ config, log, clock, listensOn: () => url }, core);
  const overview = { database: core.database, calls, clock: core.clock };
  const app = createHttpApp({
    useCases: core,
    rehearsal,
    auditSearch,
    verifyAudit: () => verifyAudit(core.database, core.auditSealer),
    calls,
    operations,
    overview,
    happenings: new Happenings({ ...overview, log }),
    accessTokens,
    authenticate: createAuthenticate(
      accessTokens,
      oidc === undefined ? undefined : createOidc({ ...oidc, isSafeUrl, clock, log }),
    ),
    refusals: accessRefusals,
    idempotentRequests,
    publicUrl,
    web,
    isTrustedProxy: (address) => httpTrustedProxies.includes(address),
    clock,
    log,
  });
  try {
    await app.listen({ host: httpListen.host, port: httpListen.port });
  } catch (error) {
    await app.close();
    throw listenFailure(error, [['HTTP_LISTEN', httpListen]]);
  }
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('HTTP listens on no port');
  if (!isLoopback(httpListen.host)) {
    log.warn(
      { address: httpListen.host },
      'HTTP can be reached from other machines, and tokens pass in the clear: let it be reached through a proxy with TLS only',
    );
  }
  url = urlOf(httpListen.host, address.port);
  return { url, close: () => app.close() };
}
