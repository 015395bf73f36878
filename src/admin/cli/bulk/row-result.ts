import type { View } from '../format/view.ts';

export type RowOutcome = 'Enabled' | 'AlreadyEnabled' | 'WouldEnable' | 'Refused' | 'Failed' | 'NotTried';

/** What came of one row; never a PIN. */
export interface RowResult {
  /** The line of the file. */
  readonly line: number;
  readonly identity: string;
  readonly extensions: readonly string[];
  readonly result: RowOutcome;
  /** Why, where there is more to say. */
  readonly detail: string;
}

/** Whether nothing is left to do for a row. */
export const isDone = ({ result }: RowResult): boolean => ['Enabled', 'AlreadyEnabled', 'WouldEnable'].includes(result);

export const ROW_VIEW: View = {
  list: [
    { name: 'Line', field: 'line' },
    { name: 'Identity', field: 'identity' },
    { name: 'Extensions', field: 'extensions' },
    { name: 'Result', field: 'result' },
    { name: 'Detail', field: 'detail' },
  ],
  table: ['Line', 'Identity', 'Extensions', 'Result', 'Detail'],
};
