import { domainToASCII } from 'node:url';
import { createTransport } from 'nodemailer';
import type { LetterKind } from '../services/ports/letter.ts';
import type { OutboxId } from '../services/ports/outbox-store.ts';
import type { WrittenLetter } from './write-letter.ts';

/** What tells a mail from all others, the same each time it is composed. */
export interface MailStamp {
  readonly id: OutboxId;
  readonly kind: LetterKind;
  /** In milliseconds since 1970; the mail is dated so, however late it is delivered. */
  readonly queuedAt: number;
}

/** A mail as it goes over the wire. */
export interface ComposedMail extends MailStamp {
  readonly envelope: { readonly from: string; readonly to: string };
  /** RFC 5322, lines ended by CRLF. */
  readonly message: Buffer;
}

/** An address that a mail cannot be sent to. */
export class AddressUnusable extends Error {
  override readonly name = 'AddressUnusable';

  constructor() {
    super('The address cannot be used as one');
  }
}

interface SplitAddress {
  readonly local: string;
  readonly domain: string;
}

function split(address: string): SplitAddress {
  const at = address.lastIndexOf('@');
  return { local: address.slice(0, Math.max(at, 0)), domain: domainToASCII(address.slice(at + 1)) };
}

/** The address as the envelope has it: the domain in letters that every mail server knows (RFC 5891). */
function asciiAddress(address: string): string {
  if (!isUsableAddress(address)) throw new AddressUnusable();
  const { local, domain } = split(address);
  return `${local}@${domain}`;
}

/** Whether an address has what it takes: something before the last @, and a domain behind it. */
export function isUsableAddress(address: string): boolean {
  const { local, domain } = split(address);
  return local !== '' && domain !== '';
}

/**
 * Writes a mail as it goes over the wire: multipart/alternative (RFC 2046 §5.1.4). Quoting and encoding of names,
 * subjects and texts is nodemailer's; they may have any character. Message-ID and date are the same each time, so that
 * a mail which was delivered twice is known as the same.
 *
 * @param from the address that mails come from.
 * @throws {AddressUnusable} for an address that would not be the only recipient exactly as it is written.
 */
export async function composeMail(letter: WrittenLetter, from: string, stamp: MailStamp): Promise<ComposedMail> {
  const to = asciiAddress(letter.to.address);
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message, envelope } = await transport.sendMail({
    from: { name: 'Touchtone', address: from },
    to: { name: letter.to.name, address: letter.to.address },
    subject: letter.subject,
    text: letter.text,
    html: letter.html,
    date: new Date(stamp.queuedAt),
    messageId: `<${stamp.id}@${split(from).domain}>`,
    headers: {
      // Nobody is on holiday towards a machine (RFC 3834 §5); the second is what Exchange asks for.
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
    },
    // Nothing that a template says may fetch a file or a page.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  if (!Buffer.isBuffer(message)) throw new Error('The mail was not composed into a buffer');
  const [recipient, ...others] = envelope.to;
  if (recipient !== to || others.length > 0) throw new AddressUnusable();
  return { ...stamp, envelope: { from: asciiAddress(from), to }, message };
}
