import { type Expression, type Kysely, sql } from 'kysely';
import type { CredentialId, CredentialState, PinHash } from '../domain/credential.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicyId } from '../domain/mailbox-policy.ts';
import type {
  CredentialStore,
  SignInCredential,
  SignInKey,
  StoredCredential,
} from '../services/ports/credential-store.ts';
import { toStateColumns, toStoredCredential } from './credential-row.ts';
import type { Schema } from './schema.ts';

/**
 * How many characters of an encoded hash follow its parameters: `$`, a salt of 16 bytes, `$`, a hash of 32, in base64
 * (PHC string format). Where they are others, more hashes are found than are needed.
 */
const SALT_AND_HASH = 1 + 22 + 1 + 43;

/** Stands for a number that is not known: no row has it. */
const NO_NUMBER = '';

/** Credentials in table `credential`; a decoy is a row like any other, without a mailbox. */
export class SqlCredentialStore implements CredentialStore {
  readonly #database: Kysely<Schema>;

  constructor(database: Kysely<Schema>) {
    this.#database = database;
  }

  async forSignIn({ dialPlan, extension, assertedNumber, decoy }: SignInKey): Promise<SignInCredential> {
    // Whether there is such a mailbox is decided inside the statement: one statement and one row either way.
    const row = await this.#database
      .selectFrom('credential')
      .leftJoin('mailbox', 'mailbox.id', 'credential.mailbox_id')
      .selectAll('credential')
      .select('mailbox.policy_id')
      .select((from) => {
        const isOwn = from.or([
          from.exists(this.#numberOf('mailbox_extension', dialPlan, assertedNumber, from.ref('credential.mailbox_id'))),
          from.exists(this.#numberOf('registered_number', dialPlan, assertedNumber, from.ref('credential.mailbox_id'))),
        ]);
        return from.case().when(isOwn).then(from.lit(1)).else(from.lit(0)).end().as('is_own_number');
      })
      .where('credential.id', '=', (from) =>
        from.fn.coalesce(this.#credentialOf(dialPlan, extension), from.val<string>(decoy)),
      )
      .executeTakeFirst();
    if (row === undefined) throw new Error('The database has no such decoy credential');
    return {
      ...toStoredCredential(row),
      policyId: row.policy_id === null ? undefined : (row.policy_id as MailboxPolicyId),
      isOwnNumber: row.is_own_number === 1,
    };
  }

  /** The id of the credential that an extension signs in to; no row where there is none or it may not by phone. */
  #credentialOf(dialPlan: DialPlanId, extension: string) {
    return this.#database
      .selectFrom('mailbox_extension')
      .innerJoin('mailbox', 'mailbox.id', 'mailbox_extension.mailbox_id')
      .innerJoin('mailbox_policy', 'mailbox_policy.id', 'mailbox.policy_id')
      .innerJoin('credential as own', 'own.mailbox_id', 'mailbox.id')
      .select('own.id')
      .where('mailbox_extension.dial_plan_id', '=', dialPlan)
      .where('mailbox_extension.number', '=', extension)
      .where('mailbox.subscriber_access', '=', 1)
      .where('mailbox_policy.allow_subscriber_access', '=', 1);
  }

  #numberOf(
    table: 'mailbox_extension' | 'registered_number',
    dialPlan: DialPlanId,
    number: string | undefined,
    mailbox: Expression<string | null>,
  ) {
    return this.#database
      .selectFrom(table)
      .select('mailbox_id')
      .where('dial_plan_id', '=', dialPlan)
      .where('number', '=', number ?? NO_NUMBER)
      .where('mailbox_id', '=', mailbox);
  }

  async byMailbox(mailbox: MailboxId): Promise<StoredCredential | undefined> {
    const row = await this.#database
      .selectFrom('credential')
      .selectAll()
      .where('mailbox_id', '=', mailbox)
      .executeTakeFirst();
    return row === undefined ? undefined : toStoredCredential(row);
  }

  async ofMailboxes(mailboxes: readonly MailboxId[]): Promise<readonly StoredCredential[]> {
    if (mailboxes.length === 0) return [];
    const rows = await this.#database
      .selectFrom('credential')
      .selectAll()
      .where('mailbox_id', 'in', mailboxes)
      .execute();
    return rows.map(toStoredCredential);
  }

  async replace(
    read: StoredCredential,
    state: CredentialState,
    pin: PinHash = read.pin,
  ): Promise<StoredCredential | false> {
    const revision = read.revision + 1;
    const { numUpdatedRows } = await this.#database
      .updateTable('credential')
      .set({ pin_hash: pin.encoded, pin_key_id: pin.keyId, ...toStateColumns(state), revision })
      .where('id', '=', read.id)
      .where('revision', '=', read.revision)
      .executeTakeFirstOrThrow();
    if (numUpdatedRows === 0n) return false;
    return { id: read.id, mailboxId: read.mailboxId, pin, state, revision };
  }

  async insert(id: CredentialId, mailbox: MailboxId, pin: PinHash, state: CredentialState): Promise<void> {
    await this.#database
      .insertInto('credential')
      .values({ ...newCredential(id, pin, state), mailbox_id: mailbox })
      .execute();
  }

  async hashesOfEachCost(): Promise<readonly PinHash[]> {
    const rows = await this.#database
      .selectFrom('credential')
      .select((row) => [row.fn.min('pin_hash').as('pin_hash'), row.fn.min('pin_key_id').as('pin_key_id')])
      .groupBy(sql`substr(pin_hash, 1, length(pin_hash) - ${sql.lit(SALT_AND_HASH)})`)
      .execute();
    return rows.map((row) => ({ encoded: row.pin_hash, keyId: row.pin_key_id }));
  }

  async decoys(ids: readonly CredentialId[]): Promise<PinHash | undefined> {
    const groups = await this.#database
      .selectFrom('credential')
      .select((row) => ['pin_hash', 'pin_key_id', row.fn.countAll().as('count')])
      .where('id', 'in', ids)
      .where('mailbox_id', 'is', null)
      .groupBy(['pin_hash', 'pin_key_id'])
      .execute();
    const [group, ...others] = groups;
    if (group === undefined || others.length > 0 || Number(group.count) < ids.length) return undefined;
    return { encoded: group.pin_hash, keyId: group.pin_key_id };
  }

  async putDecoys(ids: readonly CredentialId[], pin: PinHash, state: CredentialState): Promise<void> {
    await this.#database
      .insertInto('credential')
      .values(ids.map((id) => ({ ...newCredential(id, pin, state), mailbox_id: null })))
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet((row) => ({
          pin_hash: pin.encoded,
          pin_key_id: pin.keyId,
          // Whoever has read one before would otherwise write the old hash back.
          revision: row('credential.revision', '+', 1),
        })),
      )
      .execute();
  }
}

function newCredential(id: CredentialId, pin: PinHash, state: CredentialState) {
  return { id, pin_hash: pin.encoded, pin_key_id: pin.keyId, revision: 1, ...toStateColumns(state) };
}
