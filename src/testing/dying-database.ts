import type { Database, Stores } from '../services/ports/database.ts';

/** What a store throws where the program is said to die. */
export class Crash extends Error {
  constructor() {
    super('The program dies here');
  }
}

/** A database in which nothing more is stored from one point on. */
export interface DyingDatabase extends Database {
  /** Whether that point was reached. */
  readonly hasDied: boolean;
}

function dyingStore<T extends object>(store: T, step: () => void): T {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        step();
        return Reflect.apply(member, target, values);
      };
    },
  });
}

/**
 * The same database for a program that dies in a transaction, after so many calls of its stores: before the next call,
 * or before the commit when there is none. Nothing is stored after that.
 */
export function dyingDatabase(database: Database, callsBefore: number): DyingDatabase {
  let calls = 0;
  let hasDied = false;
  const step = (): void => {
    hasDied ||= calls++ >= callsBefore;
    if (hasDied) throw new Crash();
  };
  const dying = (stores: Stores): Stores => ({
    dialPlans: dyingStore(stores.dialPlans, step),
    policies: dyingStore(stores.policies, step),
    mailboxes: dyingStore(stores.mailboxes, step),
    credentials: dyingStore(stores.credentials, step),
    pinHistory: dyingStore(stores.pinHistory, step),
    sourceFailures: dyingStore(stores.sourceFailures, step),
    outbox: dyingStore(stores.outbox, step),
    audit: dyingStore(stores.audit, step),
    pinKeys: dyingStore(stores.pinKeys, step),
    accessTokens: dyingStore(stores.accessTokens, step),
    idempotency: dyingStore(stores.idempotency, step),
    webSessions: dyingStore(stores.webSessions, step),
    signInLinks: dyingStore(stores.signInLinks, step),
  });
  return {
    ...database,
    get hasDied() {
      return hasDied;
    },
    transact: (work) =>
      database.transact(async (stores) => {
        const result = await work(dying(stores));
        step();
        return result;
      }),
    close: () => database.close(),
  };
}
