import type { CredentialStore } from '../services/ports/credential-store.ts';
import type { Database } from '../services/ports/database.ts';

/** A database in which somebody else is quicker, so many times. */
export interface ContendedDatabase extends Database {
  /** How many times are left. */
  readonly left: number;
}

/**
 * The same database beside a process that writes a credential each time just before this one replaces it, `times` times:
 * what happens where a database lets several write at once.
 */
export function contendedDatabase(database: Database, times: number): ContendedDatabase {
  let left = times;
  const contended = (credentials: CredentialStore): CredentialStore => ({
    forSignIn: (key) => credentials.forSignIn(key),
    ofMailboxes: (mailboxes) => credentials.ofMailboxes(mailboxes),
    byMailbox: (mailbox) => credentials.byMailbox(mailbox),
    replace: async (read, state, pin) => {
      if (left-- > 0) await credentials.replace(read, read.state);
      return credentials.replace(read, state, pin);
    },
    insert: (id, mailbox, pin, state) => credentials.insert(id, mailbox, pin, state),
    hashesOfEachCost: () => credentials.hashesOfEachCost(),
    decoys: (ids) => credentials.decoys(ids),
    putDecoys: (ids, pin, state) => credentials.putDecoys(ids, pin, state),
  });
  return {
    ...database,
    get left() {
      return Math.max(0, left);
    },
    transact: (work) => database.transact((stores) => work({ ...stores, credentials: contended(stores.credentials) })),
    close: () => database.close(),
  };
}
