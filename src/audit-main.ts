/** Verifies the audit trail of DATA_DIR (`npm run audit`), also while the service runs. */
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { type CommandResult, openForCommand, runCommand, UsageError } from './command-line.ts';
import { errorCode } from './domain/error-code.ts';
import { createAuditSealer } from './security/audit-sealer.ts';
import { readKeyFile } from './security/key-file.ts';
import { auditHeadIn } from './services/audit-head.ts';
import { type AuditBreak, type AuditVerdict, type NotedHead, verifyAudit } from './services/audit-verification.ts';

const USAGE = `Usage: npm run audit -- [--log FILE]... [--head NUMBER:LINK]...
  --log FILE          the service's log; each head in it must still be in the trail. - is standard input
  --head NUMBER:LINK  a head that was noted elsewhere
Exit code: 0 the trail is intact, 1 it is not, 2 that cannot be said.`;

const WHAT_IS_WRONG: Readonly<Record<AuditBreak, string>> = {
  missing: 'it is missing',
  altered: 'it, or the one before it, is not as it was sealed',
  'key-unknown': 'it names a key that the key file does not have',
  'beyond-head': 'the head of the trail, which was altered, does not reach it',
  'head-differs': 'the head of the trail, which ought to be this record, was altered',
  'cut-off': 'it is missing, and so are all that came after it',
  'noted-differs': 'it is not the one that was there when its head was noted',
};

function parseHead(text: string): NotedHead {
  const [, sequence, mac] = /^([1-9]\d{0,14}):([A-Za-z0-9+/]{43}=)$/.exec(text) ?? [];
  if (sequence === undefined || mac === undefined) throw new UsageError(`${text} is not a head, NUMBER:LINK.`);
  return { sequence: Number(sequence), mac };
}

async function headsIn(file: string): Promise<readonly NotedHead[]> {
  const heads: NotedHead[] = [];
  const input = file === '-' ? process.stdin : createReadStream(file, 'utf8');
  try {
    // Opened before it is read by lines, which would not tell that it cannot be.
    if (input !== process.stdin) await once(input, 'open');
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      const head = auditHeadIn(line);
      if (head !== undefined) heads.push(head);
    }
  } catch (error) {
    throw new Error(`The log ${file} cannot be read (${errorCode(error)}).`, { cause: error });
  }
  if (heads.length === 0) throw new Error(`The log ${file} tells no head of an audit trail.`);
  return heads;
}

function sentenceOf(verdict: AuditVerdict, noted: number): string {
  if (verdict.kind === 'broken') {
    return `The audit trail is broken at record ${verdict.sequence}: ${WHAT_IS_WRONG[verdict.how]}.`;
  }
  const { records, head } = verdict;
  const size = head === undefined ? 'is empty' : `is intact: ${records} records, head ${head.sequence}:${head.mac}`;
  const compared =
    noted === 0
      ? 'that nothing was cut off at its end only --log and --head can show'
      : `all heads that were noted elsewhere (${noted}) are in it`;
  return `The audit trail ${size}; ${compared}.`;
}

async function verify(): Promise<CommandResult> {
  const options = { log: { type: 'string', multiple: true }, head: { type: 'string', multiple: true } } as const;
  const { values } = parseArgs({ options });
  // Before the trail is read: what is logged meanwhile would be beyond its end.
  const noted = (values.head ?? []).map(parseHead);
  for (const file of values.log ?? []) noted.push(...(await headsIn(file)));
  await using parts = await openForCommand('read');
  const { config, database, log } = parts;
  const { keys, retired } = await readKeyFile({ file: config.secretKeyFile, pinKeys: database.pinKeys, log });
  const verdict = await verifyAudit(database, createAuditSealer(keys, retired), noted);
  process.stdout.write(`${sentenceOf(verdict, noted.length)}\n`);
  return verdict.kind === 'intact' ? 'done' : 'bad';
}

await runCommand(USAGE, verify);
