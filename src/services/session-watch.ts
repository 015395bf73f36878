import type { Cancel, Clock } from '../domain/clock.ts';
import type { CredentialState } from '../domain/credential.ts';
import { describeFault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type { Database } from './ports/database.ts';
import type { Sessions } from './sessions.ts';
import type { SessionEnd } from './sign-in.ts';

/** How often it is looked, in milliseconds, while calls are signed in. */
const LOOK_EVERY = 1_000;

export interface SessionWatchParts {
  readonly database: Database;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
}

/** What another instance has done to a mailbox, from what it has left. */
function causeOf(state: CredentialState | undefined): SessionEnd {
  if (state === undefined) return 'disabled';
  if (state.lock !== undefined) return 'locked';
  return state.pinExpired ? 'pin-reset' : 'pin-changed';
}

/**
 * Ends the calls signed in here to mailboxes that another instance on the same database, or a tool, has reset, changed,
 * locked or disabled (SPEC §3.12). That takes about two seconds, in which such a call can hear no more than before and
 * change nothing: a PIN is stored under the version only that the call has signed in with.
 *
 * A session that has changed its own PIN goes on under another version a moment after that is stored. So one is ended
 * when two looks in a row find a version beyond its own.
 */
export class SessionWatch {
  readonly #parts: SessionWatchParts;
  /** The mailboxes at which the last look has found a session behind. */
  #behind: ReadonlySet<MailboxId> = new Set();
  #isOver = false;
  #cancel: Cancel | undefined;

  constructor(parts: SessionWatchParts) {
    this.#parts = parts;
    this.#wait();
  }

  close(): void {
    this.#isOver = true;
    this.#cancel?.();
  }

  #wait(): void {
    if (!this.#isOver) this.#cancel = this.#parts.clock.after(LOOK_EVERY, () => void this.#look());
  }

  async #look(): Promise<void> {
    try {
      await this.#endOvertaken();
    } catch (error) {
      const { log } = this.#parts;
      if (!this.#isOver) log.warn({ fault: describeFault(error) }, 'It cannot be looked whether calls may go on');
    }
    this.#wait();
  }

  async #endOvertaken(): Promise<void> {
    const { database, sessions } = this.#parts;
    const mailboxes = [...sessions.mailboxes()];
    if (mailboxes.length === 0) return;
    const stored = await database.credentials.ofMailboxes(mailboxes);
    const states = new Map(stored.map(({ mailboxId, state }) => [mailboxId, state]));
    const behind = new Set<MailboxId>();
    for (const mailbox of mailboxes) {
      const state = states.get(mailbox);
      if (!sessions.isBehind(mailbox, state?.version ?? Number.POSITIVE_INFINITY)) continue;
      if (!this.#behind.has(mailbox)) behind.add(mailbox);
      else sessions.endBehind(mailbox, state?.version ?? Number.POSITIVE_INFINITY, causeOf(state));
    }
    this.#behind = behind;
  }
}
