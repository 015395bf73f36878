import * as audit from './audit.ts';
import * as calls from './calls.ts';
import type { Named } from './common.ts';
import * as common from './common.ts';
import * as dialPlans from './dial-plans.ts';
import * as mailboxPolicies from './mailbox-policies.ts';
import * as mailboxes from './mailboxes.ts';
import * as mails from './mails.ts';
import * as overview from './overview.ts';
import * as pins from './pins.ts';
import * as problem from './problem.ts';
import * as tokens from './tokens.ts';
import * as web from './web.ts';

const FILES = [
  audit,
  calls,
  common,
  dialPlans,
  mailboxPolicies,
  mailboxes,
  mails,
  overview,
  pins,
  problem,
  tokens,
  web,
];

function isNamed(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && '$id' in value;
}

/** Every schema that others refer to by its name. */
export const NAMED_SCHEMAS: readonly Named[] = FILES.flatMap((file) => Object.values(file)).filter(isNamed);
