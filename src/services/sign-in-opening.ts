import { randomInt } from 'node:crypto';
import type { AttemptId, AttemptLine, CredentialState } from '../domain/credential.ts';
import { attemptLine, type LockoutPolicy, type Opening, open, opensAt, type Settled } from '../domain/lockout.ts';
import type { MailboxPolicy, MailboxPolicyId } from '../domain/mailbox-policy.ts';
import { audit } from './audit.ts';
import type { ServiceParts } from './parts.ts';
import { pause } from './pause.ts';
import type { SignInCredential, SignInKey, StoredCredential } from './ports/credential-store.ts';
import type { Stores } from './ports/database.ts';
import { HashQueueFull } from './ports/hash-queue-full.ts';
import type { SignInSource } from './sign-in.ts';
import { DECOY_POLICY } from './sign-in-decoys.ts';
import type { OverloadCause } from './sign-in-overload.ts';
import { auditAttempt } from './sign-in-records.ts';
import { announceThreshold, type DueThreshold, prepareThreshold, storeThreshold } from './sign-in-thresholds.ts';
import { type SourceFailure, type SourceGuard, SourceUsedUp } from './source-limits.ts';
import type { SprayAlarm } from './spray-alarm.ts';

/** What attempts work with. */
export interface AttemptParts extends ServiceParts {
  readonly guard: SourceGuard;
  readonly spray: SprayAlarm;
  /** The attempts of this process that are not over. */
  readonly underWay: ReadonlySet<AttemptId>;
}

/** An attempt that is counted as a failure and stored as such; its PIN may be checked. */
export interface OpenedAttempt {
  readonly id: AttemptId;
  readonly key: SignInKey;
  readonly line: AttemptLine;
  /** As it was stored with the attempt. */
  readonly credential: StoredCredential;
  /** Its state before the attempt. */
  readonly before: CredentialState;
  /** Undefined for a decoy. */
  readonly policy: MailboxPolicy | undefined;
  readonly failure: SourceFailure;
}

/** What became of a call that wanted to try a PIN. */
export type OpeningResult =
  | { readonly kind: 'opened'; readonly attempt: OpenedAttempt; readonly lockRanOut: boolean }
  | { readonly kind: 'locked'; readonly opensByItself: boolean; readonly credential: StoredCredential }
  | { readonly kind: 'source-refused' }
  /** Nothing was counted, for too much goes on. */
  | { readonly kind: 'overloaded'; readonly cause: OverloadCause };

/** What one look at the credential came to. */
type Look =
  | OpeningResult
  | { readonly kind: 'busy' }
  | { readonly kind: 'due'; readonly due: DueThreshold; readonly settled: Settled }
  /** Somebody else has changed the credential at the same moment. */
  | { readonly kind: 'again' };

/** What is looked for where there is no policy, for a decoy takes the same statements as a mailbox (SPEC §3.3). */
const NO_POLICY = '' as MailboxPolicyId;

/** Another process decides within milliseconds: looking again sooner would only keep it from it. */
const SHORTEST_PAUSE = 20;
const LONGEST_PAUSE = 80;

/** Longest wait for other processes' attempts at one mailbox, in milliseconds: their leases are shorter. */
const PATIENCE = 60_000;

export function lockoutPolicyOf({ policy }: Pick<OpenedAttempt, 'policy'>): LockoutPolicy {
  return policy ?? DECOY_POLICY;
}

/**
 * Opens an attempt: waits while another is undecided, carries out a threshold that is due, and counts a failure for the
 * mailbox and for the source, in one transaction, before the PIN is looked at (SPEC §3.5). A hang-up cancels nothing.
 * It is overloaded when other processes keep the mailbox busy for a minute, and when too many hashes wait for the new
 * PIN of a reset that is due to be made. Throws when the database or the hasher fails.
 */
export async function openAttempt(
  parts: AttemptParts,
  id: AttemptId,
  key: SignInKey,
  source: SignInSource,
): Promise<OpeningResult> {
  const { database, clock } = parts;
  const began = clock.monotonic();
  while (clock.monotonic() - began < PATIENCE) {
    const look = await unlessUsedUp(() => database.transact((stores) => lookAndOpen(stores, parts, key, source, id)));
    switch (look.kind) {
      case 'busy':
        await pause(clock, randomInt(SHORTEST_PAUSE, LONGEST_PAUSE));
        break;
      case 'due':
        if (!(await carryOut(parts, look.due, look.settled))) return { kind: 'overloaded', cause: 'hashes-full' };
        break;
      case 'again':
        break;
      case 'opened':
        if (look.lockRanOut) parts.meter.count('unlock', 'lock-ran-out');
        return look;
      case 'locked':
      case 'source-refused':
      case 'overloaded':
        return look;
    }
  }
  return { kind: 'overloaded', cause: 'mailbox-busy' };
}

/** The limit of the source can turn out to be used up when everything else is written: then nothing of it is stored. */
async function unlessUsedUp(look: () => Promise<Look>): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof SourceUsedUp) return { kind: 'source-refused' };
    throw error;
  }
}

/** One transaction: the same statements for a decoy as for a mailbox that is open. */
async function lookAndOpen(
  stores: Stores,
  parts: AttemptParts,
  key: SignInKey,
  source: SignInSource,
  id: AttemptId,
): Promise<Look> {
  const now = parts.clock.now();
  const credential = await stores.credentials.forSignIn(key);
  const policy = await stores.policies.byId(credential.policyId ?? NO_POLICY);
  const { mailboxId } = credential;
  if (mailboxId !== undefined && policy === undefined) throw new Error(`Mailbox ${mailboxId} has no policy`);
  const lockoutPolicy = lockoutPolicyOf({ policy });
  const line = attemptLine(credential.isOwnNumber, lockoutPolicy);
  const opening = open(withoutNeighbour(parts, credential), lockoutPolicy, line, id, now);
  switch (opening.kind) {
    case 'busy':
      return opening;
    case 'locked':
      await auditAttempt(stores, parts, now, { outcome: 'locked', source, mailboxId });
      return { kind: 'locked', opensByItself: opensAt(opening.lock, lockoutPolicy) !== undefined, credential };
    case 'due':
      return dueAt(credential, policy, opening);
    case 'opened': {
      const stored = await stores.credentials.replace(credential, opening.state);
      if (stored === false) return { kind: 'again' };
      const failure = await parts.guard.count(stores, source, now);
      await auditSettled(stores, parts, credential, opening.settled, now);
      const before = opening.settled.state;
      const lockRanOut = opening.settled.expired !== undefined;
      return { kind: 'opened', attempt: { id, key, line, credential: stored, before, policy, failure }, lockRanOut };
    }
  }
}

/**
 * A decoy stands in for many extensions, and one of them does not wait for another, as it would not at mailboxes. That
 * an attempt of this process is at another extension is certain: those at the same one take turns.
 */
function withoutNeighbour({ underWay }: AttemptParts, { mailboxId, state }: SignInCredential): CredentialState {
  const isNeighbours = mailboxId === undefined && state.attempt !== undefined && underWay.has(state.attempt.id);
  return isNeighbours ? { ...state, attempt: undefined } : state;
}

function dueAt(
  read: SignInCredential,
  policy: MailboxPolicy | undefined,
  { threshold, settled }: Extract<Opening, { kind: 'due' }>,
): Look {
  const { mailboxId } = read;
  if (mailboxId === undefined || policy === undefined) throw new Error('A decoy has reached a threshold');
  return { kind: 'due', due: { threshold, read, state: settled.state, mailboxId, policy }, settled };
}

/**
 * Carries out a threshold that was reached and not acted on, because a process died, hashes were too many, or the
 * policy has changed. When somebody else does it first, or the mailbox is gone, the next look shows it. False, and it
 * stays due, when hashes are too many.
 */
async function carryOut(parts: AttemptParts, due: DueThreshold, settled: Settled): Promise<boolean> {
  const prepared = await unlessQueueFull(() => prepareThreshold(parts, due));
  if (prepared === 'queue-full') return false;
  if (prepared === undefined) return true;
  const now = parts.clock.now();
  const isStored = await parts.database.transact(async (stores) => {
    if (!(await storeThreshold(stores, parts, prepared, { kind: 'service' }, now))) return false;
    await auditSettled(stores, parts, due.read, settled, now);
    return true;
  });
  if (isStored) {
    if (settled.expired !== undefined) parts.meter.count('unlock', 'lock-ran-out');
    announceThreshold(parts, prepared);
  }
  return true;
}

async function unlessQueueFull<T>(prepare: () => Promise<T>): Promise<T | 'queue-full'> {
  try {
    return await prepare();
  } catch (error) {
    if (error instanceof HashQueueFull) return 'queue-full';
    throw error;
  }
}

/** Records what was found of the past: an attempt that nobody decided, and a lock that has run out. */
async function auditSettled(
  stores: Stores,
  { auditSealer }: ServiceParts,
  { mailboxId }: StoredCredential,
  { abandoned, expired }: Settled,
  now: number,
): Promise<void> {
  const about = { source: { kind: 'service' }, ...(mailboxId === undefined ? {} : { mailboxId }) } as const;
  if (abandoned !== undefined) {
    await audit(stores, auditSealer, now, {
      ...about,
      action: 'sign-in',
      outcome: 'failed',
      actor: { kind: 'caller' },
      reason: 'abandoned',
      details: { line: abandoned.line, openedAt: abandoned.openedAt },
    });
  }
  if (expired !== undefined) {
    await audit(stores, auditSealer, now, {
      ...about,
      action: 'unlock',
      outcome: 'done',
      actor: { kind: 'system' },
      reason: 'lock-ran-out',
      details: { lockedAt: expired.since },
    });
  }
}
