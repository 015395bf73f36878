import type { Cmdlet } from '../cmdlet.ts';
import { SEARCH_AUDIT_LOG } from './audit-log.ts';
import { DIAL_PLAN_CMDLETS } from './dial-plans.ts';
import { ENABLE_MAILBOX } from './enable-mailbox.ts';
import { GET_MAILBOX_PIN, SET_MAILBOX_PIN } from './mailbox-pin.ts';
import { MAILBOX_POLICY_CMDLETS } from './mailbox-policies.ts';
import { DISABLE_MAILBOX, GET_MAILBOX, SET_MAILBOX } from './mailboxes.ts';

/** Every cmdlet that there is, in the order in which they are listed. */
export const CMDLETS: readonly Cmdlet[] = [
  SET_MAILBOX_PIN,
  GET_MAILBOX_PIN,
  GET_MAILBOX,
  ENABLE_MAILBOX,
  SET_MAILBOX,
  DISABLE_MAILBOX,
  ...MAILBOX_POLICY_CMDLETS,
  ...DIAL_PLAN_CMDLETS,
  SEARCH_AUDIT_LOG,
];
