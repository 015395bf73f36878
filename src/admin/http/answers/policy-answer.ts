import type { ListedPolicy } from '../../../services/mailbox-policies.ts';
import type { MailboxPolicy } from '../schemas/mailbox-policies.ts';

/** A mailbox policy as it is answered. */
export function policyAnswer({ policy, dialPlan }: Pick<ListedPolicy, 'policy' | 'dialPlan'>): MailboxPolicy {
  const { dialPlanId: _dialPlanId, ...settings } = policy;
  return { ...settings, dialPlan };
}
