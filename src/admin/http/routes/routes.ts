import type { RoutePlugin } from '../parts.ts';
import { auditRoutes } from './audit.ts';
import { callRoutes } from './calls.ts';
import { dialPlanRoutes } from './dial-plans.ts';
import { mailboxMailRoutes } from './mailbox-mail.ts';
import { mailboxPinRoutes } from './mailbox-pin.ts';
import { mailboxPolicyRoutes } from './mailbox-policies.ts';
import { mailboxTimelineRoutes } from './mailbox-timeline.ts';
import { mailboxRoutes } from './mailboxes.ts';
import { meRoutes } from './me.ts';
import { problemRoutes } from './problems.ts';
import { sessionsRoutes } from './sessions.ts';
import { tokenRoutes } from './tokens.ts';

/** All routes of the API. */
export const ROUTES: readonly RoutePlugin[] = [
  meRoutes,
  mailboxRoutes,
  mailboxPinRoutes,
  mailboxTimelineRoutes,
  mailboxMailRoutes,
  dialPlanRoutes,
  mailboxPolicyRoutes,
  auditRoutes,
  callRoutes,
  tokenRoutes,
  sessionsRoutes,
  problemRoutes,
];
