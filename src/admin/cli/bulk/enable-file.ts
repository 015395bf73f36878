import { realpath } from 'node:fs/promises';
import { join, parse as parsePath } from 'node:path';
import type { CmdletContext, CmdletResult } from '../cmdlet.ts';
import { ENABLING_PARAMETERS, enablingBody, missingIn } from '../cmdlets/enabling-parameters.ts';
import { MANAGERS } from '../cmdlets/identity.ts';
import { UsageFailure } from '../failure.ts';
import { type BoundParameters, listOf, pinOf, textOf } from '../parameter.ts';
import type { Secret } from '../secret.ts';
import { type CsvRow, readCsvRows } from './csv-rows.ts';
import { enableRow } from './enable-row.ts';
import { ResultFile } from './result-file.ts';
import { ROW_VIEW } from './row-result.ts';
import { runRows } from './run-rows.ts';

/** What is a user's own, so that a file alone can say it of many. */
const OWN = ['Identity', 'Extensions', 'DisplayName', 'Alias', 'PhoneNumbers', 'Pin'];

/** Enables the mailboxes of a file; what came of each row is written beside it. */
export async function enableFile(context: CmdletContext, file: string): Promise<CmdletResult> {
  const { parameters, api, host, whatIf } = context;
  const own = OWN.find((name) => parameters.has(name));
  if (own !== undefined) {
    throw new UsageFailure(`-${own} is for one mailbox; with -CsvFile it is a column of the file.`);
  }
  const rows = (await readCsvRows(file, ENABLING_PARAMETERS)).map((row) => withDefaults(row, parameters));
  const resultPath = textOf(parameters, 'ResultFile') ?? resultFileOf(file);
  // A dry run leaves nothing behind.
  await using results = whatIf ? undefined : await ResultFile.create(resultPath);
  const enabler = {
    api,
    pause: host.pause,
    whatIf,
    file: await realpath(file),
    parameters: ENABLING_PARAMETERS,
    roles: MANAGERS,
  };
  const run = await runRows(
    {
      rows,
      whatIf,
      nameOf: ({ parameters: row }) => ({
        identity: textOf(row, 'Identity') ?? '',
        extensions: listOf(row, 'Extensions') ?? [],
      }),
      enable: (row, signal) => enableRow({ ...enabler, signal }, enablingBody(row.parameters, pinIn(row))),
      noted: async (result) => results?.add(result),
    },
    host,
  );
  const { exitCode, notice } = run;
  const records = run.results.map((one) => ({ ...one }));
  return { kind: 'many', records, view: ROW_VIEW, more: false, exitCode, ...(notice === undefined ? {} : { notice }) };
}

function pinIn({ parameters }: CsvRow): Secret | undefined {
  const source = pinOf(parameters, 'Pin');
  return source?.kind === 'given' ? source.pin : undefined;
}

/** What the command line says holds for every row that does not say it itself. */
function withDefaults(row: CsvRow, defaults: BoundParameters): CsvRow {
  const shared = ENABLING_PARAMETERS.flatMap(({ name }) => {
    const value = defaults.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  const parameters = new Map([...shared, ...row.parameters]);
  const missing = missingIn(parameters);
  const wrong = row.wrong ?? (missing.length === 0 ? undefined : `${missing.join(' and ')} must be given.`);
  return { ...row, parameters, wrong };
}

function resultFileOf(file: string): string {
  const { dir, name } = parsePath(file);
  return join(dir, `${name}.results.csv`);
}
