import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import type { LetterKind } from '../services/ports/letter.ts';

/** A mail that the service has delivered into the folder of a DATA_DIR, as its user finds it. */
export interface DeliveredMail {
  readonly kind: LetterKind;
  /** The address that it went to. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Undefined in mails that tell none. */
  readonly pin: string | undefined;
  /** All of it, as it is stored. */
  readonly source: string;
}

/** What the welcome mail of the demonstration mailbox tells its user. */
export interface WelcomeFacts {
  readonly accessNumber: string;
  readonly extension: string;
  readonly pin: string;
}

/** The longer name of two that begin alike comes first. */
const KINDS: readonly LetterKind[] = [
  'um-enabled-notice',
  'um-enabled',
  'pin-reset-notice',
  'pin-reset',
  'lockout',
  'sign-in-link',
];

/** What `20261125T093000Z-pin-reset-<id>.eml` is. */
function kindOf(name: string): LetterKind {
  const [, rest = ''] = /^\d{8}T\d{6}Z-(.+)\.eml$/.exec(name) ?? [];
  const kind = KINDS.find((one) => rest.startsWith(`${one}-`));
  if (kind === undefined) throw new Error(`${name} is not what a mail is called`);
  return kind;
}

/** The number behind a label; undefined in a mail without it. */
function numberAt(label: string, text: string): string | undefined {
  return new RegExp(`^\\s*${label}:\\s*(\\d{1,24})\\b`, 'm').exec(text)?.[1];
}

/** The mails that are delivered so far, in the order in which they were queued; to the second, by chance within one. */
export async function readDeliveredMails(dataDir: string): Promise<readonly DeliveredMail[]> {
  const folder = join(dataDir, 'mail');
  const names = (await readdir(folder)).filter((name) => name.endsWith('.eml')).sort();
  return Promise.all(names.map((name) => readMail(folder, name)));
}

async function readMail(folder: string, name: string): Promise<DeliveredMail> {
  const kind = kindOf(name);
  const source = await readFile(join(folder, name), 'latin1');
  const { to, subject = '', text = '' } = await simpleParser(Buffer.from(source, 'latin1'));
  const recipients = [to ?? []].flat().flatMap(({ value }) => value.map(({ address = '' }) => address));
  const pin = numberAt('Your (?:new )?PIN', text);
  return { kind, to: recipients.join(), subject, text, pin, source };
}

/** What a welcome mail tells. Throws when there is not exactly one welcome mail, or a part of it is missing. */
export function welcomeFactsIn(mails: readonly DeliveredMail[]): WelcomeFacts {
  const found = mails.filter(({ kind }) => kind === 'um-enabled');
  const [mail] = found;
  if (mail === undefined || found.length > 1) {
    throw new Error(`There are ${found.length} welcome mails among ${mails.length} mails`);
  }
  const accessNumber = numberAt('Call', mail.text);
  const extension = numberAt('Your extension', mail.text);
  if (accessNumber === undefined || extension === undefined || mail.pin === undefined) {
    throw new Error('The welcome mail does not tell access number, extension and PIN');
  }
  return { accessNumber, extension, pin: mail.pin };
}
