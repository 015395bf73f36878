import type { Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import type { Meter } from '../domain/meter.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { Database } from './ports/database.ts';
import type { OperatorAlerts } from './ports/operator-alerts.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { PinSealer } from './ports/pin-sealer.ts';
import type { Sessions } from './sessions.ts';

/** What the use cases work with: one of each for the whole program. */
export interface ServiceParts {
  readonly database: Database;
  readonly hasher: PinHasher;
  readonly pinSealer: PinSealer;
  readonly auditSealer: AuditSealer;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
  readonly meter: Meter;
  readonly alerts: OperatorAlerts;
  /** Told that a mail has been queued and stored, so that it need not wait for the next look into the outbox. */
  readonly mailQueued: () => void;
}
