import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MailboxId } from '../../domain/mailbox.ts';
import type { MailboxPolicyId } from '../../domain/mailbox-policy.ts';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { BuiltInSqliteDialect } from '../dialects/sqlite-dialect.ts';
import { openSqliteFile } from '../dialects/sqlite-file.ts';
import { migrate } from '../migrate.ts';
import { openDatabase } from '../open-database.ts';
import type { Schema } from '../schema.ts';
import { migrationsFor } from './migrations.ts';

const clock = new FakeClock();

/** More mailboxes than are read at a time. */
const MAILBOXES = 2_500;

const ENTRY = '{"action":"pin-reset","actor":{"kind":"administrator","name":"Ann"},"outcome":"done"}';

/** What the version before wrote, in the tables that change or are referred to. */
const ROWS_FROM_BEFORE = `
  insert into dial_plan (id, name, extension_digits, logon_failures_before_disconnect, input_failures_before_disconnect,
    max_call_duration, default_language) values ('plan-1', 'One', 5, 3, 3, 30, 'en-US');
  insert into access_number values ('5000', 'plan-1', 0);
  insert into mailbox_policy (id, dial_plan_id, name, min_pin_length, pin_history_count, allow_common_patterns,
    allow_subscriber_access) values ('policy-1', 'plan-1', 'One Default Policy', 8, 7, 1, 0);
  insert into pin_key values ('key-1', 'check');
  with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${MAILBOXES})
    insert into mailbox (id, dial_plan_id, policy_id, address, display_name, language, subscriber_access, alias)
    select 'mailbox-' || n, 'plan-1', 'policy-1', 'User' || n || '@contoso.com', 'Zoë ' || n, 'en-US', 1, 'U' || n
    from numbers;
  insert into mailbox_extension select 'plan-1', 50000 + rowid, id, 0 from mailbox;
  insert into credential select 'credential-' || id, id, '$hash', 'key-1', 3, 2, 1, 0, 0, 0, null, null, null,
    null, null, null, 1, 7, 8, 9, 0, 0, 1 from mailbox;
  insert into pin_history select id, 1, pin_hash, pin_key_id, 9 from credential;
  insert into outbox values ('mail-1', 1, 'mailbox-1', 'pin-reset', '{}', 'sealed', 'key-1', 5, 'refused', 3, 6, 7, 'No');
  insert into audit_record values (1, 11, '${ENTRY}', 'mailbox-1', 'key-1', 'mac-1'), (2, 12, 'x', null, 'key-1', 'mac-2');
  update audit_head set sequence = 2, key_id = 'key-1', mac = 'mac-2';`;

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchtone-migration-'));
  file = join(folder, 'touchtone.db');
  const all = Object.entries(migrationsFor('sqlite', clock));
  const before = Object.fromEntries(all.filter(([name]) => name < '0003'));
  const kysely = new Kysely<Schema>({ dialect: new BuiltInSqliteDialect(openSqliteFile(file, 0)) });
  await migrate(kysely, before, file, new CapturedLog());
  await kysely.destroy();
  using database = new DatabaseSync(file);
  database.exec(ROWS_FROM_BEFORE);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** All rows of all tables, by table. */
function contents(): ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]> {
  using database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("select name from sqlite_schema where type = 'table' order by name").all();
  const rowsOf = (table: string) => database.prepare(`select * from "${table}"`).all();
  return new Map(tables.map(({ name }) => [String(name), rowsOf(String(name))]));
}

describe('a database of the version before', () => {
  it('keeps every row of every table, and every column', async () => {
    const before = contents();
    const database = await openDatabase({ file, log: new CapturedLog(), clock });
    await database.close();
    const after = contents();
    expect([...after.keys()]).toEqual(expect.arrayContaining([...before.keys()]));
    for (const [table, rows] of before) {
      if (table.startsWith('kysely')) continue;
      expect(after.get(table)?.length, table).toBe(rows.length);
      expect(after.get(table), table).toMatchObject(rows.map((row) => ({ ...row })));
    }
  });

  it('has first revisions, and changes advance them', async () => {
    const database = await openDatabase({ file, log: new CapturedLog(), clock });
    const policy = (await database.policies.byId('policy-1' as MailboxPolicyId)) ?? expect.fail();
    expect(await database.policies.revisionOf(policy.id)).toBe(1);
    expect(await database.dialPlans.revisionOf(policy.dialPlanId)).toBe(1);
    await database.policies.update(policy);
    expect(await database.policies.revisionOf(policy.id)).toBe(2);
    const [read] = await database.mailboxes.byIds(['mailbox-7' as MailboxId]);
    expect(read).toMatchObject({ revision: 1, mailbox: { displayName: 'Zoë 7' } });
    await database.close();
  });

  it('has each of its mailboxes and records found', async () => {
    const database = await openDatabase({ file, log: new CapturedLog(), clock });
    const find = async (search: string): Promise<number> =>
      (await database.mailboxes.find({ now: 0, search }, undefined, 5_000, 5_000)).found.length;
    expect([await find('zoe'), await find('zoe 2500'), await find('USER1234@'), await find('u2499')]).toEqual([
      MAILBOXES,
      1,
      1,
      1,
    ]);
    const { found } = await database.audit.find({ actor: 'Ann', action: 'pin-reset' }, undefined, 9, 9);
    expect(found.map(({ sequence }) => sequence)).toEqual([1]);
    await database.close();
  });

  it('is brought up to date once', async () => {
    for (const _time of [1, 2]) await (await openDatabase({ file, log: new CapturedLog(), clock })).close();
    using database = new DatabaseSync(file, { readOnly: true });
    const names = database.prepare('select name from kysely_migration order by name').all();
    expect(names.map(({ name }) => name)).toEqual(Object.keys(migrationsFor('sqlite', clock)));
  });
});
