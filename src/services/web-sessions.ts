import { createHmac, randomBytes } from 'node:crypto';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { type Actor, type AuditEntry, audit } from './audit.ts';
import { everyHour } from './hourly.ts';
import type { Requester } from './pin-administration.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { Database, Stores } from './ports/database.ts';
import type { WebSecrets } from './ports/web-secrets.ts';
import type { OpenSessions, WebSession } from './ports/web-session-store.ts';

/** A session that is not used for so long has ended, in milliseconds. */
export const SESSION_IDLE = 30 * 60_000;
/** However much it is used, a session ends after this, in milliseconds. */
export const SESSION_LONGEST = 8 * 3_600_000;
/** Sessions of one person; a new one beyond that ends the oldest. */
export const SESSIONS_OF_PERSON = 10;

/** A use is written down once in this time, in milliseconds. */
const USE_NOTED_EVERY = 60_000;

const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Who has proved to be somebody. */
export type NewWebSession = Pick<WebSession, 'person' | 'name' | 'roles' | 'signedInBy' | 'tokenId' | 'mailboxId'> & {
  /** When what was proved with expires, in milliseconds since 1970; the session ends then at the latest. */
  readonly expiresAt: number | undefined;
};

export interface BegunSession {
  readonly session: WebSession;
  /** What the browser keeps, and nobody else: 256 random bits in base64url. */
  readonly secret: string;
}

export interface WebSessionParts {
  readonly database: Database;
  readonly auditSealer: AuditSealer;
  readonly webSecrets: WebSecrets;
  readonly clock: Clock;
  readonly log: Log;
}

/** Until when a session lasts if it is not used, in milliseconds since 1970. */
export function idleUntil({ lastUsedAt, until }: WebSession): number {
  return Math.min(lastUsedAt + SESSION_IDLE, until);
}

/** What requests of a session that change something have to bring with them: nobody makes it who has not its secret. */
export function csrfTokenOf(secret: string): string {
  return createHmac('sha256', secret).update('touchtone csrf').digest('base64url');
}

function actorOf({ name, mailboxId }: Pick<WebSession, 'name' | 'mailboxId'>): Actor {
  return mailboxId === undefined ? { kind: 'administrator', name } : { kind: 'user' };
}

/** Who a session is, as use cases record it. */
export function requesterOf(session: WebSession, address: string): Requester {
  return { actor: actorOf(session), source: { kind: 'http', address } };
}

/**
 * The browsers that are signed in. Sessions are in the database, under keyed digests of their secrets: a restart keeps
 * them, several processes share them, and who reads the database gets none. Every method throws when the database fails.
 */
export class WebSessions {
  readonly #parts: WebSessionParts;

  constructor(parts: WebSessionParts) {
    this.#parts = parts;
  }

  /**
   * Begins a session, on the record. Its secret is always a new one; the session that the browser has had ends.
   *
   * @param address the IP address that it comes from.
   * @param former the digests of the sessions that this one takes the place of.
   */
  async begin(who: NewWebSession, address: string, former: readonly string[] = []): Promise<BegunSession> {
    const { database, webSecrets, clock } = this.#parts;
    const secret = randomBytes(32).toString('base64url');
    const { expiresAt = Number.POSITIVE_INFINITY, ...facts } = who;
    const now = clock.now();
    const until = Math.min(now + SESSION_LONGEST, expiresAt);
    const session: WebSession = { ...facts, createdAt: now, lastUsedAt: now, until };
    await database.transact(async (stores) => {
      for (const digest of former) await stores.webSessions.remove(digest);
      await stores.webSessions.keepNewest(session.person, SESSIONS_OF_PERSON - 1);
      await stores.webSessions.insert(session, webSecrets.digest(secret));
      await this.#audit(stores, 'web-sign-in', 'signed-in', session, address, { by: session.signedInBy });
    });
    return { session, secret };
  }

  /** Under which digests the session of a secret may be; nothing about whether there is one. */
  digestsOf(secret: string | undefined): readonly string[] {
    return secret !== undefined && SECRET.test(secret) ? this.#parts.webSecrets.digests(secret) : [];
  }

  /** The session of a secret, and notes its use, once a minute; undefined when there is none, or it has ended. */
  async find(secret: string): Promise<WebSession | undefined> {
    const { database, clock } = this.#parts;
    const found = await this.#living(secret);
    if (found === undefined) return undefined;
    const now = clock.now();
    if (Math.abs(now - found.session.lastUsedAt) < USE_NOTED_EVERY) return found.session;
    await database.webSessions.used(found.digest, now);
    return { ...found.session, lastUsedAt: now };
  }

  /** The same without its being a use: for what goes on by itself. */
  async look(secret: string): Promise<WebSession | undefined> {
    return (await this.#living(secret))?.session;
  }

  /** Ends a session, on the record. */
  async end(secret: string, session: WebSession, address: string): Promise<void> {
    await this.#parts.database.transact(async (stores) => {
      if (!(await this.#remove(stores, secret))) return;
      await this.#audit(stores, 'web-sign-out', 'done', session, address, { sessions: 1 });
    });
  }

  /** Ends all sessions of the person whose session this is, on the record. */
  async endAll(session: WebSession, address: string): Promise<void> {
    await this.#parts.database.transact(async (stores) => {
      const sessions = await stores.webSessions.removeOf(session.person);
      await this.#audit(stores, 'web-sign-out', 'done', session, address, { sessions });
    });
  }

  /** How many are open, whichever process they were begun by. */
  open(): Promise<OpenSessions> {
    const { database, clock } = this.#parts;
    return database.webSessions.countOpen(clock.now(), clock.now() - SESSION_IDLE);
  }

  async #living(secret: string): Promise<{ readonly session: WebSession; readonly digest: string } | undefined> {
    const { database, webSecrets, clock } = this.#parts;
    if (!SECRET.test(secret)) return undefined;
    const found = await database.webSessions.byDigest(webSecrets.digests(secret));
    return found !== undefined && idleUntil(found.session) > clock.now() ? found : undefined;
  }

  async #remove({ webSessions }: Stores, secret: string): Promise<boolean> {
    if (!SECRET.test(secret)) return false;
    const found = await webSessions.byDigest(this.#parts.webSecrets.digests(secret));
    return found !== undefined && (await webSessions.remove(found.digest));
  }

  #audit(
    stores: Stores,
    action: 'web-sign-in' | 'web-sign-out',
    outcome: string,
    session: WebSession,
    address: string,
    details: AuditEntry['details'] & object,
  ): Promise<void> {
    const { auditSealer, clock } = this.#parts;
    const { mailboxId } = session;
    return audit(stores, auditSealer, clock.now(), {
      action,
      outcome,
      ...requesterOf(session, address),
      ...(mailboxId === undefined ? {} : { mailboxId }),
      details,
    });
  }
}

/** Forgets, now and every hour, the sessions that have ended; what it returns ends that. */
export async function startSessionPruning({
  database,
  clock,
  log,
}: Pick<WebSessionParts, 'database' | 'clock' | 'log'>): Promise<Cancel> {
  const prune = (): Promise<void> => database.webSessions.prune(clock.now(), clock.now() - SESSION_IDLE);
  await prune();
  return everyHour({ clock, log }, prune, 'Sessions that have ended cannot be removed');
}
