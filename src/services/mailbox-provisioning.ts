import { randomInt, randomUUID } from 'node:crypto';
import type { CredentialId } from '../domain/credential.ts';
import type { DialPlan } from '../domain/dial-plan.ts';
import { isExtension } from '../domain/extension.ts';
import { newCredentialState } from '../domain/lockout.ts';
import type { Mailbox, MailboxId } from '../domain/mailbox.ts';
import { aliasesFor, isMailAddress, usualClock } from '../domain/mailbox-identity.ts';
import type { MailboxPolicy, MailboxPolicyId } from '../domain/mailbox-policy.ts';
import { audit } from './audit.ts';
import type { MailboxDetails } from './mailbox-administration.ts';
import { detailsOf } from './mailbox-details.ts';
import type { MailboxRefusal } from './mailbox-refusal.ts';
import { mailboxSettingsOf, normaliseMailbox, refuseTaken, type UnnamedMailbox } from './mailbox-settings.ts';
import type { ServiceParts } from './parts.ts';
import type { QueuedMail, Requester } from './pin-administration.ts';
import { choosePin, judgePin, NO_HISTORY } from './pin-choice.ts';
import { letterTo, type NewPin, pinRulesOf, queuedMail, queueLetter } from './pin-replacement.ts';
import type { Stores } from './ports/database.ts';
import type { Letter } from './ports/letter.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { PinSealer } from './ports/pin-sealer.ts';
import { FIRST_REVISION } from './revision.ts';
import { settingDetails } from './setting-changes.ts';

/** The mailbox's first PIN: one that is generated and mailed, or one that is typed and mailed only if that is asked. */
export type FirstPin =
  | {
      readonly kind: 'generated';
      /** Where the mail with the PIN goes; the mailbox's own address when not given. Its user is told so (SPEC §5). */
      readonly notifyEmail?: string;
    }
  | {
      readonly kind: 'typed';
      readonly pin: string;
      readonly mail: boolean;
      /** As above. */
      readonly notifyEmail?: string;
      /** False tells the user nothing of a PIN that is not mailed: for whoever stands beside them. */
      readonly notice?: boolean;
      /** Whether it has to be changed at the first sign-in; yes when not given. */
      readonly pinExpired?: boolean;
    };

export interface NewMailbox {
  /** Primary SMTP address. */
  readonly address: string;
  /** When not given, what is before the `@` of the address, numbered when that is taken. */
  readonly alias?: string;
  readonly displayName: string;
  /** The first is the primary one. */
  readonly extensions: readonly [string, ...string[]];
  /** None when not given. */
  readonly registeredNumbers?: readonly string[];
  /** The dial plan's when not given. */
  readonly language?: string;
  /** The service's when not given. */
  readonly timeZone?: string;
  /** What is usual where the language is spoken, when not given. */
  readonly clock?: Mailbox['clock'];
  /** On when not given. */
  readonly subscriberAccess?: boolean;
  /** Off when not given. */
  readonly pinlessAccess?: boolean;
  readonly pin: FirstPin;
}

/** A mailbox that is checked and has its PIN hashed, and is not stored yet. */
export interface DraftMailbox {
  readonly kind: 'draft';
  /** Without an alias, it is given one that is free when it is stored. */
  readonly mailbox: UnnamedMailbox;
  readonly credentialId: CredentialId;
  readonly newPin: NewPin;
  readonly pinIsGenerated: boolean;
  /** Where the mail with the PIN goes; undefined when it goes nowhere. */
  readonly pinMailedTo: string | undefined;
  /** Whether the user is told that there is a PIN, in a mail without it. */
  readonly isNoticeSent: boolean;
  readonly pinExpired: boolean;
}

export type Provisioned =
  | {
      readonly kind: 'provisioned';
      readonly mailbox: Mailbox;
      readonly details: MailboxDetails;
      /** The mails that were queued: the one with the PIN, the notice without it, or both. */
      readonly mails: readonly QueuedMail[];
    }
  | MailboxRefusal;

export interface ProvisioningParts
  extends Pick<ServiceParts, 'database' | 'hasher' | 'pinSealer' | 'auditSealer' | 'clock' | 'mailQueued'> {
  /** The zone of mailboxes that are given none: an IANA name. */
  readonly timeZone: string;
}

/** What the letters about a first PIN are made of. */
interface FirstLetters {
  readonly draft: DraftMailbox;
  readonly mailbox: Mailbox;
  readonly policy: MailboxPolicy;
}

/** The mailbox as it will be stored, or the first rule against it that needs no look into the database. */
function draft(
  wanted: NewMailbox,
  plan: DialPlan,
  policy: MailboxPolicy,
  serviceTimeZone: string,
): DraftMailbox['mailbox'] | MailboxRefusal {
  const language = wanted.language ?? plan.defaultLanguage;
  const mailbox = normaliseMailbox(
    {
      id: randomUUID() as string as MailboxId,
      dialPlanId: plan.id,
      policyId: policy.id,
      address: wanted.address,
      alias: wanted.alias,
      displayName: wanted.displayName,
      extensions: wanted.extensions,
      registeredNumbers: wanted.registeredNumbers ?? [],
      language,
      timeZone: wanted.timeZone ?? serviceTimeZone,
      clock: wanted.clock ?? '12-hour',
      subscriberAccess: wanted.subscriberAccess ?? true,
      pinlessAccess: wanted.pinlessAccess ?? false,
    },
    plan,
  );
  if ('kind' in mailbox) return mailbox;
  return { ...mailbox, clock: wanted.clock ?? usualClock(mailbox.language) };
}

const isSameAddress = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

/** Where the first PIN goes, and whether its user is told so in another mail (SPEC §5). */
function mailingOf({ address, pin }: NewMailbox): Pick<DraftMailbox, 'pinMailedTo' | 'isNoticeSent'> {
  if (pin.kind === 'typed' && !pin.mail) return { pinMailedTo: undefined, isNoticeSent: pin.notice ?? true };
  const pinMailedTo = pin.notifyEmail ?? address;
  return { pinMailedTo, isNoticeSent: !isSameAddress(pinMailedTo, address) };
}

/**
 * Checks a new mailbox, chooses or judges its PIN and hashes it: all that takes long and belongs outside a transaction.
 * Throws when too many PINs wait for their hash.
 */
export async function draftMailbox(
  wanted: NewMailbox,
  plan: DialPlan,
  policy: MailboxPolicy,
  { hasher, timeZone }: { readonly hasher: PinHasher; readonly timeZone: string },
): Promise<DraftMailbox | MailboxRefusal> {
  const mailbox = draft(wanted, plan, policy, timeZone);
  if ('kind' in mailbox) return mailbox;
  const { notifyEmail } = wanted.pin;
  if (notifyEmail !== undefined && !isMailAddress(notifyEmail)) return { kind: 'not-a-notify-address' };
  const rules = pinRulesOf(mailbox, policy);
  const typed = wanted.pin.kind === 'typed' ? wanted.pin : undefined;
  const refusal = typed && (await judgePin(typed.pin, rules, NO_HISTORY));
  if (refusal !== undefined) return { kind: 'pin-refused', refusal };
  const pin = typed?.pin ?? (await choosePin(rules, NO_HISTORY, randomInt));
  const credentialId = randomUUID() as string as CredentialId;
  return {
    kind: 'draft',
    mailbox,
    credentialId,
    newPin: { pin, hash: await hasher.hash(pin, credentialId) },
    pinIsGenerated: typed === undefined,
    ...mailingOf(wanted),
    pinExpired: typed?.pinExpired ?? true,
  };
}

async function freeAlias({ mailboxes }: Stores, address: string): Promise<string> {
  const aliases = aliasesFor(address);
  for (;;) {
    const { value } = aliases.next();
    if ((await mailboxes.byAlias(value)) === undefined) return value;
  }
}

/**
 * Stores a draft with its PIN, its letter and its audit record, or says why it cannot be; it belongs in one transaction.
 * Policy and dial plan are read again, for they may have changed since the draft. Whoever calls this tells the worker of
 * the mails once the transaction is stored.
 */
export async function storeMailbox(
  stores: Stores,
  draft: DraftMailbox,
  { pinSealer, auditSealer, clock }: Pick<ProvisioningParts, 'pinSealer' | 'auditSealer' | 'clock'>,
  by: Requester,
): Promise<Provisioned> {
  const policy = await stores.policies.byId(draft.mailbox.policyId);
  const plan = await stores.dialPlans.byId(draft.mailbox.dialPlanId);
  if (policy === undefined || plan === undefined) return { kind: 'no-such-policy' };
  const { extensionDigits } = plan;
  if (!draft.mailbox.extensions.every((one) => isExtension(one, extensionDigits))) {
    return { kind: 'not-an-extension', extensionDigits };
  }
  const refusal = await refuseTaken(stores, draft.mailbox);
  if (refusal !== undefined) return refusal;
  const alias = draft.mailbox.alias ?? (await freeAlias(stores, draft.mailbox.address));
  const mailbox: Mailbox = { ...draft.mailbox, alias };
  const { credentialId, newPin, pinExpired } = draft;
  const at = clock.now();
  const state = newCredentialState(at, { pinExpired, firstChangeWaived: !pinExpired });
  await stores.mailboxes.insert(mailbox);
  await stores.credentials.insert(credentialId, mailbox.id, newPin.hash, state);
  await stores.pinHistory.add(credentialId, newPin.hash, at, policy.pinHistoryCount);
  const mails = await queueFirstLetters(stores, pinSealer, { draft, mailbox, policy }, at);
  await audit(stores, auditSealer, at, {
    action: 'mailbox-enabled',
    outcome: 'done',
    ...by,
    mailboxId: mailbox.id,
    details: auditDetailsOf(mailbox, draft),
  });
  const mail = await stores.outbox.ofMailbox(mailbox.id, 1);
  const details = detailsOf({ mailbox, dialPlan: plan, policy, state, mail: mail[0], revision: FIRST_REVISION }, at);
  return { kind: 'provisioned', mailbox, details, mails };
}

/** The mail with the first PIN and, where that goes elsewhere or nowhere, the notice without it (SPEC §5). */
async function queueFirstLetters(
  stores: Stores,
  sealer: PinSealer,
  { draft, mailbox, policy }: FirstLetters,
  at: number,
): Promise<readonly QueuedMail[]> {
  const common = { ...(await letterTo(stores, mailbox)), policyText: policy.umEnabledText };
  const mails: QueuedMail[] = [];
  if (draft.pinMailedTo !== undefined) {
    const { pinMailedTo: address, pinExpired: mustChange } = draft;
    const letter: Letter = { ...common, address, kind: 'um-enabled', mustChange };
    mails.push(queuedMail(await queueLetter(stores, sealer, letter, draft.newPin.pin, at), letter));
  }
  if (draft.isNoticeSent) {
    const notice: Letter = { ...common, kind: 'um-enabled-notice' };
    mails.push(queuedMail(await queueLetter(stores, sealer, notice, undefined, at), notice));
  }
  return mails;
}

/** A mailbox that has been enabled, as its audit record has it: how it got its PIN, and never the PIN. */
function auditDetailsOf(
  mailbox: Mailbox,
  { pinIsGenerated, pinMailedTo: to, pinExpired }: DraftMailbox,
): ReturnType<typeof settingDetails> {
  const pinMailedTo = to === undefined ? 'nobody' : isSameAddress(to, mailbox.address) ? 'user' : to;
  return settingDetails({ ...mailboxSettingsOf(mailbox), pinIsGenerated, pinMailedTo, pinExpired });
}

/**
 * Makes a mailbox with its first PIN (SPEC §5, enable). All of it is stored, the letter included, or nothing. The PIN is
 * in the letter, encrypted while that waits, and neither returned nor logged.
 * Throws when the database fails, or too many PINs wait for their hash; there is no mailbox then.
 */
export async function provisionMailbox(
  parts: ProvisioningParts,
  policyId: MailboxPolicyId,
  wanted: NewMailbox,
  by: Requester,
): Promise<Provisioned> {
  const { database } = parts;
  const policy = await database.policies.byId(policyId);
  const plan = policy && (await database.dialPlans.byId(policy.dialPlanId));
  if (policy === undefined || plan === undefined) return { kind: 'no-such-policy' };
  const drafted = await draftMailbox(wanted, plan, policy, parts);
  if (drafted.kind !== 'draft') return drafted;
  const provisioned = await database.transact((stores) => storeMailbox(stores, drafted, parts, by));
  if (provisioned.kind === 'provisioned' && provisioned.mails.length > 0) parts.mailQueued();
  return provisioned;
}
