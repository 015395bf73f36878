/**
 * A process of its own that tries PINs at one mailbox, all at the same instant, as soon as a line arrives on its standard
 * input; then it says in one line of JSON what they came to. Arguments: where the database is, the key file, a dial plan's
 * id, an extension, and the PINs.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { createSignIn } from '../services/sign-in-service.ts';
import { openDatabase } from '../storage/open-database.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from './captured-log.ts';
import { placeOf } from './database-place.ts';
import type { Guessed } from './guessing-processes.ts';
import { openTestParts } from './service-parts.ts';
import { hasherWith, STRANGER } from './sign-in-rig.ts';

const [file = '', keyFile = '', dialPlan = '', extension = '', ...pins] = process.argv.slice(2);
const log = new CapturedLog();
// SQLite lets whoever comes next write first, so that of three processes one may wait for long on a busy machine.
const database = await openDatabase({ ...placeOf(file), log, clock: systemClock, busyTimeout: 30_000 });
const parts = await openTestParts({ database, clock: systemClock, log, keyFile });
let checked = 0;
const hasher = hasherWith(parts.hasher, {
  matches: (pin, ...check) => {
    if (pins.includes(pin)) checked++;
    return parts.hasher.matches(pin, ...check);
  },
});
const signIn = await createSignIn({ ...parts, hasher });
const input = createInterface({ input: process.stdin });
process.stdout.write('ready\n');
await once(input, 'line');
const verdicts = await Promise.all(
  pins.map((pin) =>
    signIn.attempt(dialPlan as DialPlanId, extension, pin, { ...STRANGER, callId: `call ${process.pid}` }),
  ),
);
const guessed: Guessed = { checked, kinds: verdicts.map(({ kind }) => kind) };
process.stdout.write(`${JSON.stringify(guessed)}\n`);
await database.close();
// Until here it has kept the process alive, which waiting timers do not.
input.close();
