import { randomUUID } from 'node:crypto';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import {
  DIAL_PLAN_DEFAULTS,
  type DialPlanSettings,
  normaliseDialPlan,
  refuseDialPlan,
} from '../domain/dial-plan-settings.ts';
import {
  defaultPolicyName,
  MAILBOX_POLICY_DEFAULTS,
  type MailboxPolicy,
  type MailboxPolicyId,
} from '../domain/mailbox-policy.ts';
import { normaliseNumber } from '../domain/phone-number.ts';
import type { SettingRefusal } from '../domain/setting-refusal.ts';
import { audit } from './audit.ts';
import { auditPolicyCreated, auditPolicyRemoved } from './mailbox-policies.ts';
import type { Requester } from './pin-administration.ts';
import type { Stores } from './ports/database.ts';
import { differs, FIRST_REVISION } from './revision.ts';
import { changeDetails, changedSettings, type SettingParts, type Settings, settingDetails } from './setting-changes.ts';

/** The numbers that a dial plan is called by, as `normaliseNumber` gives them. */
export type AccessNumbers = readonly [string, ...string[]];

/** What is not given has its default. */
export interface NewDialPlan extends Partial<DialPlanSettings> {
  readonly name: string;
  readonly extensionDigits: number;
  readonly accessNumbers: AccessNumbers;
}

/** What is not given stays as it is. */
export interface DialPlanChanges extends Partial<Omit<DialPlan, 'id'>> {
  readonly accessNumbers?: AccessNumbers;
}

/** A dial plan that does not exist yet: checked, and given its ids. */
export interface DraftDialPlan {
  readonly kind: 'draft';
  readonly dialPlan: DialPlan;
  readonly accessNumbers: AccessNumbers;
  readonly defaultPolicy: MailboxPolicy;
}

/** A dial plan with the numbers that it is called by. */
export interface ListedDialPlan {
  readonly dialPlan: DialPlan;
  readonly accessNumbers: AccessNumbers;
  /** From 1; advanced by every change. */
  readonly revision: number;
}

export interface CreatedDialPlan extends ListedDialPlan {
  readonly kind: 'created';
  readonly defaultPolicy: MailboxPolicy;
}

/** Why a dial plan cannot be as it is asked for. */
export type DialPlanRefusal =
  | SettingRefusal
  | { readonly kind: 'no-access-number' }
  | { readonly kind: 'not-a-number'; readonly number: string }
  | { readonly kind: 'number-twice'; readonly number: string }
  /** The number is another dial plan's. */
  | { readonly kind: 'number-taken'; readonly number: string }
  /** The name is another dial plan's, or that of its default policy another policy's. */
  | { readonly kind: 'name-taken'; readonly name: string };

export type DialPlanChanged =
  | (ListedDialPlan & {
      readonly kind: 'changed';
      /** The names of the settings that are not as they were; without any, nothing was stored. */
      readonly settings: readonly string[];
    })
  | { readonly kind: 'no-such-dial-plan' }
  /** It has been changed since whoever asks has read it; `revision` is what it has now. */
  | { readonly kind: 'revision-differs'; readonly revision: number }
  /** Mailboxes have extensions of the old length. */
  | { readonly kind: 'has-mailboxes'; readonly setting: 'extensionDigits' }
  | DialPlanRefusal;

export type DialPlanRemoved =
  | { readonly kind: 'removed' }
  | { readonly kind: 'no-such-dial-plan' }
  | { readonly kind: 'revision-differs'; readonly revision: number }
  /** Mailboxes are in it. */
  | { readonly kind: 'in-use' };

/** The numbers in the one way in which they are written, or why they cannot be access numbers. */
function normaliseAccessNumbers(numbers: readonly string[]): { readonly numbers: AccessNumbers } | DialPlanRefusal {
  const normal: string[] = [];
  for (const number of numbers) {
    const one = normaliseNumber(number);
    if (one === undefined) return { kind: 'not-a-number', number };
    if (normal.includes(one)) return { kind: 'number-twice', number: one };
    normal.push(one);
  }
  const [first, ...others] = normal;
  return first === undefined ? { kind: 'no-access-number' } : { numbers: [first, ...others] };
}

/** Checks a new dial plan and drafts it, with its default policy (SPEC §1); nothing is stored. */
export function draftDialPlan({ accessNumbers, ...wanted }: NewDialPlan): DraftDialPlan | DialPlanRefusal {
  const id = randomUUID() as string as DialPlanId;
  const dialPlan: DialPlan = normaliseDialPlan({ ...DIAL_PLAN_DEFAULTS, ...wanted, id });
  const refusal = refuseDialPlan(dialPlan);
  if (refusal !== undefined) return refusal;
  const normal = normaliseAccessNumbers(accessNumbers);
  if ('kind' in normal) return normal;
  return {
    kind: 'draft',
    dialPlan,
    accessNumbers: normal.numbers,
    defaultPolicy: {
      ...MAILBOX_POLICY_DEFAULTS,
      id: randomUUID() as string as MailboxPolicyId,
      dialPlanId: id,
      name: defaultPolicyName(dialPlan.name),
    },
  };
}

/** Who else has the name or one of the numbers of a dial plan. */
async function refuseTaken(
  stores: Stores,
  { id, name }: DialPlan,
  accessNumbers: AccessNumbers,
): Promise<DialPlanRefusal | undefined> {
  const namesake = await stores.dialPlans.byName(name);
  if (namesake !== undefined && namesake.id !== id) return { kind: 'name-taken', name };
  for (const number of accessNumbers) {
    const owner = await stores.dialPlans.byAccessNumber(number);
    if (owner !== undefined && owner.id !== id) return { kind: 'number-taken', number };
  }
  return undefined;
}

/** Everything of a dial plan that can be changed, as its audit records have it. */
function settingsOf({ id: _id, ...settings }: DialPlan, accessNumbers: AccessNumbers): Settings {
  return { ...settings, accessNumbers: accessNumbers.join(' ') };
}

/** Stores and audits a draft, or says what of it is another's; it belongs in one transaction. */
export async function storeDialPlan(
  stores: Stores,
  { dialPlan, accessNumbers, defaultPolicy }: DraftDialPlan,
  { auditSealer, clock }: Pick<SettingParts, 'auditSealer' | 'clock'>,
  by: Requester,
): Promise<DialPlanRefusal | undefined> {
  const refusal = await refuseTaken(stores, dialPlan, accessNumbers);
  if (refusal !== undefined) return refusal;
  if ((await stores.policies.byName(defaultPolicy.name)) !== undefined) {
    return { kind: 'name-taken', name: defaultPolicy.name };
  }
  await stores.dialPlans.insert(dialPlan, accessNumbers);
  await stores.policies.insert(defaultPolicy);
  const at = clock.now();
  await audit(stores, auditSealer, at, {
    action: 'dial-plan-created',
    outcome: 'done',
    ...by,
    details: { ...settingDetails(settingsOf(dialPlan, accessNumbers)), dialPlanId: dialPlan.id },
  });
  await auditPolicyCreated(stores, auditSealer, at, defaultPolicy, by);
  return undefined;
}

/** Makes a dial plan with its default policy. Throws when the database fails; nothing is stored then. */
export async function createDialPlan(
  parts: SettingParts,
  wanted: NewDialPlan,
  by: Requester,
): Promise<CreatedDialPlan | DialPlanRefusal> {
  const draft = draftDialPlan(wanted);
  if (draft.kind !== 'draft') return draft;
  const refusal = await parts.database.transact((stores) => storeDialPlan(stores, draft, parts, by));
  return refusal ?? { ...draft, kind: 'created', revision: FIRST_REVISION };
}

/** Changes settings of a dial plan; they hold from the next call on. Throws when the database fails. */
export function changeDialPlan(
  { database, auditSealer, clock }: SettingParts,
  id: DialPlanId,
  { accessNumbers: wantedNumbers, ...wanted }: DialPlanChanges,
  by: Requester,
  expectedRevision?: number,
): Promise<DialPlanChanged> {
  return database.transact(async (stores) => {
    const before = await stores.dialPlans.byId(id);
    const revision = await stores.dialPlans.revisionOf(id);
    if (before === undefined || revision === undefined) return { kind: 'no-such-dial-plan' };
    if (differs(revision, expectedRevision)) return { kind: 'revision-differs', revision };
    const numbersBefore = await stores.dialPlans.accessNumbersOf(id);
    const dialPlan: DialPlan = normaliseDialPlan({ ...before, ...wanted, id });
    const refusal = refuseDialPlan(dialPlan);
    if (refusal !== undefined) return refusal;
    const normal = normaliseAccessNumbers(wantedNumbers ?? numbersBefore);
    if ('kind' in normal) return normal;
    const accessNumbers = normal.numbers;
    const taken = await refuseTaken(stores, dialPlan, accessNumbers);
    if (taken !== undefined) return taken;
    if (dialPlan.extensionDigits !== before.extensionDigits && (await stores.dialPlans.isInUse(id))) {
      return { kind: 'has-mailboxes', setting: 'extensionDigits' };
    }
    const old = settingsOf(before, numbersBefore);
    const settings = changedSettings(old, settingsOf(dialPlan, accessNumbers));
    if (settings.length > 0) {
      await stores.dialPlans.update(dialPlan, accessNumbers);
      await audit(stores, auditSealer, clock.now(), {
        action: 'dial-plan-changed',
        outcome: 'done',
        ...by,
        details: { ...changeDetails(old, settingsOf(dialPlan, accessNumbers)), dialPlanId: id, name: before.name },
      });
    }
    return {
      kind: 'changed',
      dialPlan,
      accessNumbers,
      revision: settings.length > 0 ? revision + 1 : revision,
      settings,
    };
  });
}

/** Removes a dial plan and its policies, unless mailboxes are in it. Throws when the database fails. */
export function removeDialPlan(
  { database, auditSealer, clock }: SettingParts,
  id: DialPlanId,
  by: Requester,
  expectedRevision?: number,
): Promise<DialPlanRemoved> {
  return database.transact(async (stores) => {
    const plan = await stores.dialPlans.byId(id);
    const revision = await stores.dialPlans.revisionOf(id);
    if (plan === undefined || revision === undefined) return { kind: 'no-such-dial-plan' };
    if (differs(revision, expectedRevision)) return { kind: 'revision-differs', revision };
    if (await stores.dialPlans.isInUse(id)) return { kind: 'in-use' };
    const at = clock.now();
    for (const policy of await stores.policies.ofDialPlan(id)) {
      await stores.policies.remove(policy.id);
      await auditPolicyRemoved(stores, auditSealer, at, policy, by);
    }
    await stores.dialPlans.remove(id);
    await audit(stores, auditSealer, at, {
      action: 'dial-plan-removed',
      outcome: 'done',
      ...by,
      details: { dialPlanId: id, name: plan.name },
    });
    return { kind: 'removed' };
  });
}

/** All dial plans in the order of their names. Throws when the database fails. */
export function listDialPlans({ database }: Pick<SettingParts, 'database'>): Promise<readonly ListedDialPlan[]> {
  return database.look(async (stores) => {
    const listed: ListedDialPlan[] = [];
    for (const dialPlan of await stores.dialPlans.all()) listed.push(await listedDialPlan(stores, dialPlan));
    return listed;
  });
}

async function listedDialPlan({ dialPlans }: Stores, dialPlan: DialPlan): Promise<ListedDialPlan> {
  const accessNumbers = await dialPlans.accessNumbersOf(dialPlan.id);
  return { dialPlan, accessNumbers, revision: (await dialPlans.revisionOf(dialPlan.id)) ?? FIRST_REVISION };
}

/** A dial plan by id or, where no plan has that id, by name. Throws when the database fails. */
export function findDialPlan(
  { database }: Pick<SettingParts, 'database'>,
  identity: string,
): Promise<ListedDialPlan | undefined> {
  return database.look(async (stores) => {
    const { dialPlans } = stores;
    const found = (await dialPlans.byId(identity as DialPlanId)) ?? (await dialPlans.byName(identity));
    return found && listedDialPlan(stores, found);
  });
}

/** The dial plan that an access number belongs to; undefined for a number that is none. Throws when the database fails. */
export async function dialPlanByAccessNumber(stores: Stores, number: string): Promise<DialPlan | undefined> {
  const normal = normaliseNumber(number);
  return normal === undefined ? undefined : stores.dialPlans.byAccessNumber(normal);
}
