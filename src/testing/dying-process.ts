/**
 * A process that does something to one mailbox and kills itself, as an operator's SIGKILL would, when so many statements
 * of it are done; or that lives to the end and leaves a copy of its database behind each statement, which is what would
 * be found if it had died there. Then it says in one line of JSON which statements there were, by their first words.
 * Arguments: where the database is, the key file, a dial plan's id, an extension, after how many statements to die or the
 * folder for the copies (`1.db`, `1.db-wal`, `2.db` …), and what to do: `reset` has an administrator reset the PIN;
 * `change`, a PIN and a new one have the user sign in and change it;
 * `try` and PINs have callers key them, one after the other.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { createPinAdministration } from '../services/pin-administration-service.ts';
import { createPinChanges } from '../services/pin-changes-service.ts';
import { createSignIn } from '../services/sign-in-service.ts';
import { openDatabase } from '../storage/open-database.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from './captured-log.ts';
import { placeOf } from './database-place.ts';
import { openTestParts } from './service-parts.ts';
import { STRANGER } from './sign-in-rig.ts';
import { BY_TEST } from './test-service.ts';

const [file = '', keyFile = '', dialPlan = '', extension = '', lifetime = '', task = '', ...pins] =
  process.argv.slice(2);
const statements: string[] = [];
let isCounting = false;

function onStatement(sql: string): void {
  if (!isCounting) return;
  statements.push(sql.split(' ', 1)[0] ?? '');
  if (Number.isInteger(Number(lifetime))) {
    if (statements.length === Number(lifetime)) process.kill(process.pid, 'SIGKILL');
    return;
  }
  // What a killed process has written is in the system's hands: it is in the files as they are now.
  for (const kind of ['', '-wal']) {
    copyFileSync(`${file}${kind}`, join(lifetime, `${statements.length}.db${kind}`));
  }
}

const log = new CapturedLog();
const database = await openDatabase({ ...placeOf(file), log, clock: systemClock, onStatement });
const parts = await openTestParts({ database, clock: systemClock, log, keyFile });
const signIn = await createSignIn(parts);
const attempt = (pin: string) => signIn.attempt(dialPlan as DialPlanId, extension, pin, STRANGER);

async function reset(): Promise<void> {
  const mailbox = await database.mailboxes.byNumber(dialPlan as DialPlanId, extension);
  if (mailbox === undefined) throw new Error('There is no such mailbox');
  await createPinAdministration(parts).reset(mailbox.id, {}, BY_TEST);
}

async function change([pin = '', newPin = '']: readonly string[]): Promise<void> {
  const verdict = await attempt(pin);
  if (verdict.kind !== 'signed-in') throw new Error(`The sign-in is ${verdict.kind}`);
  const changed = await createPinChanges(parts).change(verdict.session, newPin, STRANGER);
  if (changed.kind !== 'changed') throw new Error(`The change is ${changed.kind}`);
}

isCounting = true;
if (task === 'reset') await reset();
if (task === 'change') await change(pins);
if (task === 'try') for (const pin of pins) await attempt(pin);
isCounting = false;
process.stdout.write(`${JSON.stringify(statements)}\n`);
await database.close();
