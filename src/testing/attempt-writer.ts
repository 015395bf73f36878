/**
 * A process that opens attempts one after the other and says after each that it is stored, until it is killed: for the
 * test that what a commit has reported survives that. Arguments: the database file, a dial plan's id, an extension.
 */
import type { DialPlanId } from '../domain/dial-plan.ts';
import { openDatabase } from '../storage/open-database.ts';
import { CapturedLog } from './captured-log.ts';

const [file = '', dialPlan = '', extension = ''] = process.argv.slice(2);
const database = await openDatabase({ file, log: new CapturedLog() });
for (let stored = 1; ; stored++) {
  await database.credentials.openAttempt(dialPlan as DialPlanId, extension);
  process.stdout.write(`${stored}\n`);
}
