import type { ListedDialPlan } from '../../../services/dial-plans.ts';
import type { DialPlan } from '../schemas/dial-plans.ts';

/** A dial plan as it is answered. */
export function dialPlanAnswer({
  dialPlan,
  accessNumbers,
}: Pick<ListedDialPlan, 'dialPlan' | 'accessNumbers'>): DialPlan {
  return { ...dialPlan, accessNumbers: [...accessNumbers], operatorExtension: dialPlan.operatorExtension ?? null };
}
