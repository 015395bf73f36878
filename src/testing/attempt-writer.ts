/**
 * A process that opens attempts one after the other and says after each how many it knows to be stored, or `lost` where
 * nobody can know, until it is killed: for the tests that what a commit has reported survives that. Arguments: where the database is, a dial plan's id, an extension that
 * no mailbox has, the decoy that stands in for it.
 */
import type { CredentialId } from '../domain/credential.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { DatabaseUnavailable } from '../storage/database-unavailable.ts';
import { openDatabase } from '../storage/open-database.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from './captured-log.ts';
import { placeOf } from './database-place.ts';

const [file = '', dialPlan = '', extension = '', decoy = ''] = process.argv.slice(2);
const database = await openDatabase({ ...placeOf(file), log: new CapturedLog(), clock: systemClock });
const key = {
  dialPlan: dialPlan as DialPlanId,
  extension,
  assertedNumber: undefined,
  decoy: decoy as CredentialId,
};
const open = (): Promise<void> =>
  database.transact(async ({ credentials }) => {
    const read = await credentials.forSignIn(key);
    const { elsewhere, own } = read.state.budgets;
    const budgets = { own, elsewhere: { ...elsewhere, failures: elsewhere.failures + 1 } };
    await credentials.replace(read, { ...read.state, budgets });
  });
for (let stored = 0; ; ) {
  try {
    await open();
    process.stdout.write(`${++stored}\n`);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    process.stdout.write('lost\n');
  }
}
