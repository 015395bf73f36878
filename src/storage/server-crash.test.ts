import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../services/ports/database.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { placeOf } from '../testing/database-place.ts';
import { DECOYS, insertMailbox, PLAN } from '../testing/directory-rows.ts';
import { type Cluster, startCluster } from '../testing/postgres/cluster.ts';
import { DatabaseCable } from '../testing/postgres/database-cable.ts';
import { rowsIn } from '../testing/postgres/postgres-databases.ts';
import { openDatabase } from './open-database.ts';

/** So many attempts are reported between one crash of the server and the next. */
const ROUND = 40;

describe('a server all of whose processes are killed at once', () => {
  let cluster: Cluster;
  let url: string;
  let database: Database;

  const open = (at: string) => openDatabase({ ...placeOf(at), log: new CapturedLog(), clock: systemClock });

  beforeAll(async () => {
    // What is not committed stays in memory, so that a crash is sure to lose it.
    cluster = await startCluster(['fsync=on', 'synchronous_commit=on', 'wal_writer_delay=10s']);
    url = cluster.url('postgres');
    database = await open(url);
    await insertMailbox(database);
  });

  afterAll(async () => {
    await database.close();
    await cluster[Symbol.asyncDispose]();
  });

  const crash = async (): Promise<void> => {
    await cluster.stop('kill');
    await cluster.start();
  };

  it('has everything that was reported as stored, however often', async () => {
    const writer = fileURLToPath(new URL('../testing/attempt-writer.ts', import.meta.url));
    const child = spawn(process.execPath, [writer, url, PLAN.id, '99999', DECOYS[0]], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    let [reported, lost] = [0, 0];
    for await (const line of createInterface(child.stdout)) {
      if (line === 'lost') lost += 1;
      else reported = Number(line);
      if (reported === ROUND || reported === 2 * ROUND || reported === 3 * ROUND) await crash();
      if (reported >= 4 * ROUND) child.kill('SIGKILL');
    }
    await exit;
    expect(reported).toBeGreaterThanOrEqual(4 * ROUND);
    const decoy = (await rowsIn(url)).find(({ table, values }) => table === 'credential' && values.id === DECOYS[0]);
    const counted = Number(decoy?.values.elsewhere_failures);
    expect(counted).toBeGreaterThanOrEqual(reported);
    // The last one may have been committed before it could be reported.
    expect(counted - reported).toBeLessThanOrEqual(lost + 1);
  });

  it('gives the number of a lost transaction to another, which is not taken for it', async () => {
    await using opened = new AsyncDisposableStack();
    const cable = await DatabaseCable.to(cluster.port);
    opened.defer(() => cable.close());
    const far = await open(url.replace(String(cluster.port), String(cable.port)));
    opened.defer(() => far.close());
    const cut = cable.cutAtCommit();
    let runs = 0;
    const written = far.transact(async ({ sourceFailures }) => {
      runs += 1;
      await sourceFailures.add('lost', 1);
    });
    const isSaidToBeStored = written.then(
      () => true,
      () => false,
    );
    await cut;
    await crash();
    for (let count = 0; count < 3; count++) {
      await database.transact(({ sourceFailures }) => sourceFailures.add('another', count));
    }
    cable.restore();
    expect(await isSaidToBeStored).toBe((await database.sourceFailures.count('lost', 0)) === 1);
    expect(runs).toBe(1);
  });
});
