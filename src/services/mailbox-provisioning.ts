import { randomInt, randomUUID } from 'node:crypto';
import type { CredentialId, PinHash } from '../domain/credential.ts';
import type { DialPlan } from '../domain/dial-plan.ts';
import { isExtension } from '../domain/extension.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import type { MailboxPolicy, MailboxPolicyId } from '../domain/mailbox-policy.ts';
import { normaliseNumber } from '../domain/phone-number.ts';
import type { PinRefusal } from '../domain/pin-policy.ts';
import { choosePin, judgePin, NO_HISTORY } from './pin-choice.ts';
import type { Database, Stores } from './ports/database.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { WelcomeMail } from './ports/welcome-mail.ts';

/** The mailbox's first PIN: one that is generated and mailed, or one that is typed and mailed only if that is asked. */
export type FirstPin =
  | { readonly kind: 'generated' }
  | { readonly kind: 'typed'; readonly pin: string; readonly mail: boolean };

export interface NewMailbox {
  /** Primary SMTP address. */
  readonly address: string;
  readonly displayName: string;
  /** The first is the primary one. */
  readonly extensions: readonly [string, ...string[]];
  /** None when not given. */
  readonly registeredNumbers?: readonly string[];
  /** The dial plan's when not given. */
  readonly language?: string;
  /** On when not given. */
  readonly subscriberAccess?: boolean;
  readonly pin: FirstPin;
}

/** Why a mailbox is not made; what was asked for is named by its rule, the PIN never. */
export type MailboxRefusal =
  | { readonly kind: 'no-such-policy' }
  | { readonly kind: 'not-an-address' }
  | { readonly kind: 'no-display-name' }
  | { readonly kind: 'not-an-extension'; readonly extensionDigits: number }
  | { readonly kind: 'not-a-number' }
  | { readonly kind: 'number-twice' }
  | { readonly kind: 'pin-refused'; readonly refusal: PinRefusal }
  | { readonly kind: 'address-taken' }
  | { readonly kind: 'number-taken'; readonly number: string };

/** A mailbox that is checked and has its PIN hashed and its letter staged, and is not stored yet. */
export interface DraftMailbox {
  readonly kind: 'draft';
  readonly mailbox: Mailbox;
  readonly credentialId: CredentialId;
  readonly pinHash: PinHash;
  /** Delivers the letter, if there is one, and says where it is to be found. */
  deliver(): Promise<string | undefined>;
  /** Removes the letter of a mailbox that was not stored after all. */
  discard(): Promise<void>;
}

export type Provisioned =
  | { readonly kind: 'provisioned'; readonly mailbox: Mailbox; readonly mail: string | undefined }
  | MailboxRefusal;

export interface ProvisioningParts {
  readonly hasher: PinHasher;
  readonly welcomeMail: WelcomeMail;
}

// One "@" with something before and behind it, none of it a blank, a control character or what headers are made of.
const ADDRESS = /^[^\s\p{Cc}@<>,;:"\\]{1,64}@[^\s\p{Cc}@<>,;:"\\]{1,255}$/u;
const DISPLAY_NAME = /^[^\p{Cc}]{1,256}$/u;

function draftNumbers(numbers: readonly string[]): string[] | undefined {
  const normal = numbers.map(normaliseNumber).filter((number) => number !== undefined);
  return normal.length === numbers.length ? normal : undefined;
}

/** The mailbox as it will be stored, or the first rule against it that needs no look into the database. */
function draft(wanted: NewMailbox, plan: DialPlan, policy: MailboxPolicy): Mailbox | MailboxRefusal {
  const { address, displayName, extensions } = wanted;
  if (!ADDRESS.test(address)) return { kind: 'not-an-address' };
  if (!DISPLAY_NAME.test(displayName) || displayName.trim() === '') return { kind: 'no-display-name' };
  if (!extensions.every((extension) => isExtension(extension, plan.extensionDigits))) {
    return { kind: 'not-an-extension', extensionDigits: plan.extensionDigits };
  }
  const registeredNumbers = draftNumbers(wanted.registeredNumbers ?? []);
  if (registeredNumbers === undefined) return { kind: 'not-a-number' };
  const numbers = [...extensions, ...registeredNumbers];
  if (new Set(numbers).size < numbers.length) return { kind: 'number-twice' };
  return {
    id: randomUUID() as string as MailboxId,
    dialPlanId: plan.id,
    policyId: policy.id,
    address,
    displayName: displayName.trim(),
    extensions,
    registeredNumbers,
    language: wanted.language ?? plan.defaultLanguage,
    subscriberAccess: wanted.subscriberAccess ?? true,
  };
}

/**
 * Checks a new mailbox, chooses or judges its PIN, hashes it and stages its letter: all that takes long and belongs
 * outside a transaction. Stage before store, and deliver after: whenever the program dies, either there is no mailbox,
 * or its letter is found at the next start and delivered ({@link settleStagedLetters}).
 */
export async function draftMailbox(
  wanted: NewMailbox,
  plan: DialPlan,
  accessNumbers: readonly [string, ...string[]],
  policy: MailboxPolicy,
  { hasher, welcomeMail }: ProvisioningParts,
): Promise<DraftMailbox | MailboxRefusal> {
  const mailbox = draft(wanted, plan, policy);
  if ('kind' in mailbox) return mailbox;
  const rules = { ...policy, extensions: mailbox.extensions };
  const isTyped = wanted.pin.kind === 'typed';
  const pin = wanted.pin.kind === 'typed' ? wanted.pin.pin : await choosePin(rules, NO_HISTORY, randomInt);
  const refusal = isTyped ? await judgePin(pin, rules, NO_HISTORY) : undefined;
  if (refusal !== undefined) return { kind: 'pin-refused', refusal };
  const credentialId = randomUUID() as string as CredentialId;
  const pinHash = await hasher.hash(pin, credentialId);
  const isMailed = wanted.pin.kind === 'generated' || wanted.pin.mail;
  const { id, address, displayName, extensions } = mailbox;
  const letter = isMailed
    ? await welcomeMail.stage({ mailboxId: id, address, displayName, extension: extensions[0], accessNumbers, pin })
    : undefined;
  return {
    kind: 'draft',
    mailbox,
    credentialId,
    pinHash,
    deliver: async () => letter?.deliver(),
    discard: async () => letter?.discard(),
  };
}

/** Stores a draft, or says what of it is another mailbox's; it belongs in one transaction. */
export async function storeMailbox(
  stores: Stores,
  { mailbox, credentialId, pinHash }: DraftMailbox,
): Promise<MailboxRefusal | undefined> {
  if ((await stores.mailboxes.byAddress(mailbox.address)) !== undefined) return { kind: 'address-taken' };
  for (const number of [...mailbox.extensions, ...mailbox.registeredNumbers]) {
    const owner = await stores.mailboxes.byNumber(mailbox.dialPlanId, number);
    if (owner !== undefined) return { kind: 'number-taken', number };
  }
  await stores.mailboxes.insert(mailbox);
  await stores.credentials.insert(credentialId, mailbox.id, pinHash);
  return undefined;
}

/**
 * Makes a mailbox with its first PIN (SPEC §5, enable). The PIN is in the letter, and neither returned nor stored.
 * Throws when the database or the disk fails: then there is no mailbox, or its letter is delivered at the next start.
 */
export async function provisionMailbox(
  database: Database,
  policyId: MailboxPolicyId,
  wanted: NewMailbox,
  parts: ProvisioningParts,
): Promise<Provisioned> {
  const policy = await database.policies.byId(policyId);
  const plan = policy && (await database.dialPlans.byId(policy.dialPlanId));
  if (policy === undefined || plan === undefined) return { kind: 'no-such-policy' };
  const accessNumbers = await database.dialPlans.accessNumbersOf(plan.id);
  const drafted = await draftMailbox(wanted, plan, accessNumbers, policy, parts);
  if (drafted.kind !== 'draft') return drafted;
  const refusal = await database.transact((stores) => storeMailbox(stores, drafted));
  if (refusal !== undefined) {
    await drafted.discard();
    return refusal;
  }
  return { kind: 'provisioned', mailbox: drafted.mailbox, mail: await drafted.deliver() };
}

/**
 * Delivers the letters that a crash left staged whose mailboxes were stored, and removes those of mailboxes that were
 * not. Says where the delivered ones are to be found. Throws when the database or the disk fails.
 */
export async function settleStagedLetters(
  stores: Stores,
  welcomeMail: WelcomeMail,
): Promise<ReadonlyMap<MailboxId, string>> {
  const delivered = new Map<MailboxId, string>();
  for (const letter of await welcomeMail.leftStaged()) {
    if ((await stores.mailboxes.byId(letter.mailboxId)) === undefined) await letter.discard();
    else delivered.set(letter.mailboxId, await letter.deliver());
  }
  return delivered;
}
