/**
 * A process that delivers what is in an outbox, until it is killed.
 * Arguments: where the database is, the port of a mail server on this machine, the moment that it is, in milliseconds since 1970.
 */

import { openDatabase } from '../../storage/open-database.ts';
import { CapturedLog } from '../captured-log.ts';
import { FakeClock } from '../clock.ts';
import { placeOf } from '../database-place.ts';
import { createTestDelivery, TEST_KEYS, transportTo } from './mail-rig.ts';

const [file = '', port = '', now = ''] = process.argv.slice(2);
const clock = new FakeClock(Number(now));
const log = new CapturedLog();
const database = await openDatabase({ ...placeOf(file), log, clock });
const transport = transportTo({ port: Number(port) });
await createTestDelivery({ database, transport, keys: TEST_KEYS, clock, log }).start();
