import type { CredentialId } from '../domain/credential.ts';
import type { Stores } from './ports/database.ts';

/** So often in {@link PERIOD} an administrator is told that a typed PIN is one of the last (SPEC §5). */
const HISTORY_REFUSALS_ALLOWED = 3;

/** A day, whenever it begins: three in the evening and three in the morning would be six. Milliseconds. */
const PERIOD = 24 * 3_600_000;

/**
 * Whether no typed PIN is compared with the history of a credential any more: every further refusal would tell which
 * PINs were, or are, its user's. `now` is in milliseconds since 1970; setting the clock back makes the wait longer.
 */
export async function areRefusalsUsedUp(
  { pinHistory }: Pick<Stores, 'pinHistory'>,
  credential: CredentialId,
  now: number,
): Promise<boolean> {
  return (await pinHistory.refusals(credential, now - PERIOD)) >= HISTORY_REFUSALS_ALLOWED;
}

/**
 * Counts that somebody is about to be told that a PIN is one of the last; it belongs in a transaction. False, and nothing
 * is stored, when they may not be told.
 */
export async function countHistoryRefusal(stores: Stores, credential: CredentialId, now: number): Promise<boolean> {
  // From here on nobody else can add a record, so that of many who ask at the same moment each sees those before.
  await stores.audit.head();
  if (await areRefusalsUsedUp(stores, credential, now)) return false;
  await stores.pinHistory.addRefusal(credential, now, now - PERIOD);
  return true;
}
