import type { CmdletResult } from '../cmdlet.ts';
import { formatList } from './list.ts';
import { formatTable } from './table.ts';

export const OUTPUT_FORMATS = ['Json', 'Table', 'List'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/**
 * What a result looks like on standard output: several records are a table and one is a list, unless another form was
 * asked for; JSON is what the API answered, moments in UTC.
 *
 * @param width characters in a line of a table.
 */
export function formatResult(result: CmdletResult, format: OutputFormat | undefined, width: number): string {
  const records = result.kind === 'many' ? result.records : [result.record];
  if (format === 'Json') return `${JSON.stringify(result.kind === 'many' ? records : records[0], undefined, 2)}\n`;
  const sentence = result.kind === 'many' || result.sentence === undefined ? '' : `${result.sentence}\n`;
  if (result.kind === 'done' && format === undefined) return sentence;
  if (records.length === 0) return '';
  const asTable = format === 'Table' || (format === undefined && result.kind === 'many');
  return sentence + (asTable ? formatTable(records, result.view, width) : formatList(records, result.view));
}
