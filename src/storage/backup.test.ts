import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KeyFileRefused } from '../security/key-file-refused.ts';
import { verifyAudit } from '../services/audit-verification.ts';
import type { Database } from '../services/ports/database.ts';
import { createSignIn } from '../services/sign-in-service.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { placeOf } from '../testing/database-place.ts';
import { POSTGRES } from '../testing/databases.ts';
import { createEmpty, type EmptyDatabase } from '../testing/postgres/empty-database.ts';
import { postgresPrograms } from '../testing/postgres/programs.ts';
import { openTestParts } from '../testing/service-parts.ts';
import { createSignInRig, EXTENSION, PIN, type SignInRig, STRANGER } from '../testing/sign-in-rig.ts';
import { openDatabase } from './open-database.ts';

const run = promisify(execFile);

describe('a backup of a database on a server, by pg_dump', () => {
  let rig: SignInRig;
  let folder: string;
  let restored: EmptyDatabase;
  let database: Database;

  beforeEach(async () => {
    rig = await createSignInRig({ kind: POSTGRES });
    await rig.wrong(2);
    folder = await mkdtemp(join(tmpdir(), 'touchtone-backup-'));
    restored = await createEmpty();
    const file = join(folder, 'touchtone.dump');
    const programs = postgresPrograms() ?? '';
    // While the service runs.
    await run(join(programs, 'pg_dump'), ['--format=custom', '--no-owner', `--file=${file}`, rig.service.stored.path]);
    const into = `--dbname=${restored.url}`;
    await run(join(programs, 'pg_restore'), ['--exit-on-error', '--no-owner', '--single-transaction', into, file]);
    database = await openDatabase({ ...placeOf(restored.url), log: new CapturedLog(), clock: new FakeClock() });
  });

  afterEach(async () => {
    await database.close();
    await restored[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
    await rig.dispose();
  });

  it('is restored with every row, and lets users sign in where the key file is', async () => {
    const { keyFile, clock, log } = rig.service;
    const parts = await openTestParts({ database, clock, log, keyFile });
    const read = await database.credentials.byMailbox(rig.mailbox.id);
    expect(read).toEqual(await rig.credential());
    expect(read?.state.failuresSinceSuccess).toBe(2);
    expect(await verifyAudit(database, parts.auditSealer)).toEqual(
      await verifyAudit(rig.service.database, parts.auditSealer),
    );
    const signIn = await createSignIn(parts);
    const verdict = await signIn.attempt(rig.plan.dialPlan.id, EXTENSION, PIN, STRANGER);
    expect(verdict).toMatchObject({ kind: 'signed-in', session: { failures: { count: 2 } } });
    const records = await database.audit.find({ action: 'sign-in', outcome: 'signed-in' }, undefined, 5, 100);
    expect(records.found).toHaveLength(1);
  });

  it('is refused without its key file, with a sentence that says so', async () => {
    const error = await openTestParts({
      database,
      clock: rig.service.clock,
      log: new CapturedLog(),
      keyFile: join(folder, 'another.json'),
    }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(KeyFileRefused);
    expect(String(error)).toMatch(/is missing, and without it no stored PIN can be checked; put it back/);
  });
});
