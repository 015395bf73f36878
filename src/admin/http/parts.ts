import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { PinAdministration } from '../../services/pin-administration.ts';
import type { Operations } from './operations/operations-routes.ts';
import type { Authenticate } from './principal.ts';
import type { HttpApp } from './route.ts';

/** What the API is made of; the composition root joins it. */
export interface HttpParts {
  readonly pinAdministration: PinAdministration;
  /** What is watched of the service. */
  readonly operations: Operations;
  /** Says whose a bearer token is. */
  readonly authenticate: Authenticate;
  /** Whether what this address says of where a request came from is believed (`X-Forwarded-For`). */
  readonly isTrustedProxy: (address: string) => boolean;
  readonly clock: Clock;
  readonly log: Log;
}

/** Adds routes to the application; their addresses follow `/api/v1`. */
export type RoutePlugin = (app: HttpApp, parts: HttpParts) => void;
