import type { DialPlan } from '../domain/dial-plan.ts';
import type { MailboxPolicyId } from '../domain/mailbox-policy.ts';
import { type DemoDirectory, ensureDemoDirectory } from './demo-directory.ts';
import {
  type DialPlanRefusal,
  type DraftDialPlan,
  dialPlanByAccessNumber,
  draftDialPlan,
  type NewDialPlan,
  storeDialPlan,
} from './dial-plans.ts';
import { type NewMailbox, type Provisioned, type ProvisioningParts, provisionMailbox } from './mailbox-provisioning.ts';
import type { Database } from './ports/database.ts';

export interface DirectoryOptions extends ProvisioningParts {
  readonly database: Database;
}

/** Dial plans, policies and mailboxes. Every method throws when the database fails. */
export interface Directory {
  /** The dial plan that was called; undefined when the number is none of ours. */
  dialPlanByAccessNumber(number: string): Promise<DialPlan | undefined>;
  /** Makes a dial plan with its default policy. */
  createDialPlan(wanted: NewDialPlan): Promise<DraftDialPlan | DialPlanRefusal>;
  /** Makes a mailbox with its first PIN, under a policy and in that policy's dial plan. */
  provisionMailbox(policy: MailboxPolicyId, wanted: NewMailbox): Promise<Provisioned>;
  /** Makes what can be tried out, in a database that is empty. */
  ensureDemoDirectory(): Promise<DemoDirectory | undefined>;
}

/** Joins the use cases of the directory with what they need. */
export function createDirectory({ database, ...parts }: DirectoryOptions): Directory {
  return {
    dialPlanByAccessNumber: (number) => dialPlanByAccessNumber(database, number),
    createDialPlan: async (wanted) => {
      const draft = draftDialPlan(wanted);
      if (draft.kind === 'draft') await database.transact((stores) => storeDialPlan(stores, draft));
      return draft;
    },
    provisionMailbox: (policy, wanted) => provisionMailbox(database, policy, wanted, parts),
    ensureDemoDirectory: () => ensureDemoDirectory(database, parts),
  };
}
