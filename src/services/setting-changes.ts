import type { AuditDetails } from './audit.ts';
import type { ServiceParts } from './parts.ts';

/** What keeping dial plans and policies takes. */
export type SettingParts = Pick<ServiceParts, 'database' | 'auditSealer' | 'clock'>;

/** What a setting can be; a list is kept as one text. */
export type SettingValue = string | number | boolean | undefined;

export type Settings = Readonly<Record<string, SettingValue>>;

const detail = (value: SettingValue): AuditDetails[string] => value ?? null;

/** The names of the settings that differ. */
export function changedSettings(before: Settings, after: Settings): readonly string[] {
  return Object.keys(after).filter((setting) => after[setting] !== before[setting]);
}

/** Settings as an audit record has them when they come to be. */
export function settingDetails(settings: Settings): AuditDetails {
  return Object.fromEntries(Object.entries(settings).map(([setting, value]) => [setting, detail(value)]));
}

/** Settings as an audit record has them when they change: of each that differs, what it was and what it is. */
export function changeDetails(before: Settings, after: Settings): AuditDetails {
  return Object.fromEntries(
    changedSettings(before, after).flatMap((setting) => [
      [`${setting}.from`, detail(before[setting])],
      [`${setting}.to`, detail(after[setting])],
    ]),
  );
}
