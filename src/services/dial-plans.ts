import { randomUUID } from 'node:crypto';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import { type DialPlanSettings, refuseDialPlan } from '../domain/dial-plan-settings.ts';
import {
  defaultPolicyName,
  MAILBOX_POLICY_DEFAULTS,
  type MailboxPolicy,
  type MailboxPolicyId,
} from '../domain/mailbox-policy.ts';
import { normaliseNumber } from '../domain/phone-number.ts';
import type { SettingRefusal } from '../domain/setting-range.ts';
import type { Stores } from './ports/database.ts';

export interface NewDialPlan extends DialPlanSettings {
  readonly name: string;
  readonly extensionDigits: number;
  readonly accessNumbers: readonly [string, ...string[]];
}

/** A dial plan that does not exist yet: checked, and given its ids. */
export interface DraftDialPlan {
  readonly kind: 'draft';
  readonly dialPlan: DialPlan;
  readonly accessNumbers: readonly [string, ...string[]];
  readonly defaultPolicy: MailboxPolicy;
}

export type DialPlanRefusal = SettingRefusal | { readonly kind: 'not-a-number'; readonly number: string };

/** Checks a new dial plan and drafts it, with its default policy (SPEC §1); nothing is stored. */
export function draftDialPlan({ accessNumbers, ...plan }: NewDialPlan): DraftDialPlan | DialPlanRefusal {
  const refusal = refuseDialPlan(plan);
  if (refusal !== undefined) return refusal;
  const numbers: string[] = [];
  for (const number of accessNumbers) {
    const normal = normaliseNumber(number);
    if (normal === undefined) return { kind: 'not-a-number', number };
    numbers.push(normal);
  }
  const [first = '', ...others] = numbers;
  const dialPlan = { ...plan, id: randomUUID() as string as DialPlanId };
  return {
    kind: 'draft',
    dialPlan,
    accessNumbers: [first, ...others],
    defaultPolicy: {
      ...MAILBOX_POLICY_DEFAULTS,
      id: randomUUID() as string as MailboxPolicyId,
      dialPlanId: dialPlan.id,
      name: defaultPolicyName(plan.name),
    },
  };
}

/** Stores a draft; it belongs in one transaction. Throws when its name or a number is another's. */
export async function storeDialPlan(stores: Stores, draft: DraftDialPlan): Promise<void> {
  await stores.dialPlans.insert(draft.dialPlan, draft.accessNumbers);
  await stores.policies.insert(draft.defaultPolicy);
}

/** The dial plan that an access number belongs to; undefined for a number that is none. Throws when the database fails. */
export async function dialPlanByAccessNumber(stores: Stores, number: string): Promise<DialPlan | undefined> {
  const normal = normaliseNumber(number);
  return normal === undefined ? undefined : stores.dialPlans.byAccessNumber(normal);
}
