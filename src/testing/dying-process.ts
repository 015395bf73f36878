/**
 * A process that keys wrong PINs at one mailbox, one after the other, and kills itself, as an operator's SIGKILL would,
 * when so many statements of them are done. When it lives to the end it says in one line of JSON which statements there
 * were, by their first words. Arguments: the database file, the key file, a dial plan's id, an extension, after how many
 * statements to die, and the PINs.
 */
import type { DialPlanId } from '../domain/dial-plan.ts';
import { createSignIn } from '../services/sign-in-service.ts';
import { openDatabase } from '../storage/open-database.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from './captured-log.ts';
import { openTestParts } from './service-parts.ts';
import { STRANGER } from './sign-in-rig.ts';

const [file = '', keyFile = '', dialPlan = '', extension = '', lifetime = '', ...pins] = process.argv.slice(2);
const statements: string[] = [];
let isCounting = false;

function onStatement(sql: string): void {
  if (!isCounting) return;
  statements.push(sql.split(' ', 1)[0] ?? '');
  if (statements.length === Number(lifetime)) process.kill(process.pid, 'SIGKILL');
}

const log = new CapturedLog();
const database = await openDatabase({ file, log, clock: systemClock, onStatement });
const parts = await openTestParts({ database, clock: systemClock, log, keyFile });
const signIn = await createSignIn(parts);
isCounting = true;
for (const pin of pins) await signIn.attempt(dialPlan as DialPlanId, extension, pin, STRANGER);
isCounting = false;
process.stdout.write(`${JSON.stringify(statements)}\n`);
await database.close();
