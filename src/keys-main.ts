/** Looks after the key file of DATA_DIR (`npm run keys`). */
import { parseArgs } from 'node:util';
import {
  type CommandParts,
  type CommandResult,
  givenBy,
  openForCommand,
  runCommand,
  UsageError,
} from './command-line.ts';
import { readKeyFile } from './security/key-file.ts';
import { type KeyChangeOptions, type KeyStatus, keyStatus, retireKeys, rotateKeys } from './security/key-rotation.ts';
import { useAlone } from './storage/use-alone.ts';
import { systemClock } from './system-clock.ts';

const USAGE = `Usage: npm run keys -- status | rotate | retire
  status  the keys of the key file, and how much in the database needs each
  rotate  puts a new key in front; the service uses it from its next start on
  retire  takes out the keys that nothing needs any more; the service must be stopped
Exit code: 0 done, 2 not done.`;

const COLUMNS: readonly (readonly [title: string, of: (key: KeyStatus) => string | number])[] = [
  ['key', ({ keyId }) => keyId],
  ['role', ({ role }) => role],
  ['PINs', ({ mailboxes }) => mailboxes],
  ['PIN history', ({ history }) => history],
  ['PINs in mails', ({ sealedPins }) => sealedPins],
  ['decoys', ({ decoys }) => decoys],
  ['audit records', ({ auditRecords }) => auditRecords],
];

function table(status: readonly KeyStatus[]): string {
  const rows = [COLUMNS.map(([title]) => title), ...status.map((key) => COLUMNS.map(([, of]) => String(of(key))))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return rows.map((row) => `${line(row).trimEnd()}\n`).join('');
}

async function status({ config, database, log }: CommandParts): Promise<string> {
  const file = config.secretKeyFile;
  const keys = await keyStatus(await readKeyFile({ file, pinKeys: database.pinKeys, log }), database);
  const toRetire = keys.filter(({ role }) => role === 'audit-only' || role === 'unused').map(({ keyId }) => keyId);
  const advice = toRetire.length === 0 ? '' : `\`npm run keys -- retire\` would take out ${toRetire.join(', ')}.\n`;
  return `${table(keys)}${advice}`;
}

const changeWith = ({ config, database, log }: CommandParts): KeyChangeOptions => ({
  file: config.secretKeyFile,
  database,
  log,
  at: systemClock.now(),
  by: givenBy(),
});

async function rotate(parts: CommandParts): Promise<string> {
  const id = await rotateKeys(changeWith(parts));
  const { secretKeyFile } = parts.config;
  return [
    `A new key, ${id}, is in front in ${secretKeyFile}.`,
    'Restart the service: a running one goes on with the keys that it read at its start.',
    'Then copy the file to where its copy is kept, for that one lacks the new key.',
    '',
  ].join('\n');
}

async function retire(parts: CommandParts): Promise<string> {
  const lock = await useAlone(parts.config.database);
  try {
    const { toAudit, removed } = await retireKeys(changeWith(parts));
    if (toAudit.length + removed.length === 0) return 'Nothing was taken out: every key is current or needed.\n';
    const sentences = [
      ...(removed.length === 0 ? [] : [`Taken out: ${removed.join(', ')}.`]),
      ...(toAudit.length === 0 ? [] : [`Taken out but for what checks audit records: ${toAudit.join(', ')}.`]),
      'Replace the copy of the key file, too.',
    ];
    return `${sentences.join('\n')}\n`;
  } finally {
    await lock.release();
  }
}

interface Command {
  readonly use: 'change' | 'read';
  /** Answers what is to be said. */
  run(parts: CommandParts): Promise<string>;
}

const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['status', { use: 'read', run: status }],
  ['rotate', { use: 'change', run: rotate }],
  ['retire', { use: 'change', run: retire }],
]);

async function main(): Promise<CommandResult> {
  const { positionals } = parseArgs({ allowPositionals: true, options: {} });
  const command = positionals.length === 1 ? COMMANDS.get(positionals[0] ?? '') : undefined;
  if (command === undefined) throw new UsageError('Say one of status, rotate and retire.');
  await using parts = await openForCommand(command.use);
  process.stdout.write(await command.run(parts));
  return 'done';
}

await runCommand(USAGE, main);
