import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Database, Stores } from '../services/ports/database.ts';

/** A database of which a test knows whether anything is under way in it. */
export interface BusyDatabase {
  readonly database: Database;
  /** Resolves when nothing is, and nothing is begun by what has ended last. */
  settled(): Promise<void>;
}

/** So many turns of the event loop after its last answer, whoever goes on with that has asked for more. */
const QUIET_TURNS = 3;

/**
 * The same database for a test that moves time by hand: answers of a server take real time, and are to be there before
 * time goes on.
 */
export function busyDatabase(database: Database): BusyDatabase {
  let underWay = 0;
  const counted = async <T>(work: () => Promise<T>): Promise<T> => {
    underWay++;
    try {
      return await work();
    } finally {
      underWay--;
    }
  };
  const store = <Name extends keyof Stores>(name: Name): Stores[Name] =>
    new Proxy(database[name], {
      get: (target, method) => {
        const member: unknown = Reflect.get(target, method);
        if (typeof member !== 'function') return member;
        return (...values: unknown[]) => counted(() => Reflect.apply(member, target, values));
      },
    });
  return {
    database: {
      dialPlans: store('dialPlans'),
      policies: store('policies'),
      mailboxes: store('mailboxes'),
      credentials: store('credentials'),
      pinHistory: store('pinHistory'),
      sourceFailures: store('sourceFailures'),
      outbox: store('outbox'),
      audit: store('audit'),
      pinKeys: store('pinKeys'),
      accessTokens: store('accessTokens'),
      idempotency: store('idempotency'),
      webSessions: store('webSessions'),
      signInLinks: store('signInLinks'),
      transact: (work) => counted(() => database.transact(work)),
      look: (work) => counted(() => database.look(work)),
      serverTime: () => counted(() => database.serverTime()),
      tryStoring: () => counted(() => database.tryStoring()),
      close: () => database.close(),
    },
    settled: async () => {
      for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
        await nextTurn();
        while (underWay > 0) {
          quiet = 0;
          await sleep(1);
        }
      }
    },
  };
}
