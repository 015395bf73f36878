import type { Kysely, Selectable } from 'kysely';
import type { DialPlan, DialPlanId } from '../domain/dial-plan.ts';
import type { DialPlanStore } from '../services/ports/dial-plan-store.ts';
import type { DialPlanTable, Schema } from './schema.ts';

function toDialPlan(row: Selectable<DialPlanTable>): DialPlan {
  return {
    id: row.id as DialPlanId,
    name: row.name,
    extensionDigits: row.extension_digits,
    logonFailuresBeforeDisconnect: row.logon_failures_before_disconnect,
    inputFailuresBeforeDisconnect: row.input_failures_before_disconnect,
    maxCallDuration: row.max_call_duration,
    defaultLanguage: row.default_language,
  };
}

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

  async isEmpty(): Promise<boolean> {
    return (await this.#database.selectFrom('dial_plan').select('id').limit(1).executeTakeFirst()) === undefined;
  }

  async insert(plan: DialPlan, accessNumbers: readonly [string, ...string[]]): Promise<void> {
    await this.#database
      .insertInto('dial_plan')
      .values({
        id: plan.id,
        name: plan.name,
        extension_digits: plan.extensionDigits,
        logon_failures_before_disconnect: plan.logonFailuresBeforeDisconnect,
        input_failures_before_disconnect: plan.inputFailuresBeforeDisconnect,
        max_call_duration: plan.maxCallDuration,
        default_language: plan.defaultLanguage,
      })
      .execute();
    await this.#database
      .insertInto('access_number')
      .values(accessNumbers.map((number, position) => ({ number, dial_plan_id: plan.id, position })))
      .execute();
  }
}
