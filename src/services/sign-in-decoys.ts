import { randomInt } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import type { PinHash } from '../domain/credential.ts';
import { type LockoutPolicy, newCredentialState } from '../domain/lockout.ts';
import { MAX_PIN_LENGTH } from '../domain/pin-policy.ts';
import type { Database } from './ports/database.ts';
import type { Decoys } from './ports/decoys.ts';
import type { PinHasher } from './ports/pin-hasher.ts';

/** What attempts at decoys are judged by: there is nothing to lock and no PIN to replace. */
export const DECOY_POLICY: LockoutPolicy = {
  logonFailuresBeforePinReset: 'unlimited',
  maxLogonAttempts: Number.POSITIVE_INFINITY,
  lockoutDuration: 'unlimited',
  ownerLine: true,
};

export interface DecoyParts {
  readonly database: Database;
  readonly hasher: PinHasher;
  readonly decoys: Decoys;
  readonly clock: Clock;
}

/**
 * Gives the decoys a hash like those that mailboxes are given now, of a PIN that nobody knows: an unknown extension then
 * costs an attempt exactly what a wrong PIN costs. Mailboxes that have not been signed in to since the parameters were
 * changed still have hashes of another cost; that is made up for at each check, whichever hash it is against.
 * Says what hashes there are of each cost. Throws when the database fails.
 */
export async function prepareDecoys({ database, hasher, decoys, clock }: DecoyParts): Promise<readonly PinHash[]> {
  const { ids } = decoys;
  const [first] = ids;
  if (first === undefined) throw new Error('There are no decoys');
  const present = await database.credentials.decoys(ids);
  if (present === undefined || hasher.isOutdated(present)) {
    const pin = Array.from({ length: MAX_PIN_LENGTH }, () => randomInt(10)).join('');
    const state = newCredentialState(clock.now(), { pinExpired: false, firstChangeWaived: false });
    await database.credentials.putDecoys(ids, await hasher.hash(pin, first), state);
  }
  return database.credentials.hashesOfEachCost();
}
