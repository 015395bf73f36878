import { realpath } from 'node:fs/promises';
import { join, parse as parsePath } from 'node:path';
import type { ApiRecord } from '../api-record.ts';
import { type CsvRow, readCsvRows } from '../bulk/csv-rows.ts';
import { enableRow } from '../bulk/enable-row.ts';
import { ResultFile } from '../bulk/result-file.ts';
import { ROW_VIEW } from '../bulk/row-result.ts';
import { runRows } from '../bulk/run-rows.ts';
import type { Cmdlet, CmdletContext, CmdletResult } from '../cmdlet.ts';
import { UsageFailure } from '../failure.ts';
import { type BoundParameters, fieldsOf, listOf, type Parameter, pinOf, textOf } from '../parameter.ts';
import { obtainPin } from '../prompts.ts';
import type { Secret } from '../secret.ts';
import { MANAGERS } from './identity.ts';
import { NOTIFY_PARAMETERS, PIN_EXPIRED_PARAMETER, PIN_NOTES, PIN_PARAMETER } from './mailbox-pin.ts';
import { EXTENSIONS_PARAMETER, MAILBOX_SETTINGS, MAILBOX_VIEW, POLICY_PARAMETER } from './mailboxes.ts';

const IDENTITY: Parameter = {
  name: 'Identity',
  aliases: ['PrimarySmtpAddress', 'EmailAddress', 'UserPrincipalName'],
  kind: 'text',
  positional: true,
  field: 'address',
  help: 'The address of the user, which becomes the user id.',
};

/** What each row of a file may hold, too. */
const ROW_PARAMETERS: readonly Parameter[] = [
  IDENTITY,
  POLICY_PARAMETER,
  { ...EXTENSIONS_PARAMETER, aliases: ['Extension'] },
  ...MAILBOX_SETTINGS,
  PIN_PARAMETER,
  PIN_EXPIRED_PARAMETER,
  ...NOTIFY_PARAMETERS,
];

/** What is a user's own, so that a file alone can say it of many. */
const OWN = ['Identity', 'Extensions', 'DisplayName', 'Alias', 'PhoneNumbers', 'Pin'];
const NEEDED = ['Identity', 'UMMailboxPolicy', 'Extensions'];

const missingIn = (parameters: BoundParameters): readonly string[] => NEEDED.filter((name) => !parameters.has(name));

/** The body of the request. Exchange knows the user's name; here the address tells it where nothing else does. */
function bodyOf(parameters: BoundParameters, pin: Secret | undefined): ApiRecord {
  const [local] = (textOf(parameters, 'Identity') ?? '').split('@');
  return {
    displayName: local,
    ...fieldsOf(parameters, ROW_PARAMETERS),
    ...(pin === undefined ? {} : { pin: pin.reveal() }),
  };
}

async function enableOne({ parameters, api, host, whatIf }: CmdletContext): Promise<CmdletResult> {
  const missing = missingIn(parameters);
  if (missing.length > 0) {
    throw new UsageFailure(
      `${missing.map((name) => `-${name}`).join(' and ')} must be given, or -CsvFile; -? shows how.`,
    );
  }
  const source = pinOf(parameters, 'Pin');
  const pin = source === undefined ? undefined : await obtainPin(source, host);
  const query = { whatIf: whatIf || undefined };
  const record = await api.ask({ method: 'POST', path: ['mailboxes'], query, body: bodyOf(parameters, pin) });
  const view = {
    ...MAILBOX_VIEW,
    list: [...MAILBOX_VIEW.list, { name: 'Mails', field: 'mails', form: 'mails' as const }],
  };
  return { kind: 'one', sentence: `The mailbox ${record.address} is enabled.`, record, view };
}

async function enableFile(context: CmdletContext, file: string): Promise<CmdletResult> {
  const { parameters, api, host, whatIf } = context;
  const own = OWN.find((name) => parameters.has(name));
  if (own !== undefined)
    throw new UsageFailure(`-${own} is for one mailbox; with -CsvFile it is a column of the file.`);
  const rows = (await readCsvRows(file, ROW_PARAMETERS)).map((row) => withDefaults(row, parameters));
  const resultPath = textOf(parameters, 'ResultFile') ?? resultFileOf(file);
  // A dry run leaves nothing behind.
  await using results = whatIf ? undefined : await ResultFile.create(resultPath);
  const enabler = {
    api,
    pause: host.pause,
    whatIf,
    file: await realpath(file),
    parameters: ROW_PARAMETERS,
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
      enable: (row, signal) => enableRow({ ...enabler, signal }, bodyOf(row.parameters, pinIn(row))),
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
  const shared = ROW_PARAMETERS.flatMap(({ name }) => {
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

export const ENABLE_MAILBOX: Cmdlet = {
  name: 'Enable-UMMailbox',
  synopsis: 'Enables a mailbox, or all those of a CSV file, and mails each user the welcome with the PIN.',
  effect: 'changes',
  intent: (parameters) =>
    parameters.has('CsvFile')
      ? 'enable the mailboxes of the file'
      : `enable the mailbox ${textOf(parameters, 'Identity') ?? ''}`.trim(),
  parameters: [
    ...ROW_PARAMETERS,
    { name: 'CsvFile', kind: 'text', help: 'A file with a mailbox in each line; see below.' },
    {
      name: 'ResultFile',
      kind: 'text',
      help: 'Where the result of each row is written; FILE.results.csv when absent.',
    },
  ],
  notes: [
    'DisplayName is the part of the address before the @ when absent. PinExpired is true when absent.',
    'A CSV file (RFC 4180, UTF-8) names parameters in its first line: Identity, Extensions, DisplayName, Pin and so on, in any case. Several extensions in a cell are separated by semicolons. What is not in the file, such as -UMMailboxPolicy, can be given on the command line for all. Have the spreadsheet keep extensions and PINs as text, or it takes leading zeros away.',
    'A row that is refused stops no other. The command can be given again at any time, after Ctrl-C, too: rows whose mailbox is there with the same extension count as done. -WhatIf checks every row and does nothing. The results never hold a PIN; the file itself may, so keep it to yourself and delete it.',
    ...PIN_NOTES,
  ],
  examples: [
    {
      command:
        "Enable-UMMailbox -Identity tonysmith@contoso.com -UMMailboxPolicy 'Contoso Default Policy' -Extensions 51234 -DisplayName 'Tony Smith'",
      what: 'Enables one with a generated PIN.',
    },
    {
      command: "Enable-UMMailbox -CsvFile users.csv -UMMailboxPolicy 'Contoso Default Policy' -WhatIf",
      what: 'Tries a file out.',
    },
    {
      command: "Enable-UMMailbox -CsvFile users.csv -UMMailboxPolicy 'Contoso Default Policy'",
      what: 'Enables all of it.',
    },
  ],
  run: (context) => {
    const file = textOf(context.parameters, 'CsvFile');
    return file === undefined ? enableOne(context) : enableFile(context, file);
  },
};
