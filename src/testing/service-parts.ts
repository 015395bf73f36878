import type { Meter } from '../domain/meter.ts';
import type { Argon2Cost } from '../security/argon2-encoding.ts';
import { createAuditSealer } from '../security/audit-sealer.ts';
import { createDecoys } from '../security/decoys.ts';
import { openKeyFile } from '../security/key-file.ts';
import { createPinHasher } from '../security/pin-hasher.ts';
import { createPinSealer } from '../security/pin-sealer.ts';
import { createRequestDigests } from '../security/request-digests.ts';
import { createWebSecrets } from '../security/web-secrets.ts';
import type { ServiceParts } from '../services/parts.ts';
import type { Decoys } from '../services/ports/decoys.ts';
import { NO_ALERTS, type OperatorAlerts } from '../services/ports/operator-alerts.ts';
import type { RequestDigests } from '../services/ports/request-digests.ts';
import type { WebSecrets } from '../services/ports/web-secrets.ts';
import { Sessions } from '../services/sessions.ts';
import type { SignInOptions } from '../services/sign-in-service.ts';
import { SPRAY_DEFAULTS } from '../services/spray-alarm.ts';
import { CapturedMeter } from './captured-meter.ts';

/** The least that Argon2id accepts: tests are about what is hashed, and benchmarks about what it costs. */
export const CHEAP_COST: Argon2Cost = { memory: 8, passes: 1, parallelism: 1 };

/** Everything that services are made of, the security of PINs included. */
export interface TestParts extends ServiceParts {
  readonly decoys: Decoys;
  readonly digests: RequestDigests;
  readonly webSecrets: WebSecrets;
  readonly sourceLimits: SignInOptions['sourceLimits'];
  readonly sprayLimits: SignInOptions['sprayLimits'];
}

export interface TestPartsOptions extends Pick<ServiceParts, 'database' | 'clock' | 'log'> {
  /** Made when it is not there. */
  readonly keyFile: string;
  readonly cost?: Argon2Cost;
  /** None when not given: most tests make many attempts from one source. */
  readonly sourceLimits?: SignInOptions['sourceLimits'];
  readonly sprayLimits?: SignInOptions['sprayLimits'];
  readonly mailQueued?: () => void;
  readonly meter?: Meter;
  readonly alerts?: OperatorAlerts;
}

/** Joins the parts as the program does, over a database that is open. */
export async function openTestParts(options: TestPartsOptions): Promise<TestParts> {
  const { database, clock, log, keyFile, cost = CHEAP_COST, meter = new CapturedMeter() } = options;
  const { keys, retired } = await openKeyFile({ file: keyFile, create: true, pinKeys: database.pinKeys, log });
  return {
    database,
    clock,
    log,
    meter,
    alerts: options.alerts ?? NO_ALERTS,
    hasher: createPinHasher({ keys, cost, clock, meter }),
    pinSealer: createPinSealer(keys),
    auditSealer: createAuditSealer(keys, retired),
    decoys: createDecoys(keys),
    digests: createRequestDigests(keys),
    webSecrets: createWebSecrets(keys),
    sessions: new Sessions(),
    sourceLimits: options.sourceLimits ?? { slowAt: 'unlimited', refuseAt: 'unlimited' },
    sprayLimits: options.sprayLimits ?? SPRAY_DEFAULTS,
    mailQueued: options.mailQueued ?? (() => undefined),
  };
}
