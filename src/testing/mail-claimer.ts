/**
 * A process that claims every mail that is due and says of each which it is: for the test that several processes share
 * an outbox. Waits for a line on its standard input first, so that all of them begin together.
 * Arguments: where the database is, the moment that it is, in milliseconds since 1970.
 */
import { once } from 'node:events';
import { openDatabase } from '../storage/open-database.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from './captured-log.ts';
import { placeOf } from './database-place.ts';

const [file = '', now = ''] = process.argv.slice(2);
// SQLite lets whoever comes next write first, so that of three processes one may wait for long on a busy machine.
const database = await openDatabase({
  ...placeOf(file),
  log: new CapturedLog(),
  clock: systemClock,
  busyTimeout: 30_000,
});
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
for (;;) {
  const mail = await database.outbox.claim(Number(now), Number(now) + 60_000);
  if (mail === undefined) break;
  process.stdout.write(`${mail.id}\n`);
}
await database.close();
