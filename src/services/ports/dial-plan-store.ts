import type { DialPlan, DialPlanId } from '../../domain/dial-plan.ts';

/** Dial plans and the numbers they are called by. Every method throws when the database fails. */
export interface DialPlanStore {
  byId(id: DialPlanId): Promise<DialPlan | undefined>;
  /** From 1, advanced by every {@link update}; undefined when there is no such plan. */
  revisionOf(id: DialPlanId): Promise<number | undefined>;
  /** The plan that an access number belongs to; the number as `normaliseNumber` gives it. */
  byAccessNumber(number: string): Promise<DialPlan | undefined>;
  /** In the order in which they were given to the plan. */
  accessNumbersOf(id: DialPlanId): Promise<readonly [string, ...string[]]>;
  /** Upper and lower case being the same; no two have the same name. */
  byName(name: string): Promise<DialPlan | undefined>;
  /** In the order of their names. */
  all(): Promise<readonly DialPlan[]>;
  /** Replaces name, settings and access numbers; false when there is no such plan. Throws when a number is another plan's. */
  update(plan: DialPlan, accessNumbers: readonly [string, ...string[]]): Promise<boolean>;
  /** Removes it with its access numbers; throws when it has a policy left. False when there was none. */
  remove(id: DialPlanId): Promise<boolean>;
  /** Whether any mailbox is in it. */
  isInUse(id: DialPlanId): Promise<boolean>;
  /** Whether there is no dial plan at all, and so nothing else either. */
  isEmpty(): Promise<boolean>;
  /** The numbers as `normaliseNumber` gives them; throws when one is a plan's already. */
  insert(plan: DialPlan, accessNumbers: readonly [string, ...string[]]): Promise<void>;
}
