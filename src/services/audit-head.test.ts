import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logger.ts';
import { createAuditSealer } from '../security/audit-sealer.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { DATABASE_KINDS, type TestDatabase } from '../testing/databases.ts';
import { audit } from './audit.ts';
import { auditHeadIn, startAuditHeads } from './audit-head.ts';

const SEALER = createAuditSealer([{ id: 'first', key: randomBytes(32) }]);
const AN_HOUR = 3_600_000;

describe.each(DATABASE_KINDS)('startAuditHeads with $name', (kind) => {
  let stored: TestDatabase;
  const clock = new FakeClock();
  let log: CapturedLog;

  beforeEach(async () => {
    stored = await kind.create();
    log = new CapturedLog();
  });

  afterEach(() => stored.dispose());

  const start = () => startAuditHeads({ audit: stored.database.audit, clock, log });
  const write = () =>
    stored.database.transact((stores) =>
      audit(stores, SEALER, clock.now(), {
        action: 'keys',
        outcome: 'done',
        actor: { kind: 'system' },
        source: { kind: 'service' },
      }),
    );
  const logged = () => log.lines.map(({ fields }) => fields);

  it('logs the head at the start and every hour, until it is stopped', async () => {
    const stop = await start();
    expect(logged()).toEqual([{ event: 'audit-head', sequence: 0, mac: '' }]);
    await write();
    await write();
    await clock.advance(AN_HOUR - 1);
    expect(log.lines).toHaveLength(1);
    await clock.advance(1);
    await expect.poll(() => log.lines.length).toBe(2);
    expect(logged()[1]).toEqual({ event: 'audit-head', sequence: 2, mac: (await stored.database.audit.head())?.mac });
    await expect.poll(() => clock.pending).toBe(1);
    stop();
    expect(clock.pending).toBe(0);
    await clock.advance(2 * AN_HOUR);
    expect(log.lines).toHaveLength(2);
  });

  it('goes on after the database has failed, and says so', async () => {
    const stop = await start();
    await stored.run('alter table audit_head rename to away');
    await clock.advance(AN_HOUR);
    await expect.poll(() => log.lines.length).toBe(2);
    expect(log.lines[1]?.level).toBe('error');
    await stored.run('alter table away rename to audit_head');
    await expect.poll(() => clock.pending).toBe(1);
    await clock.advance(AN_HOUR);
    await expect.poll(() => log.lines.length).toBe(3);
    expect(log.lines[2]).toMatchObject({ level: 'info', fields: { event: 'audit-head' } });
    stop();
  });

  it('says nothing of a database that was closed after it was stopped', async () => {
    const stop = await start();
    await clock.advance(AN_HOUR);
    stop();
    await stored.database.close();
    await clock.advance(AN_HOUR);
    expect(log.lines.every(({ level }) => level === 'info')).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe('auditHeadIn', () => {
  it('reads what the log of the program holds', () => {
    const lines: string[] = [];
    const mac = SEALER.seal('', 'one');
    createLogger('info', { write: (line) => lines.push(line) }).info(
      { event: 'audit-head', sequence: 7, mac },
      'The head',
    );
    expect(lines.map(auditHeadIn)).toEqual([{ sequence: 7, mac }]);
  });

  it.each([
    '',
    'audit-head',
    '{"event":"audit-head","sequence":7',
    '{"event":"audit-head"}',
    '{"event":"audit-head","sequence":"7","mac":"a"}',
    '{"event":"audit-head","sequence":7.5,"mac":"a"}',
    '{"event":"sign-in","about":"audit-head","sequence":7,"mac":"a"}',
    '["audit-head"]',
    '"audit-head"',
  ])('takes %j for no head', (line) => {
    expect(auditHeadIn(line)).toBeUndefined();
  });
});
