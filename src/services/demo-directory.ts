import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import { draftDialPlan, type NewDialPlan, storeDialPlan } from './dial-plans.ts';
import {
  draftMailbox,
  type NewMailbox,
  type ProvisioningParts,
  settleStagedLetters,
  storeMailbox,
} from './mailbox-provisioning.ts';
import type { Database } from './ports/database.ts';

/** The number that the demonstration directory is called by. */
const ACCESS_NUMBER = '5000';

const DIAL_PLAN: NewDialPlan = {
  ...DIAL_PLAN_DEFAULTS,
  name: 'Demonstration',
  extensionDigits: 5,
  accessNumbers: [ACCESS_NUMBER],
};

const MAILBOX: NewMailbox = {
  address: 'tonysmith@contoso.com',
  displayName: 'Tony Smith',
  extensions: ['51234'],
  pin: { kind: 'generated' },
};

export interface DemoDirectory {
  /** Whether it has just been made, or its making has just been completed. */
  readonly created: boolean;
  readonly accessNumber: string;
  readonly extension: string;
  /** Where the letter with the PIN is, when it was delivered just now. */
  readonly mailFile?: string;
}

/** Throws for what cannot be: constants of ours that our own rules refuse. */
async function createDemoDirectory(database: Database, parts: ProvisioningParts): Promise<string | undefined> {
  const plan = draftDialPlan(DIAL_PLAN);
  if (plan.kind !== 'draft') throw new Error(`The demonstration dial plan is refused: ${plan.kind}`);
  const mailbox = await draftMailbox(MAILBOX, plan.dialPlan, plan.accessNumbers, plan.defaultPolicy, parts);
  if (mailbox.kind !== 'draft') throw new Error(`The demonstration mailbox is refused: ${mailbox.kind}`);
  await database.transact(async (stores) => {
    await storeDialPlan(stores, plan);
    const refusal = await storeMailbox(stores, mailbox);
    if (refusal !== undefined) throw new Error(`The demonstration mailbox is refused: ${refusal.kind}`);
  });
  return mailbox.deliver();
}

/**
 * Makes the demonstration directory in a database that has no dial plan: one dial plan, its default policy, and one
 * mailbox whose generated PIN is in its welcome letter. All of it is stored, or nothing; when the program dies in
 * between, the next start completes it or begins anew, so that there never is a mailbox whose PIN nobody can learn.
 *
 * Says what to call while the demonstration mailbox is there, and nothing (undefined) in a directory without it.
 * Throws when the database or the disk fails.
 */
export async function ensureDemoDirectory(
  database: Database,
  parts: ProvisioningParts,
): Promise<DemoDirectory | undefined> {
  const settled = await settleStagedLetters(database, parts.welcomeMail);
  const isNew = await database.dialPlans.isEmpty();
  const newMailFile = isNew ? await createDemoDirectory(database, parts) : undefined;
  const plan = await database.dialPlans.byAccessNumber(ACCESS_NUMBER);
  const mailbox = await database.mailboxes.byAddress(MAILBOX.address);
  if (plan === undefined || mailbox?.dialPlanId !== plan.id) return undefined;
  const mailFile = newMailFile ?? settled.get(mailbox.id);
  return {
    created: mailFile !== undefined,
    accessNumber: ACCESS_NUMBER,
    extension: mailbox.extensions[0],
    ...(mailFile === undefined ? {} : { mailFile }),
  };
}
