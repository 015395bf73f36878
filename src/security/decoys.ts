import { createHmac } from 'node:crypto';
import type { CredentialId } from '../domain/credential.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { Decoys } from '../services/ports/decoys.ts';
import { derivedKey } from './derived-key.ts';
import type { PinKeys } from './pin-keys.ts';

const COUNT = 256;

const IDS = Array.from({ length: COUNT }, (_, number) => idOf(number));

function idOf(number: number): CredentialId {
  return `decoy-${String(number).padStart(3, '0')}` as CredentialId;
}

class KeyedDecoys implements Decoys {
  readonly ids = IDS;
  readonly #key: Buffer;

  constructor(key: Buffer) {
    this.#key = key;
  }

  for(dialPlan: DialPlanId, extension: string): CredentialId {
    const digest = createHmac('sha256', this.#key).update(`${dialPlan}\0${extension}`, 'utf8').digest();
    return idOf(digest.readUInt8(0));
  }
}

/**
 * Makes the choice of decoys. It is made with the oldest key: a new one comes before it, so that a process which has
 * the new key already chooses as one that has not, and an extension keeps its decoy until the oldest key is retired.
 */
export function createDecoys(keys: PinKeys): Decoys {
  return new KeyedDecoys(derivedKey(keys.at(-1) ?? keys[0], 'decoys'));
}
