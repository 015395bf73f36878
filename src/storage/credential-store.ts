import { type Kysely, sql } from 'kysely';
import type { CredentialId, PinHash } from '../domain/credential.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import { type CredentialStore, DECOY, type OpenedAttempt } from '../services/ports/credential-store.ts';
import type { Schema } from './schema.ts';

/**
 * How many characters of an encoded hash follow its parameters: `$`, a salt of 16 bytes, `$`, a hash of 32, in base64
 * (PHC string format). Where they are others, more hashes are found than are needed.
 */
const SALT_AND_HASH = 1 + 22 + 1 + 43;

/** Credentials in table `credential`; the decoy is a row like any other, without a mailbox. */
export class SqlCredentialStore implements CredentialStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async openAttempt(dialPlan: DialPlanId, extension: string): Promise<OpenedAttempt> {
    // Whether there is such a mailbox is decided inside the statement: one statement, one row, one commit either way.
    const opened = await this.#database
      .updateTable('credential')
      .set((row) => ({ failures: row('failures', '+', 1) }))
      .where('id', '=', (row) =>
        row.fn.coalesce(
          row
            .selectFrom('mailbox_extension')
            .innerJoin('mailbox', 'mailbox.id', 'mailbox_extension.mailbox_id')
            .innerJoin('mailbox_policy', 'mailbox_policy.id', 'mailbox.policy_id')
            .innerJoin('credential as own', 'own.mailbox_id', 'mailbox.id')
            .select('own.id')
            .where('mailbox_extension.dial_plan_id', '=', dialPlan)
            .where('mailbox_extension.number', '=', extension)
            .where('mailbox.subscriber_access', '=', 1)
            .where('mailbox_policy.allow_subscriber_access', '=', 1),
          row.val<string>(DECOY),
        ),
      )
      .returning(['id', 'mailbox_id', 'pin_hash', 'pin_key_id', 'version'])
      .executeTakeFirst();
    if (opened === undefined) throw new Error('The database has no decoy credential');
    return {
      credentialId: opened.id as CredentialId,
      mailboxId: opened.mailbox_id === null ? undefined : (opened.mailbox_id as MailboxId),
      pin: { encoded: opened.pin_hash, keyId: opened.pin_key_id },
      version: opened.version,
    };
  }

  async commitFailure(credential: CredentialId, at: number): Promise<void> {
    await this.#database
      .updateTable('credential')
      .set({ last_failure_at: at })
      .where('id', '=', credential)
      .executeTakeFirst();
  }

  async commitSuccess(attempt: OpenedAttempt, at: number, rehashed: PinHash | undefined): Promise<boolean> {
    const hash = rehashed === undefined ? {} : { pin_hash: rehashed.encoded, pin_key_id: rehashed.keyId };
    const { numUpdatedRows } = await this.#database
      .updateTable('credential')
      .set({ failures: 0, last_success_at: at, ...hash })
      .where('id', '=', attempt.credentialId)
      .where('version', '=', attempt.version)
      .executeTakeFirstOrThrow();
    return numUpdatedRows === 1n;
  }

  async insert(id: CredentialId, mailbox: MailboxId, pin: PinHash): Promise<void> {
    await this.#database
      .insertInto('credential')
      .values({ ...newCredential(id, pin), mailbox_id: mailbox })
      .execute();
  }

  async hashesOfEachCost(): Promise<readonly PinHash[]> {
    const rows = await this.#database
      .selectFrom('credential')
      .select((row) => [row.fn.min('pin_hash').as('pin_hash'), row.fn.min('pin_key_id').as('pin_key_id')])
      .groupBy(sql`substr(pin_hash, 1, length(pin_hash) - ${SALT_AND_HASH})`)
      .execute();
    return rows.map((row) => ({ encoded: row.pin_hash, keyId: row.pin_key_id }));
  }

  async decoy(): Promise<PinHash | undefined> {
    const row = await this.#database
      .selectFrom('credential')
      .select(['pin_hash', 'pin_key_id'])
      .where('id', '=', DECOY)
      .executeTakeFirst();
    return row === undefined ? undefined : { encoded: row.pin_hash, keyId: row.pin_key_id };
  }

  async putDecoy(pin: PinHash): Promise<void> {
    await this.#database
      .insertInto('credential')
      .values({ ...newCredential(DECOY, pin), mailbox_id: null })
      .onConflict((conflict) => conflict.column('id').doUpdateSet({ pin_hash: pin.encoded, pin_key_id: pin.keyId }))
      .execute();
  }
}

function newCredential(id: CredentialId, pin: PinHash) {
  return {
    id,
    pin_hash: pin.encoded,
    pin_key_id: pin.keyId,
    version: 1,
    failures: 0,
    last_failure_at: null,
    last_success_at: null,
  };
}
