import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KIND } from '../testing/databases.ts';
import { createTestService, type TestService } from '../testing/test-service.ts';
import { AccessRefusals } from './access-refusals.ts';

describe.each([DEFAULT_KIND])('refusals on $name', (kind) => {
  let service: TestService;
  let refusals: AccessRefusals;
  beforeEach(async () => {
    service = await createTestService({ kind });
    refusals = new AccessRefusals(service);
  });
  afterEach(() => service.dispose());

  async function refuse(address: string, times = 1): Promise<void> {
    const refusal = {
      action: 'authentication-failed',
      actor: { kind: 'unknown' },
      reason: 'no-token',
      details: {},
    } as const;
    await Promise.all(Array.from({ length: times }, () => refusals.record({ ...refusal, address })));
  }
  async function recorded(): Promise<readonly { source: unknown; reason: string; details: { unrecorded?: number } }[]> {
    return (await service.database.audit.from(1, 1_000)).map(({ entry }) => JSON.parse(entry));
  }
  async function endOfMinute(): Promise<void> {
    await service.clock.advance(60_000);
    await expect.poll(() => service.clock.pending).toBe(0);
    // Whoever waits for the database has had it when the next one has.
    await service.database.transact(async () => undefined);
  }

  it('are recorded one by one, ten of a source in a minute, and the rest is counted', async () => {
    await refuse('192.0.2.1', 1_000);
    await refuse('192.0.2.2');
    expect(await recorded()).toHaveLength(11);
    await endOfMinute();
    await expect.poll(async () => (await recorded()).length).toBe(12);
    expect((await recorded()).at(-1)).toMatchObject({
      source: { kind: 'http', address: '192.0.2.1' },
      reason: 'too-many-to-record',
      details: { unrecorded: 990 },
    });
    await refuse('192.0.2.1', 3);
    expect(await recorded()).toHaveLength(15);
  });

  it('take a /64 of IPv6 for one source', async () => {
    for (let host = 1; host <= 20; host++) await refuse(`2001:db8::${host.toString(16)}`);
    expect(await recorded()).toHaveLength(10);
    await refuse('2001:db8:0:1::1');
    expect(await recorded()).toHaveLength(11);
  });

  it('fill the database from no number of sources', async () => {
    for (let source = 0; source < 500; source++) await refuse(`10.0.${source >> 8}.${source & 255}`, 2);
    expect(await recorded()).toHaveLength(30);
    await refusals.close();
    const records = await recorded();
    expect(records).toHaveLength(31);
    expect(records.at(-1)).toMatchObject({ source: { kind: 'service' }, details: { unrecorded: 970 } });
  });

  it('that cannot be recorded are told to whoever wants them recorded; counted ones are logged', async () => {
    await refuse('192.0.2.1', 15);
    await service.stored.run('alter table audit_head rename to away');
    await expect(refuse('192.0.2.2')).rejects.toThrow();
    await refusals.close();
    expect(service.log.lines.at(-1)).toMatchObject({ level: 'error', fields: { lost: 5 } });
    await service.stored.run('alter table away rename to audit_head');
  });
});
