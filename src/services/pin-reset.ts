import { resetOnRequest } from '../domain/lockout.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import { isMailAddress } from '../domain/mailbox-identity.ts';
import type { PinRefusal } from '../domain/pin-policy.ts';
import { audit } from './audit.ts';
import { areRefusalsUsedUp } from './history-refusals.ts';
import { untilNextOwnReset } from './own-resets.ts';
import type { ServiceParts } from './parts.ts';
import type { PinResetRequest, PinResetResult, QueuedMail, Requester } from './pin-administration.ts';
import { judgePin } from './pin-choice.ts';
import type { PinMailbox } from './pin-mailbox.ts';
import {
  generateNewPin,
  letterTo,
  type NewPin,
  pinHistoryOf,
  pinRulesOf,
  queuedMail,
  queueLetter,
  storeNewPin,
} from './pin-replacement.ts';
import type { Stores } from './ports/database.ts';
import { type Letter, PIN_LETTERS, type ResetCause } from './ports/letter.ts';

/** What a reset is to do, everything said. */
export interface ResetOrder {
  /** Undefined to have one generated. */
  readonly typedPin: string | undefined;
  readonly pinExpired: boolean;
  readonly lockedOut: boolean;
  /** Where the mail with the PIN goes; to nobody, or to the mailbox's own address. */
  readonly mailPinTo: 'nobody' | 'user' | { readonly address: string };
}

/** What a request asks for (SPEC §5), or why nobody can do that, whatever the mailbox. */
export function resetOrderOf({
  pin: typedPin,
  pinExpired = true,
  lockedOut = false,
  sendEmail = true,
  notifyEmail,
}: PinResetRequest): ResetOrder | Extract<PinResetResult, { kind: 'generated-unmailed' | 'not-an-address' }> {
  if (typedPin === undefined && !sendEmail) return { kind: 'generated-unmailed' };
  if (notifyEmail !== undefined && !isMailAddress(notifyEmail)) return { kind: 'not-an-address' };
  const order = { typedPin, pinExpired, lockedOut };
  if (!sendEmail) return { ...order, mailPinTo: 'nobody' };
  return { ...order, mailPinTo: notifyEmail === undefined ? 'user' : { address: notifyEmail } };
}

/** What becomes of a typed PIN before it is stored. */
export type TypedPinVerdict =
  | { readonly kind: 'passed' }
  /** A rule that everybody can look up refuses it. */
  | { readonly kind: 'refused'; readonly refusal: PinRefusal }
  /** It is in the history; only so often may somebody be told. */
  | { readonly kind: 'used-before'; readonly refusal: PinRefusal }
  /** Too many were; this one was not compared with the history. */
  | { readonly kind: 'used-up' };

/** Judges a PIN that an administrator has typed. It hashes, and belongs outside a transaction. */
export async function judgeTypedPin(
  { database, hasher, clock }: Pick<ServiceParts, 'database' | 'hasher' | 'clock'>,
  { mailbox, policy, credential }: PinMailbox,
  pin: string,
): Promise<TypedPinVerdict> {
  const rules = pinRulesOf(mailbox, policy);
  const isUsedUp = await areRefusalsUsedUp(database, credential.id, clock.now());
  const history = pinHistoryOf({ database, hasher }, credential.id, policy);
  const refusal = await judgePin(pin, rules, isUsedUp ? { ...history, includes: async () => false } : history);
  if (refusal !== undefined) return { kind: refusal.kind === 'used-before' ? 'used-before' : 'refused', refusal };
  return { kind: isUsedUp ? 'used-up' : 'passed' };
}

/** A reset with everything at hand that takes long to make. */
export interface PreparedReset {
  readonly order: ResetOrder;
  readonly found: PinMailbox;
  readonly newPin: NewPin;
}

/** Generates a PIN where none was typed, and hashes it; it belongs outside a transaction. Throws what the hasher throws. */
export async function prepareReset(
  parts: Pick<ServiceParts, 'database' | 'hasher'>,
  order: ResetOrder,
  found: PinMailbox,
): Promise<PreparedReset> {
  const { credential, mailbox, policy } = found;
  const { typedPin } = order;
  const newPin =
    typedPin === undefined
      ? await generateNewPin(parts, credential.id, mailbox, policy)
      : { pin: typedPin, hash: await parts.hasher.hash(typedPin, credential.id) };
  return { order, found, newPin };
}

export type StoredReset =
  | Extract<PinResetResult, { kind: 'reset' | 'no-such-mailbox' | 'history-attempts-used-up' | 'too-many' }>
  /** The PIN, or what decides on it, has changed since the new one was judged: nothing is stored. */
  | { readonly kind: 'again' };

/**
 * Stores a reset with its mails and its audit record; it belongs in one transaction. The credential is read in there:
 * somebody who calls all night could otherwise always come between. As long as its version is the same, so are the PINs
 * that the new one was compared with. `now` is in milliseconds since 1970.
 */
export async function storeReset(
  stores: Stores,
  parts: Pick<ServiceParts, 'pinSealer' | 'auditSealer'>,
  { order, found, newPin }: PreparedReset,
  by: Requester,
  now: number,
): Promise<StoredReset> {
  const { policy, credential } = found;
  // Read anew: its address may be another one by now, and the PIN goes there.
  const mailbox = await stores.mailboxes.byId(found.mailbox.id);
  const read = await stores.credentials.byMailbox(found.mailbox.id);
  if (mailbox === undefined || read === undefined) return { kind: 'no-such-mailbox' };
  if (read.state.version !== credential.state.version) return { kind: 'again' };
  if (order.typedPin !== undefined && (await areRefusalsUsedUp(stores, read.id, now))) {
    // Being let pass would tell as much as being refused.
    return { kind: 'history-attempts-used-up' };
  }
  const retryAfter = by.actor.kind === 'user' ? await untilNextOwnReset(stores, mailbox.id, now) : 0;
  if (retryAfter > 0) return { kind: 'too-many', retryAfter };
  // A user's own reset opens no lock that a person has set (SPEC §5).
  const mayOpen = by.actor.kind !== 'user' || read.state.lock?.reason !== 'administrator';
  const lock = order.lockedOut ? 'close' : mayOpen ? 'open' : 'keep';
  const { pinExpired } = order;
  const state = resetOnRequest(read.state, { pinExpired, lock }, now);
  if (!(await storeNewPin(stores, read, state, newPin.hash, policy, now))) return { kind: 'again' };
  const current = { order, found: { ...found, mailbox }, newPin };
  const mails = await queueResetLetters(stores, parts, current, causeOf(by), now);
  const lockedOut = state.lock !== undefined;
  await audit(stores, parts.auditSealer, now, {
    action: 'pin-reset',
    outcome: 'done',
    ...by,
    mailboxId: mailbox.id,
    reason: 'on-request',
    details: {
      pinIsGenerated: order.typedPin === undefined,
      pinExpired,
      wasLockedOut: read.state.lock !== undefined,
      lockedOut,
      pinMailedTo: typeof order.mailPinTo === 'string' ? order.mailPinTo : order.mailPinTo.address,
      mails: mails.map(({ id }) => id).join(' '),
    },
  });
  return { kind: 'reset', pinExpired, lockedOut, mails };
}

function causeOf({ actor }: Requester): ResetCause {
  return actor.kind === 'user' ? 'user' : 'administrator';
}

/** The mail with the PIN and, where that goes elsewhere or nowhere, the notice without it to the user (SPEC §5). */
async function queueResetLetters(
  stores: Stores,
  { pinSealer }: Pick<ServiceParts, 'pinSealer'>,
  { order: { mailPinTo, pinExpired }, found: { mailbox, policy }, newPin }: PreparedReset,
  cause: ResetCause,
  now: number,
): Promise<readonly QueuedMail[]> {
  const common = { ...(await letterTo(stores, mailbox)), cause, policyText: policy.resetPinText };
  const mails: QueuedMail[] = [];
  if (mailPinTo === 'nobody') {
    // What is still on its way tells a PIN that is no longer right.
    await stores.outbox.supersede(mailbox.id, PIN_LETTERS, now);
  } else {
    const address = mailPinTo === 'user' ? common.address : mailPinTo.address;
    const letter: Letter = { ...common, address, kind: 'pin-reset', mustChange: pinExpired };
    mails.push(queuedMail(await queueLetter(stores, pinSealer, letter, newPin.pin, now), letter));
  }
  if (!tellsUser(mailPinTo, mailbox)) {
    const notice: Letter = { ...common, kind: 'pin-reset-notice' };
    mails.push(queuedMail(await queueLetter(stores, pinSealer, notice, undefined, now), notice));
  }
  return mails;
}

function tellsUser(mailPinTo: ResetOrder['mailPinTo'], { address }: Pick<Mailbox, 'address'>): boolean {
  if (typeof mailPinTo === 'string') return mailPinTo === 'user';
  return mailPinTo.address.toLowerCase() === address.toLowerCase();
}
