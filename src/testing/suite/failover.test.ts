import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../services/audit-verification.ts';
import type { AccessTokenId } from '../../services/ports/access-token-store.ts';
import { openDatabase } from '../../storage/open-database.ts';
import { systemClock } from '../../system-clock.ts';
import { CapturedLog } from '../captured-log.ts';
import { placeOf } from '../database-place.ts';
import type { StockedMailbox } from '../mailbox-stock.ts';
import { Phone } from '../phone/phone.ts';
import { type Cluster, startCluster } from '../postgres/cluster.ts';
import { DatabaseCable } from '../postgres/database-cable.ts';
import { connectTo } from '../postgres/shared-cluster.ts';
import { type RunningService, startService } from '../service.ts';
import { keyFast } from './callers.ts';

/** Who guess at the same time, each at a mailbox of its own. */
const GUESSERS = 4;

/** Guesses that each makes before the primary dies, and after the other has taken over, at the least. */
const ROUNDS = 2;

const PATIENT = { within: 20_000 };

const SOURCE = { callId: 'a guess', peer: '198.51.100.7', peerIsTrusted: false };

/** What one has been told of guesses; those that were interrupted were counted, or never looked at. */
interface Told {
  failed: number;
  interrupted: number;
}

async function ask(cluster: Cluster, statement: string): Promise<readonly unknown[]> {
  const client = await connectTo(cluster.url('postgres'));
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

async function until(wanted: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENT.within;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${wanted}`);
    await sleep(20);
  }
}

/** A standby that every commit waits for, as deploy/README.md says it is to be set up. */
async function follow(primary: Cluster): Promise<Cluster> {
  const standby = await startCluster(['fsync=off'], primary);
  await ask(primary, "alter system set synchronous_standby_names = 'ANY 1 (standby1)'");
  await ask(primary, 'select pg_reload_conf()');
  const states = "select 1 from pg_stat_replication where sync_state = 'quorum'";
  await until('the standby to be synchronous', async () => (await ask(primary, states)).length === 1);
  return standby;
}

describe('a service whose primary PostgreSQL dies, and whose standby takes over', () => {
  const opened = new AsyncDisposableStack();
  let primary: Cluster;
  let standby: Cluster;
  let address: DatabaseCable;
  let service: RunningService;
  let phone: Phone;

  beforeAll(async () => {
    primary = opened.use(await startCluster(['fsync=off']));
    address = await DatabaseCable.to(primary.port);
    opened.defer(() => address.close());
    const url = new URL(primary.url('postgres'));
    url.port = String(address.port);
    const unlimited = { SOURCE_FAILURES_SLOWED: 'unlimited', SOURCE_FAILURES_REFUSED: 'unlimited' };
    service = await startService(unlimited, url.href);
    standby = opened.use(await follow(primary));
    phone = await Phone.create();
    opened.defer(() => service.close());
    opened.defer(() => phone.close());
  });

  afterAll(() => opened.disposeAsync());

  /** Guesses until it is told to stop. */
  async function guess({ dialPlanId, extension, wrongPin }: StockedMailbox, told: Told, isOver: () => boolean) {
    const source = { callId: `guesses at ${extension}`, peer: '198.51.100.7', peerIsTrusted: false };
    while (!isOver()) {
      const kind = await service.app.core.signIn.attempt(dialPlanId, extension, wrongPin, source).then(
        (verdict) => verdict.kind,
        (error: Error) => error.name,
      );
      if (kind === 'failed') told.failed += 1;
      else if (kind === 'DatabaseUnavailable') told.interrupted += 1;
      else throw new Error(`A guess was ${kind}`);
    }
  }

  it('has nobody wait for long while its only standby is away, loses no guess of then, and goes on with the standby', async () => {
    const { id, dialPlanId, extension, wrongPin } = await service.stock.add();
    const { signIn, database } = service.app.core;
    const guess = () => signIn.attempt(dialPlanId, extension, wrongPin, SOURCE);
    const readiness = async () => {
      const answer = await fetch(`${service.app.http}/readyz`);
      const { parts } = (await answer.json()) as { readonly parts: Readonly<Record<string, unknown>> };
      return [answer.status, parts.database];
    };
    expect(await readiness()).toEqual([200, 'up']);
    await standby.stop('ordered');
    const began = performance.now();
    await expect(guess()).rejects.toMatchObject({ name: 'DatabaseUnavailable', interruption: 'unknown' });
    await expect(guess()).rejects.toMatchObject({ name: 'DatabaseUnavailable', interruption: 'refused' });
    const asideOfTransactions = database.accessTokens.used('none' as AccessTokenId, 0);
    await expect(asideOfTransactions).rejects.toMatchObject({ name: 'DatabaseUnavailable', interruption: 'refused' });
    // Six seconds and one; a commit in PostgreSQL waits for ever.
    expect(performance.now() - began).toBeLessThan(20_000);
    // What was found when all was well is told for a while.
    await until('/readyz to say so', async () => (await readiness()).join() === '503,stuck');
    await standby.start();
    await until('/readyz to answer 200', async () => (await readiness()).join() === '200,up');
    // The first was counted before its PIN was looked at, which it never was; the second was not looked at, either.
    const stored = await database.credentials.byMailbox(id);
    expect(stored?.state).toMatchObject({ failuresSinceSuccess: 1, budgets: { elsewhere: { failures: 1 } } });
    expect(stored?.state.attempt).toBeDefined();
  });

  it('counts on the new one every failure that anybody was told of, and goes on', async () => {
    const settings = { logonFailuresBeforePinReset: 'unlimited', maxLogonAttempts: 999 } as const;
    const policyId = await service.stock.addPolicy(settings);
    const mailboxes = await Promise.all(Array.from({ length: GUESSERS + 1 }, () => service.stock.add({ policyId })));
    const [called, ...guessed] = mailboxes;
    if (called === undefined) throw new Error('There are mailboxes');
    const inCall = await phone.call(service.uri());
    await inCall.heard('welcome');
    await keyFast(inCall, `${called.extension}${called.wrongPin}#`);
    await inCall.heard('sign-in-failed');

    let isOver = false;
    const told = guessed.map(() => ({ failed: 0, interrupted: 0 }));
    const guesses = guessed.map((mailbox, number) => guess(mailbox, told[number] as Told, () => isOver));
    const isToldTimes = (since: readonly Told[]) =>
      told.every(({ failed }, n) => failed - (since[n]?.failed ?? 0) >= ROUNDS);
    const watched = Promise.all(guesses);
    await Promise.race([watched, until('guesses', () => isToldTimes([]))]);
    await primary.stop('kill');
    await ask(standby, 'select pg_promote()');
    address.turn(standby.port);
    const taken = told.map((one) => ({ ...one }));
    await Promise.race([watched, until('guesses at the new primary', () => isToldTimes(taken))]);
    isOver = true;
    await watched;

    // Read past the service, at the server that has taken over.
    const database = await openDatabase({
      ...placeOf(standby.url('postgres')),
      log: new CapturedLog(),
      clock: systemClock,
    });
    opened.defer(() => database.close());
    const stored = await Promise.all(guessed.map(({ id }) => database.credentials.byMailbox(id)));
    for (const [number, { failed, interrupted }] of told.entries()) {
      const counted = stored[number]?.state.failuresSinceSuccess ?? 0;
      expect(counted - failed).toBeGreaterThanOrEqual(0);
      expect(counted - failed).toBeLessThanOrEqual(interrupted);
    }
    // The call has gone through it all.
    await keyFast(inCall, `${called.pin}#`);
    await inCall.heard('signed-in', PATIENT);
    await inCall.heard('failure-one', PATIENT);
    await inCall.hangUp();
    expect((await fetch(`${service.app.http}/readyz`)).status).toBe(200);
    expect(await verifyAudit(database, service.app.core.auditSealer)).toMatchObject({ kind: 'intact' });
  });
});
