import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../storage/open-database.ts';
import { systemClock } from '../system-clock.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { placeOf } from '../testing/database-place.ts';
import { POSTGRES } from '../testing/databases.ts';
import { type CommitFate, DatabaseCable } from '../testing/postgres/database-cable.ts';
import { runOn } from '../testing/postgres/postgres-databases.ts';
import { connectTo } from '../testing/postgres/shared-cluster.ts';
import { openTestParts } from '../testing/service-parts.ts';
import { createSignInRig, EXTENSION, PIN, type SignInRig, STRANGER, wrongPin } from '../testing/sign-in-rig.ts';
import { verifyAudit } from './audit-verification.ts';
import type { Database } from './ports/database.ts';
import type { SignIn, SignInVerdict } from './sign-in.ts';
import { createSignIn } from './sign-in-service.ts';

describe('a sign-in whose database is on a server', () => {
  let rig: SignInRig;
  let cable: DatabaseCable;
  /** The same database by way of the cable. */
  let far: Database;
  let signIn: SignIn;

  beforeEach(async () => {
    rig = await createSignInRig({ kind: POSTGRES });
    const url = new URL(rig.service.stored.path);
    cable = await DatabaseCable.to(Number(url.port));
    url.port = String(cable.port);
    const log = new CapturedLog();
    far = await openDatabase({ ...placeOf(url.href), log, clock: systemClock });
    const { keyFile, clock } = rig.service;
    signIn = await createSignIn(await openTestParts({ database: far, clock, log, keyFile }));
  });

  afterEach(async () => {
    cable.restore();
    await far.close();
    await cable.close();
    await rig.dispose();
  });

  const attempt = (pin: string): Promise<SignInVerdict> =>
    signIn.attempt(rig.plan.dialPlan.id, EXTENSION, pin, STRANGER);

  const failures = async (): Promise<number> => (await rig.state()).failuresSinceSuccess;

  async function expectSound(): Promise<void> {
    const { database, auditSealer } = rig.service;
    expect(await verifyAudit(database, auditSealer)).toMatchObject({ kind: 'intact' });
  }

  it.each<CommitFate>(['before', 'after'])(
    'loses no failure and counts none twice when the connection is lost %s a commit',
    async (fate) => {
      for (let count = 1; count <= 3; count++) {
        cable.loseCommit(fate);
        expect(await attempt(wrongPin(count))).toMatchObject({ kind: 'failed' });
        expect(await failures()).toBe(count);
      }
      cable.loseCommit(fate);
      expect(await attempt(PIN)).toMatchObject({ kind: 'signed-in' });
      expect(await failures()).toBe(0);
      const outcomes = (await rig.audited()).filter(({ action }) => action === 'sign-in').map(({ outcome }) => outcome);
      expect(outcomes).toEqual(['failed', 'failed', 'failed', 'signed-in']);
      await expectSound();
    },
  );

  it('goes on when an operator, or a server that shuts down, ends its connections', async () => {
    const terminate = () =>
      runOn(
        rig.service.stored.path,
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'touchtone' and pid <> pg_backend_pid()",
      );
    const attempts = Array.from({ length: 12 }, async (_, number) => {
      await sleep(10 * number);
      return (await attempt(wrongPin(number))).kind;
    });
    for (let time = 0; time < 6; time++) {
      await terminate();
      await sleep(25);
    }
    const kinds = await Promise.all(attempts);
    expect(kinds.filter((kind) => kind === 'failed' || kind === 'pin-reset')).toHaveLength(12);
    expect(await failures()).toBe(12);
    await expectSound();
  });

  it('is reported while the database is away, checks nothing then, and works again by itself', async () => {
    cable.cut();
    await expect(attempt(PIN)).rejects.toMatchObject({ name: 'DatabaseUnavailable' });
    expect(await failures()).toBe(0);
    cable.restore();
    expect(await attempt(PIN)).toMatchObject({ kind: 'signed-in' });
    await expectSound();
  });

  it('is done again when it and another transaction are in each other’s way', async () => {
    await rig.service.database.pinKeys.insert({ keyId: 'one', check: '' });
    await rig.service.database.pinKeys.insert({ keyId: 'two', check: '' });
    await using other = await beginOther(rig.service.stored.path);
    let runs = 0;
    const done = far.transact(async ({ pinKeys }) => {
      const check = `run ${++runs}`;
      await pinKeys.update({ keyId: 'one', check });
      if (runs === 1) other.take('one');
      await pinKeys.update({ keyId: 'two', check });
    });
    await other.end();
    await done;
    expect(runs).toBe(2);
    const keys = (await far.pinKeys.all()).filter(({ keyId }) => ['one', 'two'].includes(keyId));
    expect(keys.map(({ check }) => check)).toEqual(['run 2', 'run 2']);
  });
});

interface OtherTransaction extends AsyncDisposable {
  /** Asks for a key that somebody else has, and waits for it. */
  take(key: string): void;
  /** Ends it as soon as it has what it waits for. */
  end(): Promise<void>;
}

/** A transaction that has the key `two`, and is never the one that is given up when two are in each other's way. */
async function beginOther(url: string): Promise<OtherTransaction> {
  const client = await connectTo(url);
  const update = (key: string) => client.query("update pin_key set check_value = 'other' where id = $1", [key]);
  const { promise: asked, resolve: askedFor } = Promise.withResolvers<Promise<unknown>>();
  await client.query("begin; set local deadlock_timeout = '1min'");
  await update('two');
  return {
    take: (key) => askedFor(update(key)),
    end: async () => {
      await asked;
      await client.query('commit');
    },
    [Symbol.asyncDispose]: () => client.end(),
  };
}
