import stringWidth from 'string-width';
import { shownProperty } from './value.ts';
import type { Property, View } from './view.ts';

/** No column is made narrower than this to have room for others. */
const NARROWEST = 10;

interface Column {
  readonly name: string;
  readonly cells: readonly string[];
  readonly isNumber: boolean;
  width: number;
}

/**
 * Records as PowerShell's Format-Table prints them.
 *
 * @param width characters in a line: wide columns are cut first, then the last ones left out. Infinity for no limit.
 */
export function formatTable(
  records: readonly Readonly<Record<string, unknown>>[],
  { list, table }: View,
  width: number,
): string {
  const properties = table.flatMap((name) => list.find((one) => one.name === name) ?? []);
  const columns = narrowed(
    properties.map((property) => columnOf(records, property)),
    width,
  );
  const line = (cellOf: (column: Column) => string): string =>
    columns
      .map((column, at) => padded(cellOf(column), column, at === columns.length - 1))
      .join(' ')
      .trimEnd();
  const rows = records.map((_, row) => line(({ cells }) => cells[row] ?? ''));
  return ['', line(({ name }) => name), line(({ name }) => '-'.repeat(stringWidth(name))), ...rows, '', ''].join('\n');
}

function columnOf(records: readonly Readonly<Record<string, unknown>>[], property: Property): Column {
  const cells = records.map((record) => shownProperty(record, property));
  const width = cells.reduce((widest, cell) => Math.max(widest, stringWidth(cell)), stringWidth(property.name));
  const filled = cells.filter((cell) => cell !== '');
  return { name: property.name, cells, width, isNumber: filled.length > 0 && filled.every((one) => /^\d+$/.test(one)) };
}

function narrowed(columns: readonly Column[], width: number): readonly Column[] {
  const taken = (): number => columns.reduce((sum, column) => sum + column.width, columns.length - 1);
  for (let over = taken() - width; over > 0; over = taken() - width) {
    const [widest, next] = [...columns].sort((one, other) => other.width - one.width);
    if (widest === undefined || widest.width <= NARROWEST) break;
    const floor = Math.max(NARROWEST, Math.min(next?.width ?? NARROWEST, widest.width - 1));
    widest.width = Math.max(floor, widest.width - over);
  }
  return taken() > width && columns.length > 1 ? narrowed(columns.slice(0, -1), width) : columns;
}

function padded(cell: string, { width, isNumber }: Column, isLast: boolean): string {
  const shown = cut(cell, width);
  const blanks = ' '.repeat(Math.max(0, width - stringWidth(shown)));
  if (isNumber) return blanks + shown;
  return isLast ? shown : shown + blanks;
}

/** As much of a text as a column has room for; three dots stand for the rest. */
function cut(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let shown = '';
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(shown + segment) > width - 1) break;
    shown += segment;
  }
  return `${shown}…`;
}
