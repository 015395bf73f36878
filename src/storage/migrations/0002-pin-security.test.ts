import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CredentialId, CredentialState } from '../../domain/credential.ts';
import type { DialPlanId } from '../../domain/dial-plan.ts';
import { DIAL_PLAN_DEFAULTS } from '../../domain/dial-plan-settings.ts';
import { newCredentialState } from '../../domain/lockout.ts';
import type { MailboxId } from '../../domain/mailbox.ts';
import { MAILBOX_POLICY_DEFAULTS, type MailboxPolicyId } from '../../domain/mailbox-policy.ts';
import type { Database } from '../../services/ports/database.ts';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { BuiltInSqliteDialect } from '../dialects/sqlite-dialect.ts';
import { openSqliteFile } from '../dialects/sqlite-file.ts';
import { migrate } from '../migrate.ts';
import { openDatabase } from '../open-database.ts';
import type { Schema } from '../schema.ts';
import { directory } from './0001-directory.ts';
import { migrationsFor } from './migrations.ts';

const NOW = 1_784_000_000_000;
const clock = new FakeClock(NOW);

/** What the version before wrote: two plans, and mailboxes with every history that a credential could have. */
const ROWS_FROM_BEFORE = `
  insert into dial_plan values ('plan-1', 'One', 5, 4, 2, 45, 'de-DE'), ('plan-2', 'ONE', 3, 3, 3, 30, 'en-US');
  insert into access_number values ('5000', 'plan-1', 0), ('5001', 'plan-1', 1), ('6000', 'plan-2', 0);
  insert into mailbox_policy values
    ('policy-1', 'plan-1', 'One Default Policy', 8, 7, 1, 0), ('policy-2', 'plan-2', 'ONE Default Policy', 6, 5, 0, 1);
  insert into mailbox values
    ('signed-in', 'plan-1', 'policy-1', 'Tony@contoso.com', 'Tony Smith', 'de-DE', 1),
    ('guessed-at', 'plan-2', 'policy-2', 'tony@example.com', 'Tony Jones', 'en-US', 0),
    ('new', 'plan-1', 'policy-1', 'anna@contoso.com', 'Anna', 'en-US', 1),
    ('undecided', 'plan-1', 'policy-1', 'zoe@contoso.com', 'Zoe', 'en-US', 1);
  insert into mailbox_extension values
    ('plan-1', '51234', 'signed-in', 0), ('plan-1', '51235', 'signed-in', 1), ('plan-2', '300', 'guessed-at', 0),
    ('plan-1', '52000', 'new', 0), ('plan-1', '53000', 'undecided', 0);
  insert into registered_number values ('plan-1', '+14255550123', 'signed-in', 0);
  insert into pin_key values ('key-1', 'check');
  insert into credential values
    ('credential-1', 'signed-in', '$one', 'key-1', 3, 2, 1783000000001, 1783000000002),
    ('credential-2', 'guessed-at', '$two', 'key-1', 1, 40, 1783000000003, null),
    ('credential-3', 'new', '$three', 'key-1', 1, 0, null, null),
    ('credential-4', 'undecided', '$four', 'key-1', 1, 1, null, 1783000000004),
    ('decoy', null, '$decoy', 'key-1', 1, 99, 1783000000005, null);`;

let folder: string;
let file: string;
let opened: Database | undefined;

/** Makes the file as the version before did. */
async function createBefore(): Promise<void> {
  const kysely = new Kysely<Schema>({ dialect: new BuiltInSqliteDialect(openSqliteFile(file, 0)) });
  await migrate(kysely, { '0001-directory': directory('sqlite') }, file, new CapturedLog());
  await kysely.destroy();
  using database = new DatabaseSync(file);
  database.exec(ROWS_FROM_BEFORE);
}

async function open(): Promise<Database> {
  opened = await openDatabase({ file, log: new CapturedLog(), clock });
  return opened;
}

async function stateOf(mailbox: string): Promise<CredentialState | undefined> {
  return (await opened?.credentials.byMailbox(mailbox as MailboxId))?.state;
}

function contents(): unknown {
  using database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("select name, sql from sqlite_schema where type = 'table' order by name").all();
  return tables.map(({ name, sql }) => ({
    name,
    sql,
    rows: database.prepare(`select * from "${String(name)}"`).all(),
  }));
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'touchtone-migration-'));
  file = join(folder, 'touchtone.db');
  await createBefore();
});

afterEach(async () => {
  await opened?.close();
  opened = undefined;
  await rm(folder, { recursive: true, force: true });
});

describe('a database of the version before', () => {
  it('keeps its dial plans, with the new settings as by default', async () => {
    const { dialPlans } = await open();
    const one = {
      ...DIAL_PLAN_DEFAULTS,
      id: 'plan-1' as DialPlanId,
      name: 'One',
      extensionDigits: 5,
      logonFailuresBeforeDisconnect: 4,
      inputFailuresBeforeDisconnect: 2,
      maxCallDuration: 45,
      defaultLanguage: 'de-DE',
    };
    expect(await dialPlans.byAccessNumber('5001')).toEqual(one);
    expect(await dialPlans.accessNumbersOf(one.id)).toEqual(['5000', '5001']);
    // Its name was another one's but for the case.
    const two = { ...DIAL_PLAN_DEFAULTS, id: 'plan-2' as DialPlanId, name: 'ONE 2', extensionDigits: 3 };
    expect(await dialPlans.all()).toEqual([two, one]);
  });

  it('keeps its policies, with the new settings as by default', async () => {
    const { policies } = await open();
    expect(await policies.byId('policy-1' as MailboxPolicyId)).toEqual({
      ...MAILBOX_POLICY_DEFAULTS,
      id: 'policy-1',
      dialPlanId: 'plan-1',
      name: 'One Default Policy',
      minPinLength: 8,
      pinHistoryCount: 7,
      allowCommonPatterns: true,
      allowSubscriberAccess: false,
    });
    expect(await policies.byId('policy-2' as MailboxPolicyId)).toEqual({
      ...MAILBOX_POLICY_DEFAULTS,
      id: 'policy-2',
      dialPlanId: 'plan-2',
      name: 'ONE Default Policy 2',
    });
  });

  it('keeps its mailboxes, each with an alias of its own', async () => {
    const { mailboxes } = await open();
    expect(await mailboxes.byNumber('plan-1' as DialPlanId, '+14255550123')).toEqual({
      id: 'signed-in',
      dialPlanId: 'plan-1',
      policyId: 'policy-1',
      address: 'Tony@contoso.com',
      alias: 'Tony2',
      displayName: 'Tony Smith',
      extensions: ['51234', '51235'],
      registeredNumbers: ['+14255550123'],
      language: 'de-DE',
      timeZone: 'Etc/UTC',
      clock: '12-hour',
      subscriberAccess: true,
      pinlessAccess: false,
    });
    expect(await mailboxes.byAlias('Tony')).toMatchObject({ id: 'guessed-at', subscriberAccess: false });
    expect((await mailboxes.byAlias('ANNA'))?.id).toBe('new');
  });

  it('starts the lifetime of a PIN that is in use, and lets its user go on as before', async () => {
    await open();
    expect(await stateOf('signed-in')).toEqual({
      version: 3,
      budgets: { own: { failures: 0, settled: 0 }, elsewhere: { failures: 2, settled: 2 } },
      attempt: undefined,
      lock: undefined,
      failuresSinceSuccess: 2,
      lastFailureAt: 1_783_000_000_001,
      lastSuccessAt: 1_783_000_000_002,
      pinSetAt: NOW,
      pinExpired: false,
      firstTime: false,
      firstChangeWaived: false,
    } satisfies CredentialState);
  });

  it('has users who have never signed in choose a PIN when they do', async () => {
    await open();
    expect(await stateOf('new')).toEqual(newCredentialState(NOW, { pinExpired: false, firstChangeWaived: false }));
  });

  it('keeps failures counted, and carries out no threshold for those that are past', async () => {
    await open();
    expect(await stateOf('guessed-at')).toMatchObject({
      budgets: { elsewhere: { failures: 40, settled: 40 } },
      failuresSinceSuccess: 40,
      lastFailureAt: 1_783_000_000_003,
      firstTime: true,
    });
  });

  it('says of a failure whose moment was never stored that it was before now', async () => {
    await open();
    expect(await stateOf('undecided')).toMatchObject({ failuresSinceSuccess: 1, lastFailureAt: NOW });
  });

  it('enters each PIN into the history, and has no decoy any more', async () => {
    const { credentials, pinHistory } = await open();
    expect(await pinHistory.last('credential-2' as CredentialId, 5)).toEqual([{ encoded: '$two', keyId: 'key-1' }]);
    expect(await credentials.decoys(['decoy' as CredentialId])).toBeUndefined();
    const key = { dialPlan: 'plan-1' as DialPlanId, extension: '9', assertedNumber: undefined };
    await expect(credentials.forSignIn({ ...key, decoy: 'decoy' as CredentialId })).rejects.toThrow('no such decoy');
  });

  it('is sound afterwards, strict in every table, and as it was when it is opened again', async () => {
    await (await open()).close();
    using database = new DatabaseSync(file);
    expect(database.prepare('pragma integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
    expect(database.prepare('pragma foreign_key_check').all()).toEqual([]);
    const loose = database
      .prepare("select name from pragma_table_list where schema = 'main' and strict = 0 order by name")
      .all()
      .map(({ name }) => String(name));
    expect(loose.filter((name) => !/^(sqlite|kysely)_/.test(name))).toEqual([]);
    const before = contents();
    await (await open()).close();
    expect(contents()).toEqual(before);
  });

  it('has the tables that a new one has', async () => {
    await (await open()).close();
    const migrated = contents() as { readonly name: string; readonly sql: string }[];
    await rm(file);
    await (await open()).close();
    const made = contents() as { readonly name: string; readonly sql: string }[];
    expect(migrated.map(({ name, sql }) => ({ name, sql }))).toEqual(made.map(({ name, sql }) => ({ name, sql })));
  });

  it('removes the credential and its history with the mailbox, as before', async () => {
    await (await open()).close();
    using database = new DatabaseSync(file, { enableForeignKeyConstraints: true });
    database.exec("delete from mailbox where id = 'new'");
    const left = database.prepare('select id from credential order by id').all();
    expect(left.map(({ id }) => id)).toEqual(['credential-1', 'credential-2', 'credential-4']);
    expect(database.prepare('select count(*) as count from pin_history').get()).toEqual({ count: 3 });
  });

  it('is as it was when a migration fails, and is brought up to date at the next start', async () => {
    const before = contents();
    const failing: Migration = {
      up: async () => {
        throw new Error('The disk fell out');
      },
    };
    const kysely = new Kysely<Schema>({ dialect: new BuiltInSqliteDialect(openSqliteFile(file, 0)) });
    const migrations = { ...migrationsFor('sqlite', clock), '9999-broken': failing };
    await expect(migrate(kysely, migrations, file, new CapturedLog())).rejects.toThrow('The disk fell out');
    await kysely.destroy();
    expect(contents()).toEqual(before);
    await open();
    expect(await stateOf('new')).toBeDefined();
  });
});
