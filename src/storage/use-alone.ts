import { lockDatabase } from './database-lock.ts';
import type { DatabasePlace } from './open-database.ts';
import { requireUnused } from './open-postgres.ts';

/** A database that no service uses meanwhile. */
export interface SoleUse {
  release(): Promise<void>;
}

/**
 * Makes sure, for a tool, that no service is using a database. A file is kept from services until the use is released;
 * of a server it is asked once whether any is connected, and none is to be started meanwhile.
 *
 * @throws DatabaseRefused when one is, or that cannot be found out.
 */
export async function useAlone(place: DatabasePlace): Promise<SoleUse> {
  if ('server' in place) {
    await requireUnused(place);
    return { release: async () => {} };
  }
  const lock = lockDatabase(place.file);
  return { release: async () => lock.release() };
}
