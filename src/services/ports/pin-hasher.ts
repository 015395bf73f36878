import type { CredentialId, PinHash } from '../../domain/credential.ts';

/**
 * Hashes PINs, slowly on purpose and a few at a time; the others wait in turn. The methods that hash throw
 * `HashQueueFull` when too many wait already, and are not cancelled by a hang-up.
 */
export interface PinHasher {
  /** A hash with a salt of its own, with today's parameters and key. */
  hash(pin: string, credential: CredentialId): Promise<PinHash>;
  /**
   * Whether the PIN is the one that was hashed for this credential; takes as long for a right one as for a wrong one.
   * Throws when the hash is malformed or its key is not at hand.
   *
   * @param inUse hashes of every cost that credentials have, where it matters that they are alike. The check takes as long
   *   as one of each cost together, so that how long it takes does not tell which of them `stored` has.
   */
  matches(pin: string, credential: CredentialId, stored: PinHash, inUse?: readonly PinHash[]): Promise<boolean>;
  /**
   * Whether the PIN is among those that were hashed for this credential: its history. They are looked into one after the
   * other, in a queue apart from that of {@link matches}, so that a change of PIN holds up no sign-in for long; it takes
   * as long whichever it is. Throws as {@link matches} does.
   */
  matchesAny(pin: string, credential: CredentialId, history: readonly PinHash[]): Promise<boolean>;
  /** Whether a hash was made with other parameters or another key than are used today. */
  isOutdated(stored: PinHash): boolean;
}
