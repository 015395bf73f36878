import type { DialPlan } from '../domain/dial-plan.ts';
import { isExtension } from '../domain/extension.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import {
  isAlias,
  isMailAddress,
  isTimeZone,
  MAILBOX_NUMBERS_MAXIMUM,
  normaliseDisplayName,
} from '../domain/mailbox-identity.ts';
import { normaliseNumber } from '../domain/phone-number.ts';
import { normaliseLanguage } from '../domain/setting-text.ts';
import type { MailboxRefusal } from './mailbox-refusal.ts';
import type { Stores } from './ports/database.ts';
import type { Settings } from './setting-changes.ts';

/** A mailbox that may not have its alias yet. */
export type UnnamedMailbox = Omit<Mailbox, 'alias'> & { readonly alias: string | undefined };

type MailboxNumbers = Pick<Mailbox, 'extensions' | 'registeredNumbers'>;

/** Why settings are refused by a rule that every mailbox has to follow. */
export type MailboxSettingRefusal = Exclude<MailboxRefusal, { kind: 'pin-refused' | 'not-a-notify-address' }>;

function normaliseNumbers(
  { extensions, registeredNumbers: wanted }: MailboxNumbers,
  { extensionDigits }: DialPlan,
): MailboxNumbers | MailboxSettingRefusal {
  if (!extensions.every((extension) => isExtension(extension, extensionDigits))) {
    return { kind: 'not-an-extension', extensionDigits };
  }
  const registeredNumbers = wanted.map(normaliseNumber).filter((number) => number !== undefined);
  if (registeredNumbers.length < wanted.length) return { kind: 'not-a-number' };
  const numbers = [...extensions, ...registeredNumbers];
  if (new Set(numbers).size < numbers.length) return { kind: 'number-twice' };
  if (numbers.length > MAILBOX_NUMBERS_MAXIMUM) return { kind: 'too-many-numbers', maximum: MAILBOX_NUMBERS_MAXIMUM };
  return { extensions, registeredNumbers };
}

/** The mailbox as it is stored, or the first rule against it that needs no look into the database (SPEC §1). */
export function normaliseMailbox<T extends UnnamedMailbox>(wanted: T, plan: DialPlan): T | MailboxSettingRefusal {
  const { address, alias, timeZone } = wanted;
  if (!isMailAddress(address)) return { kind: 'not-an-address' };
  if (alias !== undefined && !isAlias(alias)) return { kind: 'not-an-alias' };
  const displayName = normaliseDisplayName(wanted.displayName);
  if (displayName === undefined) return { kind: 'no-display-name' };
  const numbers = normaliseNumbers(wanted, plan);
  if ('kind' in numbers) return numbers;
  const language = normaliseLanguage(wanted.language);
  if (language === undefined) return { kind: 'not-a-language' };
  if (!isTimeZone(timeZone)) return { kind: 'not-a-time-zone' };
  return { ...wanted, displayName, ...numbers, language };
}

/** Who else has the address, the alias or one of the numbers of a mailbox; it belongs in the transaction that stores it. */
export async function refuseTaken(
  { mailboxes }: Pick<Stores, 'mailboxes'>,
  { id, dialPlanId, address, alias, extensions, registeredNumbers }: UnnamedMailbox,
): Promise<MailboxSettingRefusal | undefined> {
  const isAnother = (owner: Mailbox | undefined): boolean => owner !== undefined && owner.id !== id;
  if (isAnother(await mailboxes.byAddress(address))) return { kind: 'address-taken' };
  if (alias !== undefined && isAnother(await mailboxes.byAlias(alias))) return { kind: 'alias-taken' };
  for (const number of [...extensions, ...registeredNumbers]) {
    if (isAnother(await mailboxes.byNumber(dialPlanId, number))) return { kind: 'number-taken', number };
  }
  return undefined;
}

/** Everything of a mailbox but its id, as its audit records have it. */
export function mailboxSettingsOf({ id: _id, extensions, registeredNumbers, ...settings }: Mailbox): Settings {
  return { ...settings, extensions: extensions.join(' '), registeredNumbers: registeredNumbers.join(' ') };
}
