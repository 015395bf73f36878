import type { DialPlan } from './dial-plan.ts';
import { isExtension } from './extension.ts';
import { outOfRange, type SettingRange } from './setting-range.ts';
import type { SettingRefusal } from './setting-refusal.ts';
import { normaliseLanguage, normaliseName } from './setting-text.ts';

/** The settings of a dial plan that have a default (SPEC §1): all but what tells it from the others. */
export type DialPlanSettings = Omit<DialPlan, 'id' | 'name' | 'extensionDigits'>;

/** What a dial plan has that nobody has changed (SPEC §1). */
export const DIAL_PLAN_DEFAULTS: DialPlanSettings = {
  logonFailuresBeforeDisconnect: 3,
  inputFailuresBeforeDisconnect: 3,
  maxCallDuration: 30,
  maxRecordingDuration: 20,
  recordingIdleTimeout: 5,
  operatorExtension: undefined,
  defaultLanguage: 'en-US',
  voipSecurity: 'unsecured',
};

/** Ranges of the settings that are numbers, both ends included, in the units of {@link DialPlan} (SPEC §1). */
export const DIAL_PLAN_RANGES = {
  extensionDigits: { minimum: 1, maximum: 20 },
  logonFailuresBeforeDisconnect: { minimum: 1, maximum: 20 },
  inputFailuresBeforeDisconnect: { minimum: 1, maximum: 20 },
  maxCallDuration: { minimum: 10, maximum: 120 },
  maxRecordingDuration: { minimum: 1, maximum: 100 },
  recordingIdleTimeout: { minimum: 2, maximum: 10 },
} as const satisfies Readonly<Record<string, SettingRange>>;

/** Most characters of a dial plan's name: the name of its default policy, which is longer, has at most 64. */
export const DIAL_PLAN_NAME_MAXIMUM = 49;

/** The dial plan as it is stored: its name and language each in the one way they are written, what is neither as it is. */
export function normaliseDialPlan<T extends Omit<DialPlan, 'id'>>(plan: T): T {
  return {
    ...plan,
    name: normaliseName(plan.name, DIAL_PLAN_NAME_MAXIMUM) ?? plan.name,
    defaultLanguage: normaliseLanguage(plan.defaultLanguage) ?? plan.defaultLanguage,
  };
}

/** The first rule of SPEC §1 that refuses a dial plan; undefined when all let it pass. */
export function refuseDialPlan(plan: Omit<DialPlan, 'id'>): SettingRefusal | undefined {
  if (normaliseName(plan.name, DIAL_PLAN_NAME_MAXIMUM) === undefined) {
    return { kind: 'not-a-name', setting: 'name', maximum: DIAL_PLAN_NAME_MAXIMUM };
  }
  const refusal = outOfRange(plan, DIAL_PLAN_RANGES);
  if (refusal !== undefined) return refusal;
  const { maxCallDuration, extensionDigits, operatorExtension } = plan;
  if (plan.maxRecordingDuration > maxCallDuration) {
    const setting = 'maxRecordingDuration';
    return { kind: 'exceeds-setting', setting, limit: 'maxCallDuration', maximum: maxCallDuration };
  }
  if (operatorExtension !== undefined && !isExtension(operatorExtension, extensionDigits)) {
    return { kind: 'not-an-extension', setting: 'operatorExtension', extensionDigits };
  }
  if (normaliseLanguage(plan.defaultLanguage) === undefined) {
    return { kind: 'not-a-language', setting: 'defaultLanguage' };
  }
  return undefined;
}
