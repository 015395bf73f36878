/** What a setting may be: a whole number from `minimum` to `maximum`, both included. */
export interface SettingRange {
  readonly minimum: number;
  readonly maximum: number;
}

/** Why settings cannot be had: which one, and what it may be. */
export interface SettingRefusal extends SettingRange {
  readonly kind: 'out-of-range';
  readonly setting: string;
}

/** The first of the settings named by `ranges` that is not a whole number in its range; undefined when all are. */
export function outOfRange<K extends string>(
  settings: Readonly<Record<NoInfer<K>, number>>,
  ranges: Readonly<Record<K, SettingRange>>,
): SettingRefusal | undefined {
  for (const setting of Object.keys(ranges) as K[]) {
    const { minimum, maximum } = ranges[setting];
    const value = settings[setting];
    if (!Number.isInteger(value) || value < minimum || value > maximum) {
      return { kind: 'out-of-range', setting, minimum, maximum };
    }
  }
  return undefined;
}
