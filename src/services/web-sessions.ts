import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { Cancel, Clock } from '../domain/clock.ts';
import type { Log } from '../domain/log.ts';
import { type Actor, type AuditEntry, audit } from './audit.ts';
import { everyHour } from './hourly.ts';
import type { Page, PageRequest } from './page.ts';
import type { Requester } from './pin-administration.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { Database, Stores } from './ports/database.ts';
import type { WebSecrets } from './ports/web-secrets.ts';
import type { OpenSessions, StillOpen, StoredSession, WebSession } from './ports/web-session-store.ts';

/** A session that is not used for so long has ended, in milliseconds. */
export const SESSION_IDLE = 30 * 60_000;
/** However much it is used, a session ends after this, in milliseconds. */
export const SESSION_LONGEST = 8 * 3_600_000;
/** Sessions of one person; a new one beyond that ends the oldest. */
export const SESSIONS_OF_PERSON = 10;

/** Sessions that a person may begin within {@link BEGUN_WINDOW}: each is a record that stays. */
export const SESSIONS_BEGUN = 30;
const BEGUN_WINDOW = 3_600_000;

/** A use is written down once in this time, in milliseconds. */
const USE_NOTED_EVERY = 60_000;

const SECRET = /^[A-Za-z0-9_-]{43}$/;

/** Who has proved to be somebody. */
export type NewWebSession = Pick<WebSession, 'person' | 'name' | 'roles' | 'signedInBy' | 'tokenId' | 'mailboxId'> & {
  /** When what was proved with expires, in milliseconds since 1970; the session ends then at the latest. */
  readonly expiresAt: number | undefined;
};

/** Somebody who is signed in. */
export interface SignedInPerson {
  readonly person: string;
  /** One at least, the newest first. */
  readonly sessions: readonly KnownSession[];
}

/** A session as others than its browser know it. */
export interface KnownSession {
  /** It is of no use for signing in. */
  readonly id: string;
  readonly session: WebSession;
}

/** Whose sessions, and which of them; all when none is named. */
export interface SessionChoice {
  readonly person: string;
  readonly id?: string;
}

export type SessionBegun =
  | ({ readonly kind: 'begun' } & BegunSession)
  /** The person has begun as many as may be; `retryAfter` is in seconds. */
  | { readonly kind: 'too-many'; readonly retryAfter: number }
  /** The mailbox is gone, or has another address by now than the one that somebody has proved to have. */
  | { readonly kind: 'no-such-mailbox' };

export interface BegunSession {
  readonly session: WebSession;
  /** What the browser keeps, and nobody else: 256 random bits in base64url. */
  readonly secret: string;
}

export interface WebSessionParts {
  readonly database: Database;
  readonly auditSealer: AuditSealer;
  readonly webSecrets: WebSecrets;
  /** A digest of the identity provider and of the roles that its groups have here; undefined where there is none. */
  readonly oidcTerms: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Until when a session lasts if it is not used, in milliseconds since 1970. */
export function idleUntil({ lastUsedAt, until }: WebSession): number {
  return Math.min(lastUsedAt + SESSION_IDLE, until);
}

/** By which others than its browser call a session. The digest that it is found by is kept from them all the same. */
const idOf = (digest: string): string =>
  createHash('sha256').update(`touchtone session ${digest}`).digest('base64url').slice(0, 22);

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
  async begin(who: NewWebSession, address: string, former: readonly string[] = []): Promise<SessionBegun> {
    const { database, webSecrets, clock } = this.#parts;
    const secret = randomBytes(32).toString('base64url');
    const { expiresAt = Number.POSITIVE_INFINITY, ...facts } = who;
    const now = clock.now();
    const until = Math.min(now + SESSION_LONGEST, expiresAt);
    const terms = facts.signedInBy === 'oidc' ? this.#parts.oidcTerms : undefined;
    const session: WebSession = { ...facts, terms, address, createdAt: now, lastUsedAt: now, until };
    return database.transact(async (stores): Promise<SessionBegun> => {
      const refusal = await refusalOf(stores, session);
      if (refusal !== undefined) return refusal;
      for (const digest of former) await stores.webSessions.remove(digest);
      await stores.webSessions.keepNewest(session.person, SESSIONS_OF_PERSON - 1);
      await stores.webSessions.insert(session, webSecrets.digest(secret));
      await this.#audit(stores, 'web-sign-in', 'signed-in', session, address, { by: session.signedInBy });
      return { kind: 'begun', session, secret };
    });
  }

  /** Under which digests the session of a secret may be; nothing about whether there is one. */
  digestsOf(secret: string | undefined): readonly string[] {
    return secret !== undefined && SECRET.test(secret) ? this.#parts.webSecrets.digests(secret) : [];
  }

  /** The ids that the session of a secret may have; nothing about whether there is one. */
  idsOf(secret: string): readonly string[] {
    return this.digestsOf(secret).map(idOf);
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
    return this.#parts.database.webSessions.countOpen(this.#stillOpen());
  }

  /** Who is signed in, in an order that stays, and with which sessions. */
  async list({ after, limit }: PageRequest<string>): Promise<Page<SignedInPerson, string>> {
    const sessions = await this.#parts.database.webSessions.listOpen(this.#stillOpen(), after, limit + 1);
    const persons = [...Map.groupBy(sessions, ({ session }) => session.person)].map(([person, of]) => ({
      person,
      sessions: of.map(({ session, digest }) => ({ session, id: idOf(digest) })),
    }));
    const items = persons.slice(0, limit);
    return { items, next: persons.length > limit ? items.at(-1)?.person : undefined };
  }

  /** Ends sessions of a person, on the record of who asks for it. Says how many there were. */
  async endOf({ person, id }: SessionChoice, by: Requester, isRehearsal: boolean): Promise<number> {
    const { database, auditSealer, clock } = this.#parts;
    return database.transact(async (stores) => {
      const all = await stores.webSessions.ofPerson(person);
      const chosen = all.filter(({ digest }) => id === undefined || idOf(digest) === id);
      const [newest] = chosen;
      if (newest === undefined) return 0;
      const { name, mailboxId } = newest.session;
      const sessions = chosen.length;
      if (isRehearsal) return sessions;
      for (const { digest } of chosen) await stores.webSessions.remove(digest);
      const whose = mailboxId === undefined ? {} : { mailboxId };
      const details = { sessions, person, name };
      const common = { action: 'web-sign-out', outcome: 'done' } as const;
      await audit(stores, auditSealer, clock.now(), { ...common, ...by, ...whose, details });
      return sessions;
    });
  }

  #stillOpen(): StillOpen {
    const { clock, oidcTerms: terms } = this.#parts;
    const now = clock.now();
    return { now, usedBefore: now - SESSION_IDLE, terms };
  }

  async #living(secret: string): Promise<StoredSession | undefined> {
    const { database, webSecrets, clock, oidcTerms } = this.#parts;
    if (!SECRET.test(secret)) return undefined;
    const found = await database.webSessions.byDigest(webSecrets.digests(secret));
    if (found === undefined || idleUntil(found.session) <= clock.now()) return undefined;
    // Roles are those that it was begun with: once other groups have other roles, nobody knows what they would be.
    return found.session.signedInBy === 'oidc' && found.session.terms !== oidcTerms ? undefined : found;
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

/** Why a session is not begun; undefined when it may be. */
async function refusalOf(
  { webSessions, mailboxes }: Stores,
  { person, name, mailboxId, createdAt: now }: WebSession,
): Promise<Exclude<SessionBegun, { kind: 'begun' }> | undefined> {
  const first = await webSessions.begunAt(person, SESSIONS_BEGUN);
  if (first !== undefined && first > now - BEGUN_WINDOW) {
    return { kind: 'too-many', retryAfter: Math.max(1, Math.ceil((first + BEGUN_WINDOW - now) / 1_000)) };
  }
  if (mailboxId === undefined || (await mailboxes.byId(mailboxId))?.address === name) return undefined;
  return { kind: 'no-such-mailbox' };
}

/** Forgets, now and every hour, the sessions that have ended; what it returns ends that. */
export async function startSessionPruning({
  database,
  clock,
  log,
}: Pick<WebSessionParts, 'database' | 'clock' | 'log'>): Promise<Cancel> {
  const prune = (): Promise<void> => {
    const now = clock.now();
    return database.webSessions.prune(now, now - SESSION_IDLE, now - BEGUN_WINDOW);
  };
  await prune();
  return everyHour({ clock, log }, prune, 'Sessions that have ended cannot be removed');
}
