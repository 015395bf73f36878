import type { Cmdlet, CmdletContext, CmdletResult } from '../cmdlet.ts';
import { UsageFailure } from '../failure.ts';
import { pinOf, textOf } from '../parameter.ts';
import { obtainPin } from '../prompts.ts';
import { ENABLING_PARAMETERS, enablingBody, missingIn } from './enabling-parameters.ts';
import { PIN_NOTES } from './mailbox-pin.ts';
import { MAILBOX_VIEW } from './mailboxes.ts';

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
  const record = await api.ask({ method: 'POST', path: ['mailboxes'], query, body: enablingBody(parameters, pin) });
  const view = {
    ...MAILBOX_VIEW,
    list: [...MAILBOX_VIEW.list, { name: 'Mails', field: 'mails', form: 'mails' as const }],
  };
  return { kind: 'one', sentence: `The mailbox ${record.address} is enabled.`, record, view };
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
    ...ENABLING_PARAMETERS,
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
  run: async (context) => {
    const file = textOf(context.parameters, 'CsvFile');
    if (file === undefined) return enableOne(context);
    // Commands that read no file are not kept waiting for what reads files.
    const { enableFile } = await import('../bulk/enable-file.ts');
    return enableFile(context, file);
  },
};
