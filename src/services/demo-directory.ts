import { draftDialPlan, type NewDialPlan, storeDialPlan } from './dial-plans.ts';
import { draftMailbox, type NewMailbox, type ProvisioningParts, storeMailbox } from './mailbox-provisioning.ts';
import type { Requester } from './pin-administration.ts';

/** The number that the demonstration directory is called by. */
const ACCESS_NUMBER = '5000';

const DIAL_PLAN: NewDialPlan = { name: 'Demonstration', extensionDigits: 5, accessNumbers: [ACCESS_NUMBER] };

const MAILBOX: NewMailbox = {
  address: 'tonysmith@contoso.com',
  displayName: 'Tony Smith',
  extensions: ['51234'],
  pin: { kind: 'generated' },
};

const BY_THE_SERVICE: Requester = { actor: { kind: 'system' }, source: { kind: 'service' } };

export interface DemoDirectory {
  /** Whether it has just been made. */
  readonly created: boolean;
  readonly accessNumber: string;
  readonly extension: string;
}

/** What cannot be: constants of ours that our own rules refuse. */
const refused = (kind: string): Error => new Error(`The demonstration directory is refused: ${kind}`);

/** Makes it; false when another process has made a directory meanwhile. */
async function createDemoDirectory(parts: ProvisioningParts): Promise<boolean> {
  const plan = draftDialPlan(DIAL_PLAN);
  if (plan.kind !== 'draft') throw refused(plan.kind);
  const mailbox = await draftMailbox(MAILBOX, plan.dialPlan, plan.defaultPolicy, parts);
  if (mailbox.kind !== 'draft') throw refused(mailbox.kind);
  const isMade = await parts.database.transact(async (stores) => {
    if (!(await stores.dialPlans.isEmpty())) return false;
    const refusal = await storeDialPlan(stores, plan, parts, BY_THE_SERVICE);
    if (refusal !== undefined) throw refused(refusal.kind);
    const stored = await storeMailbox(stores, mailbox, parts, BY_THE_SERVICE);
    if (stored.kind !== 'provisioned') throw refused(stored.kind);
    return true;
  });
  if (isMade) parts.mailQueued();
  return isMade;
}

/**
 * Makes the demonstration directory in a database that has no dial plan: one dial plan, its default policy, and one
 * mailbox whose generated PIN is in its welcome letter. All of it is stored, the letter included, or nothing.
 *
 * Says what to call while the demonstration mailbox is there, and nothing (undefined) in a directory without it.
 * Throws when the database fails.
 */
export async function ensureDemoDirectory(parts: ProvisioningParts): Promise<DemoDirectory | undefined> {
  const { database } = parts;
  const created = (await database.dialPlans.isEmpty()) && (await createDemoDirectory(parts));
  const plan = await database.dialPlans.byAccessNumber(ACCESS_NUMBER);
  const mailbox = await database.mailboxes.byAddress(MAILBOX.address);
  if (plan === undefined || mailbox?.dialPlanId !== plan.id) return undefined;
  return { created, accessNumber: ACCESS_NUMBER, extension: mailbox.extensions[0] };
}
