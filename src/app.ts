import { createMetrics, type Metrics } from './admin/http/operations/metrics.ts';
import type { Operations } from './admin/http/operations/operations-routes.ts';
import { createReadiness } from './admin/http/operations/readiness.ts';
import type { SipEdgeFigures } from './admin/http/operations/sip-edge-metrics.ts';
import { WriteCheck } from './admin/http/operations/write-check.ts';
import { createWebhookAlerts, type WebhookAlerts } from './alerts/webhook-alerts.ts';
import type { Config, EngineAddress } from './config.ts';
import { createConversation } from './conversation/call.ts';
import { loadPhraseBooks } from './conversation/phrases.ts';
import { type Core, openCore } from './core.ts';
import type { Clock } from './domain/clock.ts';
import type { Log } from './domain/log.ts';
import type { Meter } from './domain/meter.ts';
import type { ThreadLoss } from './embedded/media-server/kept-media-server.ts';
import { startEmbeddedEdge, startEmbeddedMediaServer } from './embedded-pair.ts';
import { type HttpServer, openHttpServer } from './http-server.ts';
import { LateTelephony } from './late-telephony.ts';
import type { DemoDirectory } from './services/demo-directory.ts';
import type { LiveCalls } from './services/ports/live-calls.ts';
import { NO_ALERTS } from './services/ports/operator-alerts.ts';
import { sipAddresses } from './sip-addresses.ts';
import { startTelephony, type Telephony } from './telephony/telephony.ts';

export interface AppParts {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
}

/** What the embedded parts hold at this moment; undefined for a part that is a real server. */
export interface EmbeddedLoad {
  readonly signalling: Readonly<Record<string, number>> | undefined;
  readonly media: Readonly<Record<string, unknown>> | undefined;
}

/** The running service. */
export interface App {
  /** The addresses it is called by, `sip:host:port`, loopback first; empty when a drachtio-server listens instead. */
  readonly sip: readonly string[];
  /** Where administrators reach it, `http://host:port`. */
  readonly http: string;
  /** The demonstration mailbox, while it is there. */
  readonly demo: DemoDirectory | undefined;
  /** What the calls work with. */
  readonly core: Core;
  readonly telephony: Telephony;
  /** Its figures, and whether it can do its work; `/metrics` and `/readyz` tell them. */
  readonly operations: Operations;
  embeddedLoad(): Promise<EmbeddedLoad>;
  /** Reads the certificate for SIP over TLS again, if the embedded edge has one; what cannot be used is kept out and logged. */
  reloadCertificate(): Promise<void>;
  /** Takes no new calls and waits up to DRAIN_SECONDS for the living ones, then ends them. Never rejects. */
  drain(): Promise<void>;
  /**
   * Ends what is left at once and closes everything, in the order in which it was opened, backwards. Mails that are being
   * delivered may end for a few seconds, unless it is to be `now`: then they wait for the next start.
   */
  close(now?: boolean): Promise<void>;
}

type WatchedAlerts = Pick<WebhookAlerts, 'raise' | 'waiting'>;

interface Engines {
  readonly drachtio: EngineAddress;
  readonly mediaServers: readonly EngineAddress[];
  readonly sip: readonly string[];
  embeddedLoad(): Promise<EmbeddedLoad>;
  readonly sipFigures: SipEdgeFigures;
  reloadCertificate(): Promise<void>;
}

/** The engines that the environment names, and an embedded one in place of each that it does not. */
async function openEngines(
  parts: AppParts & { readonly meter: Meter },
  opened: AsyncDisposableStack,
): Promise<Engines> {
  const { config, meter } = parts;
  const onMediaLost = (how: ThreadLoss): void => meter.count('media-restart', how);
  const media =
    config.freeswitches === undefined ? await startEmbeddedMediaServer({ ...parts, onMediaLost }) : undefined;
  if (media !== undefined) opened.defer(() => media.server.close());
  const edge = config.drachtio === undefined ? await startEmbeddedEdge(parts) : undefined;
  if (edge !== undefined) opened.defer(() => edge.close());
  const drachtio = config.drachtio ?? edge?.address;
  const mediaServers = config.freeswitches ?? (media === undefined ? undefined : [media.address]);
  if (drachtio === undefined || mediaServers === undefined) throw new Error('There is an engine for each part');
  return {
    drachtio,
    mediaServers,
    sip: edge === undefined ? [] : sipAddresses(edge.edge.listens),
    sipFigures: {
      counters: () => (edge === undefined ? undefined : { ...edge.edge.counters() }),
      certificateExpires: () => edge?.credentials?.current.expires,
    },
    reloadCertificate: async () => {
      await edge?.credentials?.reload();
    },
    embeddedLoad: async () => ({
      signalling: edge === undefined ? undefined : { ...edge.edge.idle() },
      media: media === undefined ? undefined : { ...(await media.server.stats()) },
    }),
  };
}

async function openTelephony(
  { config, log, clock, meter }: AppParts & { readonly meter: Meter },
  engines: Engines,
  { signIn, pinChanges, directory }: Core,
  opened: AsyncDisposableStack,
): Promise<Telephony> {
  const conversation = createConversation({
    clock,
    meter,
    phraseBooks: await loadPhraseBooks(config.promptsDir),
    signIn,
    pinChanges,
    dialPlanOf: (number) => directory.dialPlanByAccessNumber(number),
  });
  const { host, port } = config.eventSocketListen;
  const advertised = config.eventSocketAdvertised;
  const telephony = await startTelephony({
    drachtio: engines.drachtio,
    sharesDrachtio: config.drachtio !== undefined,
    mediaServers: engines.mediaServers,
    conversation,
    maxCalls: config.maxCalls,
    isAllowedPeer: (address) => config.allowedPeers.includes(address),
    isTrustedPeer: (address) => config.trustedPeers.includes(address),
    mediaPromptsDir: config.mediaPromptsDir,
    eslListen: { host, port, ...(advertised === undefined ? {} : { advertised }) },
    log,
    clock,
  });
  opened.defer(() => telephony.close());
  return telephony;
}

/** Before calls are taken, so that a port in use is told at once; closed after them, so that the end can be watched. */
async function openHttp(
  parts: AppParts,
  core: Core,
  calls: LiveCalls,
  operations: Operations,
  opened: AsyncDisposableStack,
): Promise<HttpServer> {
  const server = await openHttpServer({ ...parts, calls, operations }, core);
  opened.defer(() => server.close());
  return server;
}

function openAlerts({ config, log, clock }: AppParts, meter: Meter, opened: AsyncDisposableStack): WatchedAlerts {
  if (config.alertWebhook === undefined) return { ...NO_ALERTS, waiting: 0 };
  const alerts = createWebhookAlerts({ webhook: config.alertWebhook, log, clock, meter });
  opened.defer(() => alerts.close());
  return alerts;
}

function watch(
  { config, clock, log }: AppParts,
  metrics: Metrics,
  { database, hasher, mail, web: { sessions } }: Core,
  telephony: LateTelephony,
  alerts: WatchedAlerts,
  sipEdge: SipEdgeFigures,
): Operations {
  const { outbox } = database;
  const writes = new WriteCheck({ database, clock, log });
  metrics.watch({ telephony, maxCalls: config.maxCalls, hasher, outbox, writes, mail, alerts, sessions, sipEdge });
  return { metrics, readiness: createReadiness({ telephony, outbox, writes, mail, clock }) };
}

/**
 * Starts the service. When this resolves, calls are taken.
 * Rejects with an error that says what to do when the database, the key file, the prompts, an address or an engine
 * cannot be used; everything that was opened before is closed again then.
 */
export async function startApp(parts: AppParts): Promise<App> {
  await using opening = new AsyncDisposableStack();
  const metrics = createMetrics(parts.clock);
  opening.defer(() => metrics.close());
  const { meter } = metrics;
  const alerts = openAlerts(parts, meter, opening);
  const core = await openCore({ ...parts, meter, alerts }, opening);
  const late = new LateTelephony();
  let sipEdge: SipEdgeFigures | undefined;
  const operations = watch(parts, metrics, core, late, alerts, {
    counters: () => sipEdge?.counters(),
    certificateExpires: () => sipEdge?.certificateExpires(),
  });
  const http = await openHttp(parts, core, late, operations, opening);
  const demo = await core.directory.ensureDemoDirectory();
  await core.mail.start();
  const engines = await openEngines({ ...parts, meter }, opening);
  sipEdge = engines.sipFigures;
  const telephony = await openTelephony({ ...parts, meter }, engines, core, opening);
  late.attach(telephony);
  const opened = opening.move();
  let closing: Promise<void> | undefined;
  return {
    sip: engines.sip,
    http: http.url,
    demo,
    core,
    telephony,
    operations,
    embeddedLoad: () => engines.embeddedLoad(),
    reloadCertificate: () => engines.reloadCertificate(),
    drain: async () => {
      const report = await telephony.drain(parts.config.drainSeconds * 1_000);
      parts.log.info({ ...report }, 'Drained');
    },
    close: (now = false) => {
      if (now) void core.mail.giveUp();
      closing ??= opened.disposeAsync();
      return closing;
    },
  };
}
