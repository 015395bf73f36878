/** How a field of a record is written. */
export type ValueForm = 'plain' | 'moment' | 'days' | 'minutes' | 'mails';

/** One property as it is shown. */
export interface Property {
  /** As Exchange calls it, where Exchange has it. */
  readonly name: string;
  /** Where its value is in the record: names joined by dots. */
  readonly field: string;
  readonly form?: ValueForm;
}

/** How records of one kind are shown. */
export interface View {
  /** All properties, for one record. */
  readonly list: readonly Property[];
  /** Names of those that a table has room for, the most telling first. */
  readonly table: readonly string[];
}
