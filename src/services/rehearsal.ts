import type { Log } from '../domain/log.ts';
import { SILENT_METER } from '../domain/meter.ts';
import type { ServiceParts } from './parts.ts';
import type { Database, Stores } from './ports/database.ts';
import { NO_ALERTS } from './ports/operator-alerts.ts';
import type { PinHistoryStore } from './ports/pin-history-store.ts';
import { Sessions } from './sessions.ts';

/** Undoes a transaction that went well. */
class Undone extends Error {}

const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

/** Nobody has had a PIN, and nobody was told that they had: whether a typed PIN was used before is not said (SPEC §5). */
function withoutHistory(store: PinHistoryStore): PinHistoryStore {
  return {
    last: async () => [],
    refusals: async () => 0,
    add: (credential, pin, at, keep) => store.add(credential, pin, at, keep),
    rehash: (credential, pin) => store.rehash(credential, pin),
    addRefusal: (credential, at, since) => store.addRefusal(credential, at, since),
  };
}

const rehearsed = (stores: Stores): Stores => ({ ...stores, pinHistory: withoutHistory(stores.pinHistory) });

/** A store each of whose methods is a transaction of its own that is undone. */
function undoing<Name extends keyof Stores>(database: Database, name: Name): Stores[Name] {
  return new Proxy(database[name], {
    get: (store, method) => {
      const member: unknown = Reflect.get(store, method);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) =>
        undone(database, async (stores) => {
          const within: object = rehearsed(stores)[name];
          const called: unknown = Reflect.get(within, method);
          if (typeof called !== 'function') throw new TypeError(`${name} has no ${String(method)}`);
          return Reflect.apply(called, within, values) as unknown;
        });
    },
  });
}

async function undone<T>(database: Database, work: (stores: Stores) => Promise<T>): Promise<T> {
  let done: { readonly result: T } | undefined;
  try {
    await database.transact(async (stores) => {
      done = { result: await work(stores) };
      throw new Undone();
    });
  } catch (error) {
    if (!(error instanceof Undone) || done === undefined) throw error;
  }
  if (done === undefined) throw new Error('A transaction that was to be undone was not');
  return done.result;
}

/** The same database, in which nothing is ever stored; closing it closes nothing. */
function undoingDatabase(database: Database): Database {
  return {
    dialPlans: undoing(database, 'dialPlans'),
    policies: undoing(database, 'policies'),
    mailboxes: undoing(database, 'mailboxes'),
    credentials: undoing(database, 'credentials'),
    pinHistory: undoing(database, 'pinHistory'),
    sourceFailures: undoing(database, 'sourceFailures'),
    outbox: undoing(database, 'outbox'),
    audit: undoing(database, 'audit'),
    pinKeys: undoing(database, 'pinKeys'),
    accessTokens: undoing(database, 'accessTokens'),
    idempotency: undoing(database, 'idempotency'),
    webSessions: undoing(database, 'webSessions'),
    signInLinks: undoing(database, 'signInLinks'),
    transact: (work) => undone(database, (stores) => work(rehearsed(stores))),
    look: (work) => database.look((stores) => work(rehearsed(stores))),
    serverTime: () => database.serverTime(),
    tryStoring: () => database.tryStoring(),
    close: async () => undefined,
  };
}

/**
 * The parts for finding out what a use case would answer (`-WhatIf`, SPEC §5): use cases that are made of them do
 * everything that they otherwise do, in transactions that are then undone. Nothing is stored, logged, mailed or ended,
 * and no PIN is compared with former ones.
 */
export function rehearsalOf(parts: ServiceParts): ServiceParts {
  return {
    ...parts,
    database: undoingDatabase(parts.database),
    sessions: new Sessions(),
    log: SILENT,
    meter: SILENT_METER,
    alerts: NO_ALERTS,
    mailQueued: () => undefined,
  };
}
