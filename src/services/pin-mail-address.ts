import { describeFault } from '../domain/fault.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import type { ServiceParts } from './parts.ts';
import { letterTo, queueLetter } from './pin-replacement.ts';
import type { Stores } from './ports/database.ts';
import { PIN_LETTERS } from './ports/letter.ts';
import type { OutboxId } from './ports/outbox-store.ts';
import type { SealedPin } from './ports/pin-sealer.ts';

type AddressParts = Pick<ServiceParts, 'pinSealer' | 'log'>;

/** What became of the mail with a PIN that was on its way to an address which is no longer the mailbox's. */
export type PinMailMoved =
  /** There was none, or it goes to another address that somebody had named for it. */
  | { readonly kind: 'none' }
  /** It is withdrawn, and this one to the new address is queued in its place. */
  | { readonly kind: 'queued-anew'; readonly mail: OutboxId }
  /** It is withdrawn, and its PIN cannot be unsealed: nobody is told that PIN. */
  | { readonly kind: 'withdrawn' };

function unseal({ pinSealer, log }: AddressParts, pin: SealedPin | undefined, mail: OutboxId): string | undefined {
  try {
    return pin && pinSealer.open(pin, mail);
  } catch (error) {
    log.error({ mail, fault: describeFault(error) }, 'A mail is withdrawn, for its PIN cannot be unsealed');
    return undefined;
  }
}

/**
 * Has a PIN that nobody has been told yet go to the address that its mailbox has now: the one from before was wrong, or is
 * somebody else's. It belongs in the transaction that changes the address, in which `mailbox` is stored already. An attempt
 * that is under way cannot be called back; the outbox knows its mail as withdrawn then, and it is recorded if it arrives.
 *
 * Letters without a PIN stay where they go: they tell whoever had the mailbox what has happened to it, and to change the
 * address must be no means of keeping that from them.
 *
 * @param former the address that the mailbox had.
 * @param at in milliseconds since 1970.
 */
export async function movePinMail(
  stores: Stores,
  parts: AddressParts,
  mailbox: Mailbox,
  former: string,
  at: number,
): Promise<PinMailMoved> {
  const mail = await stores.outbox.newest(mailbox.id, PIN_LETTERS);
  if (mail === undefined || (mail.state !== 'waiting' && mail.state !== 'refused')) return { kind: 'none' };
  if (mail.letter.address.toLowerCase() !== former.toLowerCase()) return { kind: 'none' };
  const pin = unseal(parts, mail.pin, mail.id);
  if (pin === undefined) {
    await stores.outbox.supersede(mailbox.id, PIN_LETTERS, at);
    return { kind: 'withdrawn' };
  }
  const letter = { ...mail.letter, ...(await letterTo(stores, mailbox)) };
  return { kind: 'queued-anew', mail: await queueLetter(stores, parts.pinSealer, letter, pin, at) };
}

/** How an audit record of a changed address tells that. */
export function movedMailDetails(moved: PinMailMoved): Readonly<Record<string, string>> {
  switch (moved.kind) {
    case 'none':
      return {};
    case 'queued-anew':
      return { pinMail: moved.mail };
    case 'withdrawn':
      return { pinMail: 'withdrawn' };
  }
}
