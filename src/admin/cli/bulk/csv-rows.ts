import { readFile } from 'node:fs/promises';
import { CsvError, type Options, parse } from 'csv-parse/sync';
import { errorCode } from '../../../domain/error-code.ts';
import { UsageFailure } from '../failure.ts';
import type { BoundParameters, Parameter, ParameterValue } from '../parameter.ts';
import { type ReadValue, readValue } from '../parameter-values.ts';

/** One row of a file, or why it cannot be used. */
export interface CsvRow {
  /** The line of the file that it ends in. */
  readonly line: number;
  readonly parameters: BoundParameters;
  /** Names parameters, and repeats no value. */
  readonly wrong: string | undefined;
}

interface RawRow {
  readonly record: readonly string[];
  readonly line: number;
}

/**
 * Reads a file of comma-separated values (RFC 4180) whose first line names parameters, in UTF-8 with or without a byte
 * order mark. Semicolons between the columns, which spreadsheets write in some countries, are noticed. An empty cell is
 * a parameter that was not given; an empty line is none.
 *
 * @throws UsageFailure when the file as a whole cannot be used: nothing of it was carried out then.
 */
export async function readCsvRows(file: string, parameters: readonly Parameter[]): Promise<readonly CsvRow[]> {
  const text = await readText(file);
  const delimiter = /^[^,\r\n]*;[^,\r\n]*(\r|\n|$)/.test(text) ? ';' : ',';
  const [header, ...rows] = parseRows(text, delimiter, file);
  if (header === undefined) throw new UsageFailure(`${file} is empty; its first line has to name parameters.`);
  const columns = header.record.map((name) => columnOf(name, parameters, file));
  const twice = columns.find((one, at) => one !== undefined && columns.indexOf(one) !== at);
  if (twice !== undefined) throw new UsageFailure(`${file} has two columns for ${twice.name}.`);
  return rows.map(({ record, line }) => readRow(record, line, columns));
}

async function readText(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw new UsageFailure(`${file} cannot be read (${errorCode(error) ?? 'unknown error'}).`);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UsageFailure(`${file} is not UTF-8; save it as "CSV UTF-8".`);
  }
}

function parseRows(text: string, delimiter: string, file: string): readonly RawRow[] {
  const rows: RawRow[] = [];
  const settings: Options = { delimiter, relax_column_count: true, skip_records_with_empty_values: true, trim: true };
  try {
    parse(text, { ...settings, on_record: (record, { lines }) => void rows.push({ record, line: lines }) });
    return rows;
  } catch (error) {
    // The parser's own message may repeat what is in the file.
    if (!(error instanceof CsvError)) throw error;
    throw new UsageFailure(
      `${file} is not CSV near line ${String(error.lines ?? '?')}: see that quotes are closed and doubled inside.`,
    );
  }
}

const plain = (name: string): string => name.replace(/[\s_-]/g, '').toLowerCase();

/** The parameter that a column is for; undefined for a column without a name. */
function columnOf(name: string, parameters: readonly Parameter[], file: string): Parameter | undefined {
  if (name === '') return undefined;
  const parameter = parameters.find((one) =>
    [one.name, ...(one.aliases ?? [])].some((known) => plain(known) === plain(name)),
  );
  if (parameter !== undefined) return parameter;
  const known = parameters.map((one) => one.name).join(', ');
  throw new UsageFailure(
    `The first line of ${file} has a name that is no parameter. There can be columns for ${known}.`,
  );
}

function readRow(record: readonly string[], line: number, columns: readonly (Parameter | undefined)[]): CsvRow {
  // Cells of such a row may be under the wrong names, a PIN among them, so that none of them is believed or shown.
  if (record.length !== columns.length) {
    const wrong = `The row has ${record.length} cells instead of ${columns.length}.`;
    return { line, parameters: new Map(), wrong };
  }
  const bound = new Map<string, ParameterValue>();
  let wrong: string | undefined;
  for (const [at, parameter] of columns.entries()) {
    const text = record[at] ?? '';
    if (text === '') continue;
    const read = parameter === undefined ? UNNAMED : readCell(parameter, text);
    if (read.kind === 'value') bound.set(parameter?.name ?? '', read.value);
    else wrong ??= `${parameter?.name ?? 'A column without a name'} takes ${read.wanted}.`;
  }
  return { line, parameters: bound, wrong };
}

const UNNAMED: ReadValue = { kind: 'unreadable', wanted: 'nothing' };

/** In a cell, semicolons may separate what commas do elsewhere; a PIN is the PIN itself. */
function readCell(parameter: Parameter, text: string): ReadValue {
  if (parameter.kind === 'pin' && text === '-') return { kind: 'unreadable', wanted: 'a PIN' };
  return readValue(parameter, parameter.kind === 'list' ? text.replaceAll(';', ',') : text);
}
