import type { Insertable, Selectable } from 'kysely';
import type { AttemptId, CredentialId, CredentialState, MailboxLock, UndecidedAttempt } from '../domain/credential.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type { StoredCredential } from '../services/ports/credential-store.ts';
import type { CredentialTable } from './schema.ts';

type Row = Selectable<CredentialTable>;

/** The columns that a state is kept in: all of them each time, so that no write tells by its columns what it is about. */
export function toStateColumns(
  state: CredentialState,
): Omit<Insertable<CredentialTable>, 'id' | 'mailbox_id' | 'pin_hash' | 'pin_key_id' | 'revision'> {
  const { attempt, lock, budgets } = state;
  return {
    version: state.version,
    elsewhere_failures: budgets.elsewhere.failures,
    elsewhere_settled: budgets.elsewhere.settled,
    own_failures: budgets.own.failures,
    own_settled: budgets.own.settled,
    attempt_id: attempt?.id ?? null,
    attempt_line: attempt?.line ?? null,
    attempt_opened_at: attempt?.openedAt ?? null,
    lock_reason: lock?.reason ?? null,
    lock_scope: lock?.scope ?? null,
    locked_at: lock?.since ?? null,
    failures_since_success: state.failuresSinceSuccess,
    last_failure_at: state.lastFailureAt ?? null,
    last_success_at: state.lastSuccessAt ?? null,
    pin_set_at: state.pinSetAt,
    pin_expired: state.pinExpired ? 1 : 0,
    first_time: state.firstTime ? 1 : 0,
    first_change_waived: state.firstChangeWaived ? 1 : 0,
  };
}

/** A check of the table keeps the three columns of an attempt, and those of a lock, null together. */
function attemptOf({ attempt_id, attempt_line, attempt_opened_at }: Row): UndecidedAttempt | undefined {
  if (attempt_id === null || attempt_line === null || attempt_opened_at === null) return undefined;
  return { id: attempt_id as AttemptId, line: attempt_line, openedAt: attempt_opened_at };
}

function lockOf({ lock_reason, lock_scope, locked_at }: Row): MailboxLock | undefined {
  if (lock_reason === null || lock_scope === null || locked_at === null) return undefined;
  return { reason: lock_reason, scope: lock_scope, since: locked_at };
}

function toState(row: Row): CredentialState {
  return {
    version: row.version,
    budgets: {
      own: { failures: row.own_failures, settled: row.own_settled },
      elsewhere: { failures: row.elsewhere_failures, settled: row.elsewhere_settled },
    },
    attempt: attemptOf(row),
    lock: lockOf(row),
    failuresSinceSuccess: row.failures_since_success,
    lastFailureAt: row.last_failure_at ?? undefined,
    lastSuccessAt: row.last_success_at ?? undefined,
    pinSetAt: row.pin_set_at,
    pinExpired: row.pin_expired === 1,
    firstTime: row.first_time === 1,
    firstChangeWaived: row.first_change_waived === 1,
  };
}

/** A row of table `credential` as the services see it. */
export function toStoredCredential(row: Row): StoredCredential {
  return {
    id: row.id as CredentialId,
    mailboxId: row.mailbox_id === null ? undefined : (row.mailbox_id as MailboxId),
    pin: { encoded: row.pin_hash, keyId: row.pin_key_id },
    state: toState(row),
    revision: row.revision,
  };
}
