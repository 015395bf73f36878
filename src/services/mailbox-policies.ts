import { randomUUID } from 'node:crypto';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import {
  MAILBOX_POLICY_DEFAULTS,
  type MailboxPolicy,
  type MailboxPolicyId,
  type MailboxPolicySettings,
} from '../domain/mailbox-policy.ts';
import { normalisePolicy, refusePolicy } from '../domain/mailbox-policy-settings.ts';
import type { SettingRefusal } from '../domain/setting-refusal.ts';
import { type AuditAction, type AuditDetails, audit } from './audit.ts';
import type { Requester } from './pin-administration.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { Stores } from './ports/database.ts';
import { differs, FIRST_REVISION } from './revision.ts';
import { changeDetails, changedSettings, type SettingParts, type Settings, settingDetails } from './setting-changes.ts';

/** A policy with where it belongs. */
export interface ListedPolicy {
  readonly policy: MailboxPolicy;
  readonly dialPlan: { readonly id: DialPlanId; readonly name: string };
  /** From 1; advanced by every change. */
  readonly revision: number;
}

/** What is not given has its default. Where a setting may be `unlimited`, 0 is taken for it (SPEC §6). */
export interface NewPolicy extends Partial<MailboxPolicySettings> {
  readonly name: string;
  readonly dialPlanId: DialPlanId;
}

/** What is not given stays as it is; a policy never moves to another dial plan. */
export type PolicyChanges = Partial<Omit<MailboxPolicy, 'id' | 'dialPlanId'>>;

/** Why a policy cannot be as it is asked for. */
export type PolicyRefusal = SettingRefusal | { readonly kind: 'name-taken'; readonly name: string };

export type PolicyCreated =
  | (ListedPolicy & { readonly kind: 'created' })
  | { readonly kind: 'no-such-dial-plan' }
  | PolicyRefusal;

export type PolicyChanged =
  | (ListedPolicy & {
      readonly kind: 'changed';
      /** The names of the settings that are not as they were; without any, nothing was stored. */
      readonly settings: readonly string[];
    })
  | { readonly kind: 'no-such-policy' }
  /** It has been changed since whoever asks has read it; `revision` is what it has now. */
  | { readonly kind: 'revision-differs'; readonly revision: number }
  | PolicyRefusal;

export type PolicyRemoved =
  | { readonly kind: 'removed' }
  | { readonly kind: 'no-such-policy' }
  | { readonly kind: 'revision-differs'; readonly revision: number }
  /** Mailboxes have it. */
  | { readonly kind: 'in-use' };

/** Everything of a policy that can be changed, as its audit records have it. */
function settingsOf({ id: _id, dialPlanId: _dialPlanId, ...settings }: MailboxPolicy): Settings {
  return settings;
}

function auditPolicy(
  stores: Stores,
  sealer: AuditSealer,
  at: number,
  { id, dialPlanId, name }: MailboxPolicy,
  by: Requester,
  what: { readonly action: AuditAction; readonly details: AuditDetails },
): Promise<void> {
  const { action, details } = what;
  return audit(stores, sealer, at, {
    action,
    outcome: 'done',
    ...by,
    details: { ...details, policyId: id, dialPlanId, name },
  });
}

/** Records a policy that has been made; it belongs in the same transaction. `at` is in milliseconds since 1970. */
export function auditPolicyCreated(
  stores: Stores,
  sealer: AuditSealer,
  at: number,
  policy: MailboxPolicy,
  by: Requester,
): Promise<void> {
  const details = settingDetails(settingsOf(policy));
  return auditPolicy(stores, sealer, at, policy, by, { action: 'policy-created', details });
}

/** Records a policy that has been removed; it belongs in the same transaction. `at` is in milliseconds since 1970. */
export function auditPolicyRemoved(
  stores: Stores,
  sealer: AuditSealer,
  at: number,
  policy: MailboxPolicy,
  by: Requester,
): Promise<void> {
  return auditPolicy(stores, sealer, at, policy, by, { action: 'policy-removed', details: {} });
}

async function refuse(stores: Stores, policy: MailboxPolicy): Promise<PolicyRefusal | undefined> {
  const refusal = refusePolicy(policy);
  if (refusal !== undefined) return refusal;
  const namesake = await stores.policies.byName(policy.name);
  return namesake === undefined || namesake.id === policy.id ? undefined : { kind: 'name-taken', name: policy.name };
}

/** Makes a mailbox policy in a dial plan. Throws when the database fails. */
export function createPolicy(
  { database, auditSealer, clock }: SettingParts,
  { dialPlanId, ...wanted }: NewPolicy,
  by: Requester,
): Promise<PolicyCreated> {
  const id = randomUUID() as string as MailboxPolicyId;
  const policy: MailboxPolicy = normalisePolicy({ ...MAILBOX_POLICY_DEFAULTS, ...wanted, id, dialPlanId });
  return database.transact(async (stores) => {
    const dialPlan = await stores.dialPlans.byId(dialPlanId);
    if (dialPlan === undefined) return { kind: 'no-such-dial-plan' };
    const refusal = await refuse(stores, policy);
    if (refusal !== undefined) return refusal;
    await stores.policies.insert(policy);
    await auditPolicyCreated(stores, auditSealer, clock.now(), policy, by);
    return { kind: 'created', policy, dialPlan: named(dialPlan), revision: FIRST_REVISION };
  });
}

/** Changes settings of a policy; they hold from the next sign-in on (SPEC §1). Throws when the database fails. */
export function changePolicy(
  { database, auditSealer, clock }: SettingParts,
  id: MailboxPolicyId,
  wanted: PolicyChanges,
  by: Requester,
  expectedRevision?: number,
): Promise<PolicyChanged> {
  return database.transact(async (stores) => {
    const listed = await listedById(stores, id);
    if (listed === undefined) return { kind: 'no-such-policy' };
    const { policy: before, revision } = listed;
    if (differs(revision, expectedRevision)) return { kind: 'revision-differs', revision };
    const { dialPlanId } = before;
    const policy: MailboxPolicy = normalisePolicy({ ...before, ...wanted, id, dialPlanId });
    const refusal = await refuse(stores, policy);
    if (refusal !== undefined) return refusal;
    const [old, now] = [settingsOf(before), settingsOf(policy)];
    const settings = changedSettings(old, now);
    if (settings.length > 0) {
      await stores.policies.update(policy);
      const what = { action: 'policy-changed', details: changeDetails(old, now) } as const;
      await auditPolicy(stores, auditSealer, clock.now(), before, by, what);
    }
    return { ...listed, kind: 'changed', policy, revision: settings.length > 0 ? revision + 1 : revision, settings };
  });
}

/** Removes a policy, unless a mailbox has it. Throws when the database fails. */
export function removePolicy(
  { database, auditSealer, clock }: SettingParts,
  id: MailboxPolicyId,
  by: Requester,
  expectedRevision?: number,
): Promise<PolicyRemoved> {
  return database.transact(async (stores) => {
    const policy = await stores.policies.byId(id);
    const revision = await stores.policies.revisionOf(id);
    if (policy === undefined || revision === undefined) return { kind: 'no-such-policy' };
    if (differs(revision, expectedRevision)) return { kind: 'revision-differs', revision };
    if (await stores.policies.isInUse(id)) return { kind: 'in-use' };
    await stores.policies.remove(id);
    await auditPolicyRemoved(stores, auditSealer, clock.now(), policy, by);
    return { kind: 'removed' };
  });
}

function named({ id, name }: DialPlan): ListedPolicy['dialPlan'] {
  return { id, name };
}

async function listedById(stores: Stores, id: MailboxPolicyId): Promise<ListedPolicy | undefined> {
  const policy = await stores.policies.byId(id);
  return policy && listedPolicy(stores, policy);
}

/** Undefined when it is gone, or going. */
async function listedPolicy({ policies, dialPlans }: Stores, policy: MailboxPolicy): Promise<ListedPolicy | undefined> {
  const dialPlan = await dialPlans.byId(policy.dialPlanId);
  const revision = await policies.revisionOf(policy.id);
  if (dialPlan === undefined || revision === undefined) return undefined;
  return { policy, dialPlan: named(dialPlan), revision };
}

/** All policies, or those of one dial plan, in the order of their names. Throws when the database fails. */
export function listPolicies(
  { database }: Pick<SettingParts, 'database'>,
  dialPlan?: DialPlanId,
): Promise<readonly ListedPolicy[]> {
  return database.look(async (stores) => {
    const found = dialPlan === undefined ? stores.policies.all() : stores.policies.ofDialPlan(dialPlan);
    const listed: ListedPolicy[] = [];
    for (const policy of await found) {
      const one = await listedPolicy(stores, policy);
      if (one !== undefined) listed.push(one);
    }
    return listed;
  });
}

/** A policy by id or, where none has that id, by name. Throws when the database fails. */
export function findPolicy(
  { database }: Pick<SettingParts, 'database'>,
  identity: string,
): Promise<ListedPolicy | undefined> {
  return database.look(async (stores) => {
    const byId = await listedById(stores, identity as MailboxPolicyId);
    if (byId !== undefined) return byId;
    const byName = await stores.policies.byName(identity);
    return byName && listedPolicy(stores, byName);
  });
}
