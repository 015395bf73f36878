import { Counter, Gauge, type Registry } from 'prom-client';

/** What the embedded SIP edge counts, by name; undefined when a drachtio-server is in its place, or it is not there yet. */
export interface SipEdgeFigures {
  counters(): Readonly<Record<string, number>> | undefined;
  /** When the certificate for SIP over TLS ceases to hold, in milliseconds since 1970; undefined when there is none. */
  certificateExpires(): number | undefined;
}

/** The names that are told; labels are closed sets, whatever the edge comes to count. */
const EVENTS = [
  'requests',
  'responses',
  'malformed',
  'refused',
  'ignored',
  'retransmissionsAbsorbed',
  'strayResponses',
  'sendErrors',
  'scanned',
  'limited',
  'flooded',
  'connectionsAccepted',
  'connectionsTurnedAway',
  'tlsOnPlainPort',
  'tlsSecured',
  'tlsFailed',
  'tlsReloaded',
  'tlsReloadsRefused',
  'sessionRefreshes',
  'sessionsExpired',
  'provisionalsUnacknowledged',
] as const;

/** The values of the label `event`. */
export const SIP_EDGE_EVENTS: readonly string[] = EVENTS.map(inWords);

/** Tells what came to the embedded SIP edge and what it turned away; without one, nothing. */
export function watchSipEdge(registry: Registry, edge: SipEdgeFigures): () => void {
  const total = new Counter({
    name: 'touchtone_sip_edge_events_total',
    help: 'What came to the embedded SIP edge, and what became of it.',
    labelNames: ['event'],
    registers: [registry],
  });
  const expiry = new Gauge({
    name: 'touchtone_tls_certificate_expires_seconds',
    help: 'When the certificate for SIP over TLS ceases to hold, in seconds since 1970; 0 without one.',
    registers: [registry],
  });
  return () => {
    const counters = edge.counters();
    total.reset();
    expiry.set(Math.floor((edge.certificateExpires() ?? 0) / 1_000));
    if (counters === undefined) return;
    for (const event of EVENTS) total.inc({ event: inWords(event) }, counters[event] ?? 0);
  };
}

/** `strayResponses` as `stray_responses`. */
function inWords(event: string): string {
  return event.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
