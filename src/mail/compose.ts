import { createTransport } from 'nodemailer';

/** A mail in words: both parts say the same. */
export interface Mail {
  readonly to: { readonly name: string; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** What tells this mail from all others, the same each time it is composed; without domain or brackets. */
  readonly id: string;
}

/** Bounds and quoting are nodemailer's (RFC 5322, RFC 2045–2047); names and subjects may have any character. */
export interface MailSender {
  /** The address that mails come from. */
  readonly from: string;
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/** Writes a mail as it goes over the wire: multipart/alternative, lines ended by CRLF (RFC 5322 §2.1). */
export async function compose(mail: Mail, { from }: MailSender, date: number): Promise<Buffer> {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  const { message } = await transport.sendMail({
    from: { name: 'Touchtone', address: from },
    to: { name: mail.to.name, address: mail.to.address },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    date: new Date(date),
    messageId: `<${mail.id}@${domainOf(from)}>`,
    // Nobody is on holiday towards a machine (RFC 3834 §5).
    headers: { 'Auto-Submitted': 'auto-generated' },
    // Nothing that a template says may fetch a file or a page.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  if (!Buffer.isBuffer(message)) throw new Error('The mail was not composed into a buffer');
  return message;
}
