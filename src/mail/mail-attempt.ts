import { describeFault } from '../domain/fault.ts';
import type { Log } from '../domain/log.ts';
import { type Letter, PIN_LETTERS } from '../services/ports/letter.ts';
import type { OutboxMail } from '../services/ports/outbox-store.ts';
import type { PinSealer } from '../services/ports/pin-sealer.ts';
import { AddressUnusable, type ComposedMail, composeMail } from './compose-mail.ts';
import type { Delivery, MailTransport } from './mail-transport.ts';
import { writeLetter } from './write-letter.ts';

/** What turns a mail of the outbox into one that is delivered. */
export interface AttemptParts {
  readonly sealer: PinSealer;
  /** Makes the token of a link that is to be mailed, by its id. */
  readonly linkToken: (id: string) => string;
  readonly transport: MailTransport;
  /** The address that mails come from. */
  readonly from: string;
  readonly log: Log;
}

type Written =
  | { readonly kind: 'written'; readonly mail: ComposedMail }
  | { readonly kind: 'refused'; readonly error: string };

/** The token is in the fragment, which browsers send to nobody: neither logs of servers nor referrers have it. */
function linkIn(letter: Letter, { linkToken }: Pick<AttemptParts, 'linkToken'>): string {
  return letter.kind === 'sign-in-link' ? `${letter.origin}/me/link#${linkToken(letter.linkId)}` : '';
}

/** What goes wrong here goes wrong each time, until somebody does something about it. */
async function write({ id, letter, pin, queuedAt }: OutboxMail, parts: AttemptParts): Promise<Written> {
  const { sealer, from, log } = parts;
  let opened = '';
  if (PIN_LETTERS.includes(letter.kind)) {
    try {
      if (pin === undefined) throw new Error('It is missing');
      opened = sealer.open(pin, id);
    } catch (error) {
      return { kind: 'refused', error: `The PIN cannot be unsealed: ${describeFault(error).message}` };
    }
  }
  try {
    const mail = await composeMail(writeLetter(letter, opened, linkIn(letter, parts)), from, {
      id,
      kind: letter.kind,
      queuedAt,
    });
    return { kind: 'written', mail };
  } catch (error) {
    if (error instanceof AddressUnusable) return { kind: 'refused', error: error.message };
    // Its message may have something of the letter in it.
    const { name, frames } = describeFault(error);
    log.error({ mail: id, fault: { name, frames } }, 'A letter could not be written');
    return { kind: 'refused', error: 'The letter cannot be written' };
  }
}

/**
 * Tries once to deliver a mail. Never rejects: a fault of the transport is an attempt that failed.
 *
 * @param signal gives the attempt up; it is postponed then.
 */
export async function attemptDelivery(mail: OutboxMail, parts: AttemptParts, signal: AbortSignal): Promise<Delivery> {
  const written = await write(mail, parts);
  if (written.kind === 'refused') return written;
  try {
    return await parts.transport.send(written.mail, signal);
  } catch (error) {
    parts.log.error(
      { mail: mail.id, fault: describeFault(error) },
      'Delivering a mail failed in a way nobody expected',
    );
    return { kind: 'postponed', because: 'unreachable', error: 'The attempt failed in a way nobody expected' };
  }
}
