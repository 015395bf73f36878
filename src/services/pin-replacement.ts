import { randomInt, randomUUID } from 'node:crypto';
import type { CredentialId, CredentialState, PinHash } from '../domain/credential.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import type { PinRules } from '../domain/pin-policy.ts';
import type { ServiceParts } from './parts.ts';
import type { QueuedMail } from './pin-administration.ts';
import { choosePin, type PinHistory } from './pin-choice.ts';
import type { StoredCredential } from './ports/credential-store.ts';
import type { Stores } from './ports/database.ts';
import { type Letter, PIN_LETTERS } from './ports/letter.ts';
import type { OutboxId } from './ports/outbox-store.ts';
import type { PinSealer } from './ports/pin-sealer.ts';

/** A PIN on its way into the database and into a letter; it is kept nowhere else. */
export interface NewPin {
  readonly pin: string;
  readonly hash: PinHash;
}

/** By what the PINs of a mailbox are judged. */
export function pinRulesOf(mailbox: Pick<Mailbox, 'extensions'>, policy: MailboxPolicy): PinRules {
  return {
    minPinLength: policy.minPinLength,
    allowCommonPatterns: policy.allowCommonPatterns,
    extensions: mailbox.extensions,
  };
}

/** The last PINs of a credential as far as its policy looks back. Looking into it takes a hash for each. */
export function pinHistoryOf(
  { database, hasher }: Pick<ServiceParts, 'database' | 'hasher'>,
  credential: CredentialId,
  { pinHistoryCount }: MailboxPolicy,
): PinHistory {
  return {
    lastPins: pinHistoryCount,
    includes: async (pin) => {
      const former = await database.pinHistory.last(credential, pinHistoryCount);
      return hasher.matchesAny(pin, credential, former);
    },
  };
}

/** Generates a PIN that every rule lets pass, and hashes it: what takes long and belongs outside a transaction. */
export async function generateNewPin(
  parts: Pick<ServiceParts, 'database' | 'hasher'>,
  credential: CredentialId,
  mailbox: Mailbox,
  policy: MailboxPolicy,
): Promise<NewPin> {
  const pin = await choosePin(pinRulesOf(mailbox, policy), pinHistoryOf(parts, credential, policy), randomInt);
  return { pin, hash: await parts.hasher.hash(pin, credential) };
}

/**
 * Stores another PIN with the state that it comes with, and adds it to the history; it belongs in one transaction.
 * False, and nothing is stored, when the credential has changed since it was read. `at` is in milliseconds since 1970.
 */
export async function storeNewPin(
  stores: Stores,
  read: StoredCredential,
  state: CredentialState,
  hash: PinHash,
  { pinHistoryCount }: MailboxPolicy,
  at: number,
): Promise<boolean> {
  if ((await stores.credentials.replace(read, state, hash)) === false) return false;
  await stores.pinHistory.add(read.id, hash, at, pinHistoryCount);
  return true;
}

/**
 * Queues a letter; it belongs in the transaction of what it tells of. One with a PIN withdraws older ones that are
 * undelivered (SPEC §5). Whoever calls this tells the mail's worker once the transaction is stored.
 */
export async function queueLetter(
  stores: Stores,
  sealer: PinSealer,
  letter: Letter,
  pin: string | undefined,
  at: number,
): Promise<OutboxId> {
  const id = randomUUID() as string as OutboxId;
  if (pin !== undefined) await stores.outbox.supersede(letter.mailboxId, PIN_LETTERS, at);
  const sealed = pin === undefined ? undefined : sealer.seal(pin, id);
  await stores.outbox.insert({ id, mailboxId: letter.mailboxId, letter, pin: sealed, queuedAt: at });
  return id;
}

/** What whoever asked is told of a letter that was queued. */
export function queuedMail(id: OutboxId, { kind, address }: Letter): QueuedMail {
  return { id, kind, to: address };
}

/** What every letter to a user has; the access numbers are read in the same transaction. */
export async function letterTo(
  stores: Stores,
  { id, dialPlanId, address, displayName, language, extensions }: Mailbox,
): Promise<Pick<Letter, 'mailboxId' | 'address' | 'displayName' | 'language' | 'extension' | 'accessNumbers'>> {
  const accessNumbers = await stores.dialPlans.accessNumbersOf(dialPlanId);
  return { mailboxId: id, address, displayName, language, extension: extensions[0], accessNumbers };
}
