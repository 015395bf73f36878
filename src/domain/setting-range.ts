/** What a setting may be: a whole number from `minimum` to `maximum`, both included. */
export interface SettingRange {
  readonly minimum: number;
  readonly maximum: number;
  /** Present where it may be `unlimited` as well. */
  readonly orUnlimited?: true;
}

/** Why a setting cannot be had: which one, and what it may be. */
export interface OutOfRange extends SettingRange {
  readonly kind: 'out-of-range';
  readonly setting: string;
}

const isInRange = (value: number | 'unlimited', { minimum, maximum, orUnlimited }: SettingRange): boolean =>
  value === 'unlimited' ? orUnlimited === true : Number.isInteger(value) && value >= minimum && value <= maximum;

/** The first of the settings named by `ranges` that is not what its range lets it be; undefined when all are. */
export function outOfRange<K extends string>(
  settings: Readonly<Record<NoInfer<K>, number | 'unlimited'>>,
  ranges: Readonly<Record<K, SettingRange>>,
): OutOfRange | undefined {
  const setting = (Object.keys(ranges) as K[]).find((one) => !isInRange(settings[one], ranges[one]));
  return setting === undefined ? undefined : { kind: 'out-of-range', setting, ...ranges[setting] };
}
