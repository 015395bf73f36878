import type { MailboxId } from '../domain/mailbox.ts';
import type { SessionEnd, SignInSession } from './sign-in.ts';

/** What a session tells the conversation; the rest of it is how it ends. */
export type SessionFacts = Pick<SignInSession, 'mailbox' | 'changeCauses' | 'failures' | 'lockedElsewhere'>;

class Session implements SignInSession {
  readonly mailbox: SignInSession['mailbox'];
  readonly changeCauses: SignInSession['changeCauses'];
  readonly failures: SignInSession['failures'];
  readonly lockedElsewhere: boolean;
  readonly #forget: (session: Session) => void;
  #ended: SessionEnd | undefined;
  #listener: ((why: SessionEnd) => void) | undefined;
  #closed = false;
  /** The version of the credential that the session goes on under. */
  version: number;

  constructor(facts: SessionFacts, version: number, forget: (session: Session) => void) {
    this.mailbox = facts.mailbox;
    this.changeCauses = facts.changeCauses;
    this.failures = facts.failures;
    this.lockedElsewhere = facts.lockedElsewhere;
    this.version = version;
    this.#forget = forget;
  }

  onEnd(listener: (why: SessionEnd) => void): void {
    if (this.#closed) return;
    if (this.#ended === undefined) this.#listener = listener;
    else listener(this.#ended);
  }

  close(): void {
    this.#closed = true;
    this.#listener = undefined;
    this.#forget(this);
  }

  end(why: SessionEnd): void {
    if (this.#closed || this.#ended !== undefined) return;
    this.#ended = why;
    this.#listener?.(why);
    this.#listener = undefined;
  }
}

/**
 * The calls that are signed in, each under the version of the credential that it signed in with. Whatever advances that
 * version ends them (SPEC §3.12). A session is entered before its sign-in is stored, so that none slips in between.
 */
export class Sessions {
  readonly #live = new Set<Session>();

  /** How many there are. */
  get count(): number {
    return this.#live.size;
  }

  /** Enters a session; whoever has it closes it. */
  open(facts: SessionFacts, version: number): SignInSession {
    const session = new Session(facts, version, (closed) => this.#live.delete(closed));
    this.#live.add(session);
    return session;
  }

  /** The version that a session goes on under; undefined when it is over or none of these. */
  versionOf(session: SignInSession): number | undefined {
    return this.#find(session)?.version;
  }

  /** Lets a session go on under the version that its own PIN change has made. */
  renew(session: SignInSession, version: number): void {
    const found = this.#find(session);
    if (found !== undefined) found.version = version;
  }

  /** Ends the sessions of a mailbox, `except` the one that is the cause of it. To be called when the change is stored. */
  end(mailbox: MailboxId, why: SessionEnd, except?: SignInSession): void {
    for (const session of this.#live) {
      if (session.mailbox.id === mailbox && session !== except) session.end(why);
    }
  }

  /** The mailboxes that calls are signed in to, each once. */
  mailboxes(): ReadonlySet<MailboxId> {
    return new Set([...this.#live].map(({ mailbox }) => mailbox.id));
  }

  /** Whether a session of a mailbox goes on under an older version than this. */
  isBehind(mailbox: MailboxId, version: number): boolean {
    return [...this.#live].some((session) => session.mailbox.id === mailbox && session.version < version);
  }

  /** Ends the sessions of a mailbox that go on under an older version than this. */
  endBehind(mailbox: MailboxId, version: number, why: SessionEnd): void {
    for (const session of this.#live) {
      if (session.mailbox.id === mailbox && session.version < version) session.end(why);
    }
  }

  #find(session: SignInSession): Session | undefined {
    return session instanceof Session && this.#live.has(session) ? session : undefined;
  }
}
