import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../services/audit-verification.ts';
import { Phone } from '../phone/phone.ts';
import { type Cluster, startCluster, UNSAFE } from '../postgres/cluster.ts';
import { type RunningService, startService } from '../service.ts';
import { keyFast } from './callers.ts';

/** What goes by a database that is away takes the three seconds for which it is asked again, on a busy machine more. */
const PATIENT = { within: 20_000 };

describe('a service whose PostgreSQL is stopped while it takes calls', () => {
  let cluster: Cluster;
  let service: RunningService;
  let phone: Phone;

  beforeAll(async () => {
    [cluster, phone] = await Promise.all([startCluster(UNSAFE), Phone.create()]);
    service = await startService({}, cluster.url('postgres'));
  });

  afterAll(async () => {
    await phone.close();
    await cluster[Symbol.asyncDispose]();
  });

  const ready = async (): Promise<{ readonly status: number; readonly database: unknown }> => {
    const answer = await fetch(`${service.app.http}/readyz`);
    const { parts } = (await answer.json()) as { readonly parts: Readonly<Record<string, unknown>> };
    return { status: answer.status, database: parts.database };
  };

  /** What was found a moment ago is told again, so the answer comes to be right within a while. */
  const comesToSay = async (status: number): Promise<unknown> => {
    const deadline = performance.now() + PATIENT.within;
    for (;;) {
      const answer = await ready();
      if (answer.status === status) return answer;
      if (performance.now() > deadline) throw new Error(`/readyz does not come to answer ${status}`);
      await sleep(50);
    }
  };

  async function dial(mailbox: { readonly extension: string }) {
    const call = await phone.call(service.uri());
    await call.heard('welcome');
    await keyFast(call, mailbox.extension);
    return call;
  }

  it('tells callers and operators so, ends their calls, keeps what was counted, and works again by itself', async () => {
    const { core } = service.app;
    const [mailbox, guessed] = [await service.stock.add(), await service.stock.add()];
    const token = (await readFile(join(service.dataDir, 'admin-token'), 'utf8')).trim();
    const [inMenu, guessing] = await Promise.all([dial(mailbox), dial(guessed)]);
    await keyFast(guessing, `${guessed.wrongPin}#`);
    await guessing.heard('sign-in-failed');
    await keyFast(inMenu, `${mailbox.pin}#`);
    await inMenu.heard('main-menu');
    expect(await ready()).toEqual({ status: 200, database: 'up' });

    const { wrongPin } = guessed;
    await keyFast(guessing, wrongPin.slice(0, 3));
    await cluster.stop('ordered');
    await keyFast(guessing, `${wrongPin.slice(3)}#`);
    // A menu needs no database; a change of the PIN does.
    await inMenu.press('6');
    await inMenu.heard('personal-options');
    await inMenu.press('3');
    const turnedAway = await phone.dial(service.uri());
    const [, , refused, unready] = await Promise.all([
      inMenu.heard('system-error', PATIENT),
      guessing.heard('system-error', PATIENT),
      fetch(`${service.app.http}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } }),
      comesToSay(503),
    ]);
    expect(unready).toEqual({ status: 503, database: 'down' });
    expect(refused.status).toBe(503);
    expect(await turnedAway.hasEnded(PATIENT.within)).toMatchObject({ kind: 'refused', status: 500 });
    for (const call of [inMenu, guessing]) {
      expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
      expect(await service.endOf(call.callId)).toMatchObject({ outcome: 'fault' });
    }

    await cluster.start();
    await comesToSay(200);
    const stored = await core.database.credentials.byMailbox(guessed.id);
    expect(stored?.state).toMatchObject({ failuresSinceSuccess: 1, attempt: undefined });
    const [again, kept] = await Promise.all([dial(guessed), dial(mailbox)]);
    await Promise.all([keyFast(again, `${guessed.pin}#`), keyFast(kept, `${mailbox.pin}#`)]);
    await Promise.all([again, kept].map((call) => call.heard('signed-in')));
    await Promise.all([again.hangUp(), kept.hangUp()]);
    expect(await verifyAudit(core.database, core.auditSealer)).toMatchObject({ kind: 'intact' });
  });

  it('stops in good order while it is away', async () => {
    await cluster.stop('ordered');
    await service.close();
    expect(service.logged('The conversation failed')).toHaveLength(2);
  });
});
