import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import type { DialPlanStore } from '../services/ports/dial-plan-store.ts';
import { asciiLower } from './ascii-lower.ts';
import { atomically } from './atomically.ts';
import type { DialPlanTable, Schema } from './schema.ts';

/** Dial plans in tables `dial_plan` and `access_number`. */
export class SqlDialPlanStore implements DialPlanStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async byId(id: DialPlanId): Promise<DialPlan | undefined> {
    const row = await this.#database.selectFrom('dial_plan').selectAll().where('id', '=', id).executeTakeFirst();
    return row === undefined ? undefined : toDialPlan(row);
  }

  async revisionOf(id: DialPlanId): Promise<number | undefined> {
    const row = await this.#database.selectFrom('dial_plan').select('revision').where('id', '=', id).executeTakeFirst();
    return row?.revision;
  }

  async byAccessNumber(number: string): Promise<DialPlan | undefined> {
    const row = await this.#database
      .selectFrom('dial_plan')
      .innerJoin('access_number', 'access_number.dial_plan_id', 'dial_plan.id')
      .selectAll('dial_plan')
      .where('access_number.number', '=', number)
      .executeTakeFirst();
    return row === undefined ? undefined : toDialPlan(row);
  }

  async accessNumbersOf(id: DialPlanId): Promise<readonly [string, ...string[]]> {
    const rows = await this.#database
      .selectFrom('access_number')
      .select('number')
      .where('dial_plan_id', '=', id)
      .orderBy('position')
      .execute();
    const [first, ...others] = rows.map((row) => row.number);
    if (first === undefined) throw new Error(`Dial plan ${id} has no access number`);
    return [first, ...others];
  }

  async byName(name: string): Promise<DialPlan | undefined> {
    const row = await this.#database
      .selectFrom('dial_plan')
      .selectAll()
      .where(sql<string>`lower(name)`, '=', asciiLower(name))
      .executeTakeFirst();
    return row === undefined ? undefined : toDialPlan(row);
  }

  async all(): Promise<readonly DialPlan[]> {
    const rows = await this.#database.selectFrom('dial_plan').selectAll().orderBy('name').execute();
    return rows.map(toDialPlan);
  }

  async isInUse(id: DialPlanId): Promise<boolean> {
    const row = await this.#database
      .selectFrom('mailbox')
      .select('id')
      .where('dial_plan_id', '=', id)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#database.selectFrom('dial_plan').select('id').limit(1).executeTakeFirst()) === undefined;
  }

  async insert(plan: DialPlan, accessNumbers: readonly [string, ...string[]]): Promise<void> {
    await atomically(this.#database, async (database) => {
      await database
        .insertInto('dial_plan')
        .values({ id: plan.id, revision: 1, ...toColumns(plan) })
        .execute();
      await insertAccessNumbers(database, plan.id, accessNumbers);
    });
  }

  async update(plan: DialPlan, accessNumbers: readonly [string, ...string[]]): Promise<boolean> {
    return await atomically(this.#database, async (database) => {
      const { numUpdatedRows } = await database
        .updateTable('dial_plan')
        .set((row) => ({ ...toColumns(plan), revision: row('revision', '+', 1) }))
        .where('id', '=', plan.id)
        .executeTakeFirstOrThrow();
      if (numUpdatedRows === 0n) return false;
      await database.deleteFrom('access_number').where('dial_plan_id', '=', plan.id).execute();
      await insertAccessNumbers(database, plan.id, accessNumbers);
      return true;
    });
  }

  async remove(id: DialPlanId): Promise<boolean> {
    const { numDeletedRows } = await this.#database
      .deleteFrom('dial_plan')
      .where('id', '=', id)
      .executeTakeFirstOrThrow();
    return numDeletedRows === 1n;
  }
}

async function insertAccessNumbers(
  database: Kysely<Schema>,
  plan: DialPlanId,
  numbers: readonly [string, ...string[]],
): Promise<void> {
  await database
    .insertInto('access_number')
    .values(numbers.map((number, position) => ({ number, dial_plan_id: plan, position })))
    .execute();
}

function toColumns(plan: DialPlan): Omit<Insertable<DialPlanTable>, 'id' | 'revision'> {
  return {
    name: plan.name,
    extension_digits: plan.extensionDigits,
    logon_failures_before_disconnect: plan.logonFailuresBeforeDisconnect,
    input_failures_before_disconnect: plan.inputFailuresBeforeDisconnect,
    max_call_duration: plan.maxCallDuration,
    max_recording_duration: plan.maxRecordingDuration,
    recording_idle_timeout: plan.recordingIdleTimeout,
    operator_extension: plan.operatorExtension ?? null,
    default_language: plan.defaultLanguage,
    voip_security: plan.voipSecurity,
  };
}

function toDialPlan(row: Selectable<DialPlanTable>): DialPlan {
  return {
    id: row.id as DialPlanId,
    name: row.name,
    extensionDigits: row.extension_digits,
    logonFailuresBeforeDisconnect: row.logon_failures_before_disconnect,
    inputFailuresBeforeDisconnect: row.input_failures_before_disconnect,
    maxCallDuration: row.max_call_duration,
    maxRecordingDuration: row.max_recording_duration,
    recordingIdleTimeout: row.recording_idle_timeout,
    operatorExtension: row.operator_extension ?? undefined,
    defaultLanguage: row.default_language,
    voipSecurity: row.voip_security,
  };
}
