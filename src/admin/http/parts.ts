import type { Clock } from '../../domain/clock.ts';
import type { Log } from '../../domain/log.ts';
import type { AccessRefusals } from '../../services/access-refusals.ts';
import type { AccessTokens } from '../../services/access-tokens.ts';
import type { AuditSearch } from '../../services/audit-search.ts';
import type { AuditVerdict } from '../../services/audit-verification.ts';
import type { Directory } from '../../services/directory.ts';
import type { Happenings } from '../../services/happenings.ts';
import type { IdempotentRequests } from '../../services/idempotent-requests.ts';
import type { MailboxAdministration } from '../../services/mailbox-administration.ts';
import type { OverviewParts } from '../../services/overview.ts';
import type { PinAdministration } from '../../services/pin-administration.ts';
import type { LiveCalls } from '../../services/ports/live-calls.ts';
import type { HttpLimits } from './limits.ts';
import type { Operations } from './operations/operations-routes.ts';
import type { Authenticate } from './principal.ts';
import type { HttpApp } from './route.ts';
import type { WebParts } from './web/parts.ts';

/** What administrators do with the directory, mailboxes and PINs. */
export interface AdminUseCases {
  readonly directory: Directory;
  readonly mailboxAdministration: MailboxAdministration;
  readonly pinAdministration: PinAdministration;
}

/** What the API is made of; the composition root joins it. */
export interface HttpParts {
  readonly useCases: AdminUseCases;
  /** The same, but only showing what would happen: nothing is stored, mailed or ended. */
  readonly rehearsal: AdminUseCases;
  readonly auditSearch: AuditSearch;
  /** Follows the whole audit trail. */
  readonly verifyAudit: () => Promise<AuditVerdict>;
  readonly calls: LiveCalls;
  readonly overview: OverviewParts;
  readonly happenings: Happenings;
  /** What is watched of the service. */
  readonly operations: Operations;
  readonly accessTokens: AccessTokens;
  /** Says whose a bearer token is. */
  readonly authenticate: Authenticate;
  /** Whether what this address says of where a request came from is believed (`X-Forwarded-For`). */
  readonly isTrustedProxy: (address: string) => boolean;
  readonly refusals: AccessRefusals;
  readonly idempotentRequests: IdempotentRequests;
  /** Where the API is reached from elsewhere, for links; undefined where nobody has said so. */
  readonly publicUrl: string | undefined;
  readonly web: WebParts;
  /** {@link HTTP_LIMITS} when not given. */
  readonly limits?: Partial<HttpLimits>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Adds routes to the application; their addresses follow `/api/v1`. */
export type RoutePlugin = (app: HttpApp, parts: HttpParts) => void;
