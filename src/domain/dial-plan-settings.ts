import type { DialPlan } from './dial-plan.ts';
import { outOfRange, type SettingRange, type SettingRefusal } from './setting-range.ts';

/** The settings of a dial plan that have a default (SPEC §1): all but what tells it from the others. */
export type DialPlanSettings = Omit<DialPlan, 'id' | 'name' | 'extensionDigits'>;

/** What a dial plan has that nobody has changed (SPEC §1). */
export const DIAL_PLAN_DEFAULTS: DialPlanSettings = {
  logonFailuresBeforeDisconnect: 3,
  inputFailuresBeforeDisconnect: 3,
  maxCallDuration: 30,
  defaultLanguage: 'en-US',
};

/** Ranges of the settings that are numbers, both ends included; `maxCallDuration` is in minutes (SPEC §1). */
export const DIAL_PLAN_RANGES = {
  extensionDigits: { minimum: 1, maximum: 20 },
  logonFailuresBeforeDisconnect: { minimum: 1, maximum: 20 },
  inputFailuresBeforeDisconnect: { minimum: 1, maximum: 20 },
  maxCallDuration: { minimum: 10, maximum: 120 },
} as const satisfies Readonly<Record<string, SettingRange>>;

/** The first setting that is not a whole number within its range (SPEC §1); undefined when all are. */
export function refuseDialPlan(settings: Omit<DialPlan, 'id' | 'name'>): SettingRefusal | undefined {
  return outOfRange(settings, DIAL_PLAN_RANGES);
}
