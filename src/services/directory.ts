import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import type { MailboxPolicy, MailboxPolicyId } from '../domain/mailbox-policy.ts';
import { type DemoDirectory, ensureDemoDirectory } from './demo-directory.ts';
import {
  type CreatedDialPlan,
  changeDialPlan,
  createDialPlan,
  type DialPlanChanged,
  type DialPlanChanges,
  type DialPlanRefusal,
  type DialPlanRemoved,
  dialPlanByAccessNumber,
  findDialPlan,
  type ListedDialPlan,
  listDialPlans,
  type NewDialPlan,
  removeDialPlan,
} from './dial-plans.ts';
import {
  changePolicy,
  createPolicy,
  findPolicy,
  type ListedPolicy,
  listPolicies,
  type NewPolicy,
  type PolicyChanged,
  type PolicyChanges,
  type PolicyCreated,
  type PolicyRemoved,
  removePolicy,
} from './mailbox-policies.ts';
import { type NewMailbox, type Provisioned, provisionMailbox } from './mailbox-provisioning.ts';
import type { ServiceParts } from './parts.ts';
import type { Requester } from './pin-administration.ts';

/**
 * Dial plans, policies and mailboxes. Every method throws when the database fails, and nothing is stored then; every
 * change is stored together with its audit record, which says who asked for it.
 */
export interface Directory {
  /** The dial plan that was called; undefined when the number is none of ours. */
  dialPlanByAccessNumber(number: string): Promise<DialPlan | undefined>;
  /** All dial plans in the order of their names. */
  dialPlans(): Promise<readonly ListedDialPlan[]>;
  /** By id, or by name, upper and lower case being the same. */
  dialPlan(identity: string): Promise<ListedDialPlan | undefined>;
  /** Makes a dial plan with its default policy. */
  createDialPlan(wanted: NewDialPlan, by: Requester): Promise<CreatedDialPlan | DialPlanRefusal>;
  changeDialPlan(
    id: DialPlanId,
    changes: DialPlanChanges,
    by: Requester,
    expectedRevision?: number,
  ): Promise<DialPlanChanged>;
  /** Removes a dial plan with its policies; one with mailboxes is refused. */
  removeDialPlan(id: DialPlanId, by: Requester, expectedRevision?: number): Promise<DialPlanRemoved>;
  /** The policies of a dial plan; none when there is no such plan. */
  policiesOf(dialPlan: DialPlanId): Promise<readonly MailboxPolicy[]>;
  /** All policies, or those of one dial plan, in the order of their names. */
  policies(dialPlan?: DialPlanId): Promise<readonly ListedPolicy[]>;
  /** By id, or by name, upper and lower case being the same. */
  policy(identity: string): Promise<ListedPolicy | undefined>;
  createPolicy(wanted: NewPolicy, by: Requester): Promise<PolicyCreated>;
  /** Holds from the next sign-in on. */
  changePolicy(
    id: MailboxPolicyId,
    changes: PolicyChanges,
    by: Requester,
    expectedRevision?: number,
  ): Promise<PolicyChanged>;
  /** Removes a policy; one that a mailbox has is refused. */
  removePolicy(id: MailboxPolicyId, by: Requester, expectedRevision?: number): Promise<PolicyRemoved>;
  /** Makes a mailbox with its first PIN, under a policy and in that policy's dial plan. */
  provisionMailbox(policy: MailboxPolicyId, wanted: NewMailbox, by: Requester): Promise<Provisioned>;
  /** Makes what can be tried out, in a database that is empty. */
  ensureDemoDirectory(): Promise<DemoDirectory | undefined>;
}

export interface DirectoryOptions
  extends Pick<ServiceParts, 'database' | 'hasher' | 'pinSealer' | 'auditSealer' | 'clock' | 'mailQueued'> {
  /** The zone of mailboxes that are given none: an IANA name; the machine's when not given. */
  readonly timeZone?: string;
}

const machineTimeZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Joins the use cases of the directory with what they need. */
export function createDirectory({ timeZone = machineTimeZone(), ...services }: DirectoryOptions): Directory {
  const parts = { ...services, timeZone };
  return {
    dialPlanByAccessNumber: (number) => dialPlanByAccessNumber(parts.database, number),
    dialPlans: () => listDialPlans(parts),
    dialPlan: (identity) => findDialPlan(parts, identity),
    createDialPlan: (wanted, by) => createDialPlan(parts, wanted, by),
    changeDialPlan: (id, changes, by, expected) => changeDialPlan(parts, id, changes, by, expected),
    removeDialPlan: (id, by, expected) => removeDialPlan(parts, id, by, expected),
    policiesOf: (dialPlan) => parts.database.policies.ofDialPlan(dialPlan),
    policies: (dialPlan) => listPolicies(parts, dialPlan),
    policy: (identity) => findPolicy(parts, identity),
    createPolicy: (wanted, by) => createPolicy(parts, wanted, by),
    changePolicy: (id, changes, by, expected) => changePolicy(parts, id, changes, by, expected),
    removePolicy: (id, by, expected) => removePolicy(parts, id, by, expected),
    provisionMailbox: (policy, wanted, by) => provisionMailbox(parts, policy, wanted, by),
    ensureDemoDirectory: () => ensureDemoDirectory(parts),
  };
}
