import type { CredentialState, PinHash } from '../domain/credential.ts';
import { changeCauses } from '../domain/forced-change.ts';
import { type Failure, fail, keepsOut, opensAt, succeed, withdraw } from '../domain/lockout.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import type { StoredCredential } from './ports/credential-store.ts';
import type { Stores } from './ports/database.ts';
import type { SessionFacts } from './sessions.ts';
import type { SignedInMailbox, SignInSource, SignInVerdict } from './sign-in.ts';
import { type AttemptParts, lockoutPolicyOf, type OpenedAttempt } from './sign-in-opening.ts';
import { type AttemptFacts, auditAttempt, callSource, type FailureReason, logAttempt } from './sign-in-records.ts';
import { announceThreshold, prepareThreshold, storeThreshold } from './sign-in-thresholds.ts';

/** An attempt whose PIN has been checked. */
export interface CheckedAttempt extends OpenedAttempt {
  readonly source: SignInSource;
  /** How long the check took, its turn in the queue included, in milliseconds. */
  readonly checked: number;
}

/** A right PIN with what a success takes besides. */
export interface RightPin {
  readonly mailbox: Mailbox;
  readonly policy: MailboxPolicy;
  /** How many digits it has. */
  readonly length: number;
  /** A hash of it with today's parameters and key, where the stored one has older ones (SPEC §2). */
  readonly rehashed: PinHash | undefined;
}

/** Undefined: somebody else has changed the credential meanwhile, nothing is stored, and it is to be read again. */
type Decided = SignInVerdict | undefined;

/**
 * Stores the verdict on an attempt whose PIN is right (SPEC §3.5): a success, unless the credential's version has changed
 * since, or the attempt is not the credential's any more. Throws when the database or the hasher fails.
 */
export async function decideRight(
  parts: AttemptParts,
  attempt: CheckedAttempt,
  right: RightPin,
): Promise<SignInVerdict> {
  let read: StoredCredential | undefined = attempt.credential;
  while (read !== undefined) {
    const next = succeed(read.state, attempt.id, attempt.credential.state.version, parts.clock.now());
    if (next === undefined) break;
    const verdict = await storeSuccess(parts, attempt, right, read, next);
    if (verdict !== undefined) return verdict;
    read = await readAgain(parts, attempt);
  }
  return decideFrom(parts, attempt, 'credential-changed', read);
}

/** Stores the verdict on an attempt that has failed. Throws when the database or the hasher fails. */
export async function decideWrong(
  parts: AttemptParts,
  attempt: CheckedAttempt,
  reason: FailureReason,
): Promise<SignInVerdict> {
  return decideFrom(parts, attempt, reason, attempt.credential);
}

/** @param first the credential as it was read last; undefined when the attempt's is not what is signed in to any more. */
async function decideFrom(
  parts: AttemptParts,
  attempt: CheckedAttempt,
  reason: FailureReason,
  first: StoredCredential | undefined,
): Promise<SignInVerdict> {
  for (let read = first; read !== undefined; read = await readAgain(parts, attempt)) {
    const verdict = await storeFailure(parts, attempt, reason, read);
    if (verdict !== undefined) return verdict;
  }
  // The mailbox is gone, or has another extension, or may not sign in by phone any more.
  return storeOvertaken(parts, attempt, undefined);
}

/**
 * Lets an attempt stand as the failure it was counted as that could not be checked or decided, so that nobody waits for
 * the end of its lease. A threshold that it reaches is left to the next opening. Throws when the database fails.
 */
export async function decideAfterFault(
  parts: AttemptParts,
  attempt: OpenedAttempt,
  source: SignInSource,
): Promise<void> {
  const { id, credential } = attempt;
  const now = parts.clock.now();
  const facts = factsOf({ ...attempt, source }, 'failed', 'fault');
  await parts.database.transact(async (stores) => {
    const failure = fail(credential.state, id, lockoutPolicyOf(attempt), now);
    // Whoever has changed it since has decided the attempt, or lets it stand until its lease ends.
    if (failure.kind !== 'settled-elsewhere') await stores.credentials.replace(credential, failure.state);
    await auditAttempt(stores, parts, now, facts);
  });
  parts.guard.warn(attempt.failure);
  logAttempt(parts, facts);
}

/**
 * Takes an attempt back whose PIN was not looked at because too many hashes wait: who floods the service does not use up
 * the attempts of others. What somebody else has made of it meanwhile stands. Throws when the database fails.
 */
export async function takeBackUnchecked(
  parts: AttemptParts,
  attempt: OpenedAttempt,
  source: SignInSource,
): Promise<void> {
  const now = parts.clock.now();
  const facts = factsOf({ ...attempt, source }, 'not-checked');
  for (let read: StoredCredential | undefined = attempt.credential; read !== undefined; ) {
    const credential: StoredCredential = read;
    const state = withdraw(credential.state, attempt.id);
    const isSettled = await parts.database.transact(async (stores) => {
      const isReplaced = state === undefined || (await stores.credentials.replace(credential, state)) !== false;
      // At a decoy, an attempt at another extension may have come between; what its state is, is of no consequence.
      if (!isReplaced && credential.mailboxId !== undefined) return false;
      await parts.guard.takeBack(stores, attempt.failure);
      await auditAttempt(stores, parts, now, facts);
      return true;
    });
    if (isSettled) break;
    read = await readAgain(parts, attempt);
  }
  logAttempt(parts, facts);
}

/** The credential as it is now; undefined when the attempt's is not what is signed in to any more. */
async function readAgain(
  { database }: AttemptParts,
  { key, credential }: OpenedAttempt,
): Promise<StoredCredential | undefined> {
  const read = await database.credentials.forSignIn(key);
  return read.id === credential.id ? read : undefined;
}

function factsOf(
  { credential, source, checked }: OpenedAttempt & { readonly source: SignInSource; readonly checked?: number },
  outcome: AttemptFacts['outcome'],
  reason?: FailureReason,
): AttemptFacts {
  return {
    outcome,
    source,
    mailboxId: credential.mailboxId,
    ...(reason === undefined ? {} : { reason }),
    ...(checked === undefined ? {} : { checked }),
  };
}

async function storeSuccess(
  parts: AttemptParts,
  attempt: CheckedAttempt,
  right: RightPin,
  read: StoredCredential,
  next: CredentialState,
): Promise<Decided> {
  const now = parts.clock.now();
  const facts = factsOf(attempt, 'signed-in');
  const { rehashed } = right;
  // Entered before the success is stored: whoever ends the mailbox's sessions then finds this one, or the success is
  // not stored because of what they have changed.
  const session = parts.sessions.open(sessionFacts(attempt, right, read.state, next, now), next.version);
  const store = async (stores: Stores): Promise<boolean> => {
    if ((await stores.credentials.replace(read, next, rehashed)) === false) return false;
    if (rehashed !== undefined) await stores.pinHistory.rehash(read.id, rehashed);
    await parts.guard.takeBack(stores, attempt.failure);
    await auditAttempt(stores, parts, now, facts);
    return true;
  };
  let isStored = false;
  try {
    isStored = await parts.database.transact(store);
  } finally {
    if (!isStored) session.close();
  }
  if (!isStored) return undefined;
  logAttempt(parts, facts);
  return { kind: 'signed-in', session };
}

function sessionFacts(
  { before }: OpenedAttempt,
  { mailbox, policy, length }: RightPin,
  read: CredentialState,
  next: CredentialState,
  now: number,
): SessionFacts {
  const { failuresSinceSuccess: count, lastFailureAt: lastAt } = before;
  return {
    mailbox: signedIn(mailbox),
    changeCauses: changeCauses(read, policy, length, now),
    failures: count === 0 || lastAt === undefined ? undefined : { count, lastAt },
    lockedElsewhere: next.lock !== undefined,
  };
}

function signedIn({ id, displayName, extensions, language, timeZone, clock }: Mailbox): SignedInMailbox {
  return { id, displayName, extension: extensions[0], language, timeZone, clock };
}

async function storeFailure(
  parts: AttemptParts,
  attempt: CheckedAttempt,
  reason: FailureReason,
  read: StoredCredential,
): Promise<Decided> {
  const failure = fail(read.state, attempt.id, lockoutPolicyOf(attempt), parts.clock.now());
  switch (failure.kind) {
    case 'settled-elsewhere':
      return storeOvertaken(parts, attempt, read.state);
    case 'failed':
      return storeFailed(parts, attempt, reason, read, failure.state);
    case 'due':
      return storeDue(parts, attempt, reason, read, failure);
  }
}

async function storeFailed(
  parts: AttemptParts,
  attempt: CheckedAttempt,
  reason: FailureReason,
  read: StoredCredential,
  state: CredentialState,
): Promise<Decided> {
  const now = parts.clock.now();
  const facts = factsOf(attempt, 'failed', reason);
  const isStored = await parts.database.transact(async (stores) => {
    const isReplaced = (await stores.credentials.replace(read, state)) !== false;
    // At a decoy, an attempt at another extension may have come between; what its state is, is of no consequence.
    if (!isReplaced && read.mailboxId !== undefined) return false;
    await auditAttempt(stores, parts, now, facts);
    return true;
  });
  if (!isStored) return undefined;
  tellFailure(parts, attempt, facts);
  return verdictOn(state, attempt);
}

/** Stores the failure and the threshold that it reaches at once; the hash of a new PIN is made before. */
async function storeDue(
  parts: AttemptParts,
  attempt: CheckedAttempt,
  reason: FailureReason,
  read: StoredCredential,
  { threshold, state }: Extract<Failure, { kind: 'due' }>,
): Promise<Decided> {
  const { credential, policy, source } = attempt;
  const { mailboxId } = credential;
  if (mailboxId === undefined || policy === undefined) throw new Error('A decoy has reached a threshold');
  const prepared = await prepareThreshold(parts, { threshold, read, state, mailboxId, policy });
  if (prepared === undefined) return undefined;
  const now = parts.clock.now();
  const facts = factsOf(attempt, 'failed', reason);
  const isStored = await parts.database.transact(async (stores) => {
    if (!(await storeThreshold(stores, parts, prepared, callSource(source), now))) return false;
    await auditAttempt(stores, parts, now, facts);
    return true;
  });
  if (!isStored) return undefined;
  tellFailure(parts, attempt, facts);
  announceThreshold(parts, prepared);
  return threshold.kind === 'pin-reset'
    ? { kind: 'pin-reset' }
    : { kind: 'locked', opensByItself: policy.lockoutDuration !== 'unlimited' };
}

/** The attempt was counted, and is settled already; only what became of it is recorded. */
async function storeOvertaken(
  parts: AttemptParts,
  attempt: CheckedAttempt,
  state: CredentialState | undefined,
): Promise<SignInVerdict> {
  const facts = factsOf(attempt, 'failed', 'overtaken');
  await parts.database.transact((stores) => auditAttempt(stores, parts, parts.clock.now(), facts));
  tellFailure(parts, attempt, facts);
  return state === undefined ? { kind: 'failed' } : verdictOn(state, attempt);
}

function tellFailure(parts: AttemptParts, { failure, credential }: OpenedAttempt, facts: AttemptFacts): void {
  parts.guard.warn(failure);
  parts.spray.failed(failure.source, credential.id);
  logAttempt(parts, facts);
}

/** A failure, or that the mailbox has been locked meanwhile, by whomever (SPEC §3.7). */
function verdictOn({ lock }: CredentialState, attempt: OpenedAttempt): SignInVerdict {
  if (lock === undefined || !keepsOut(lock, attempt.line)) return { kind: 'failed' };
  return { kind: 'locked', opensByItself: opensAt(lock, lockoutPolicyOf(attempt)) !== undefined };
}
