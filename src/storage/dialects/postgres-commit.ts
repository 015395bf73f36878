import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable } from '../database-unavailable.ts';
import type { PoolClient } from './postgres-pool.ts';
import type { PostgresSessions } from './postgres-session.ts';

/** What became of a transaction whose commit was not answered. */
export type CommitOutcome =
  | 'committed'
  | 'undone'
  /** It waits for something, and may do so for hours. */
  | 'under-way'
  | 'unknown';

/** A commit that was not answered. */
export interface OpenCommit {
  readonly xid: string;
  /** That of the server that it was sent to. */
  readonly history: string;
  /** When it was sent, by the monotonic clock of the process, in milliseconds. */
  readonly since: number;
}

/** How long it is tried to find out, in milliseconds. */
const PATIENCE = 6_000;
const PAUSE = 50;

/**
 * For how long a commit may be under way, in milliseconds. One that takes longer waits for a standby, maybe for hours: it
 * will be stored, or go with its server, and whoever reads later finds out.
 */
const LONGEST_COMMIT = 6_000;

interface StatusRow {
  readonly status: 'committed' | 'aborted' | 'in progress' | null;
}

/** A transaction id that the server has not given to anybody yet: `invalid_parameter_value`. */
const IN_THE_FUTURE = '22023';

/**
 * Asks what became of a transaction, as long as it takes to reach a server and for a commit under way to end
 * (PostgreSQL's manual, `pg_xact_status`). A server that has crashed gives ids out again whose transactions had left
 * nothing on its disk, and a standby that has taken over those that it had not heard of: whatever either says of one as
 * committed may be said of another.
 */
export async function outcomeOf(sessions: PostgresSessions, commit: OpenCommit): Promise<CommitOutcome> {
  const deadline = performance.now() + PATIENCE;
  do {
    const outcome = await lookOnce(sessions, commit);
    if (outcome !== undefined) return outcome;
    await sleep(PAUSE);
  } while (performance.now() < deadline);
  return 'unknown';
}

/** Undefined when it is still to be seen. */
async function lookOnce(
  sessions: PostgresSessions,
  { xid, history: before, since }: OpenCommit,
): Promise<CommitOutcome | undefined> {
  let client: PoolClient;
  try {
    client = await sessions.acquire();
  } catch (error) {
    if (error instanceof DatabaseUnavailable) return undefined;
    throw error;
  }
  let isSpent = true;
  try {
    const { rows } = await client.query<StatusRow>('select pg_xact_status($1::xid8) as status', [xid]);
    isSpent = false;
    const status = rows[0]?.status;
    if (status === 'in progress') return performance.now() - since < LONGEST_COMMIT ? undefined : 'under-way';
    if (status === 'aborted') return 'undone';
    const isSameServer = sessions.factsOf(client)?.history === before;
    return status === 'committed' && isSameServer ? 'committed' : 'unknown';
  } catch (error) {
    const isFuture = error instanceof Error && 'code' in error && error.code === IN_THE_FUTURE;
    return isFuture ? 'undone' : undefined;
  } finally {
    sessions.release(client, isSpent);
  }
}
