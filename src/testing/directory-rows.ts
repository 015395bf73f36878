import type { CredentialId, CredentialState, PinHash } from '../domain/credential.ts';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import { DIAL_PLAN_DEFAULTS } from '../domain/dial-plan-settings.ts';
import { newCredentialState } from '../domain/lockout.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import { MAILBOX_POLICY_DEFAULTS, type MailboxPolicy, type MailboxPolicyId } from '../domain/mailbox-policy.ts';
import type { Stores } from '../services/ports/database.ts';

/** A directory for tests of the stores, which have no use for services that check what is put into it. */
export const PLAN: DialPlan = {
  ...DIAL_PLAN_DEFAULTS,
  id: 'plan-1' as DialPlanId,
  name: 'One',
  extensionDigits: 5,
};

export const OTHER_PLAN: DialPlan = {
  ...PLAN,
  id: 'plan-2' as DialPlanId,
  name: 'Two',
  extensionDigits: 3,
  maxCallDuration: 10,
  operatorExtension: '100',
};

/** The default policy of a plan, with what is changed. */
export function policyOf(plan: DialPlan, changes: Partial<MailboxPolicy> = {}): MailboxPolicy {
  return {
    ...MAILBOX_POLICY_DEFAULTS,
    id: `policy-of-${plan.id}` as MailboxPolicyId,
    dialPlanId: plan.id,
    name: `${plan.name} Default Policy`,
    ...changes,
  };
}

/** A mailbox under the default policy of a plan, with what is changed. */
export function mailboxOf(plan: DialPlan, changes: Partial<Mailbox> = {}): Mailbox {
  return {
    id: 'mailbox-1' as MailboxId,
    dialPlanId: plan.id,
    policyId: policyOf(plan).id,
    address: 'tonysmith@contoso.com',
    alias: 'tonys',
    displayName: 'Tony Smith',
    extensions: ['51234', '51235'],
    registeredNumbers: ['+14255550123'],
    language: 'en-US',
    timeZone: 'America/Los_Angeles',
    clock: '12-hour',
    subscriberAccess: true,
    pinlessAccess: false,
    ...changes,
  };
}

/** Another mailbox, which shares nothing with the first but its plan and policy. */
export function secondMailboxOf(plan: DialPlan, changes: Partial<Mailbox> = {}): Mailbox {
  return mailboxOf(plan, {
    id: 'mailbox-2' as MailboxId,
    address: 'annad@contoso.com',
    alias: 'annad',
    displayName: 'Anna Dvořák',
    extensions: ['52000'],
    registeredNumbers: [],
    ...changes,
  });
}

export const CREDENTIAL = 'credential-1' as CredentialId;

/** Hashes that none has made: the stores do not look into them. */
export const PIN: PinHash = { encoded: '$hash', keyId: 'key-1' };
export const DECOY_PIN: PinHash = { encoded: '$decoy', keyId: 'key-1' };
export const BETTER_PIN: PinHash = { encoded: '$better', keyId: 'key-2' };

export const DECOYS: readonly [CredentialId, CredentialId] = ['decoy-0' as CredentialId, 'decoy-1' as CredentialId];

/** As the PIN of a new mailbox is, at a moment that needs more than 32 bits. */
export const NEW_STATE: CredentialState = newCredentialState(1_784_000_000_000, {
  pinExpired: true,
  firstChangeWaived: false,
});

/** Both plans, each with its default policy. */
export async function insertPlans({ dialPlans, policies }: Stores): Promise<void> {
  await dialPlans.insert(PLAN, ['5000', '+14255550100']);
  await dialPlans.insert(OTHER_PLAN, ['6000']);
  await policies.insert(policyOf(PLAN));
  await policies.insert(policyOf(OTHER_PLAN));
}

/** The plans, two PIN keys, two decoys, and the first mailbox with its credential. */
export async function insertMailbox(stores: Stores): Promise<void> {
  await insertPlans(stores);
  await stores.pinKeys.insert({ keyId: 'key-1', check: 'check' });
  await stores.pinKeys.insert({ keyId: 'key-2', check: 'check' });
  await stores.credentials.putDecoys(DECOYS, DECOY_PIN, NEW_STATE);
  await stores.mailboxes.insert(mailboxOf(PLAN));
  await stores.credentials.insert(CREDENTIAL, mailboxOf(PLAN).id, PIN, NEW_STATE);
}
