import { isRecord } from '../domain/is-record.ts';
import type { MailboxId } from '../domain/mailbox.ts';
import type { AuditSealer } from './ports/audit-sealer.ts';
import type { AuditStore } from './ports/audit-store.ts';

/** Who did it. */
export type Actor =
  /** A caller; which one, only the source tells. */
  | { readonly kind: 'caller' }
  /** The user of a mailbox who has proved to be one, on the telephone by the PIN. */
  | { readonly kind: 'user' }
  | { readonly kind: 'administrator'; readonly name: string }
  /** Somebody who has not proved to be anyone. */
  | { readonly kind: 'unknown' }
  /** The service itself, by a rule. */
  | { readonly kind: 'system' };

/** From where it came. */
export type AuditSource =
  | { readonly kind: 'call'; readonly callId: string; readonly peer: string; readonly assertedNumber?: string }
  | { readonly kind: 'http'; readonly address: string }
  /** A command of the program that was given on the machine named. */
  | { readonly kind: 'command'; readonly host: string }
  | { readonly kind: 'service' };

/** What an audit record can be about: a closed list. */
export const AUDIT_ACTIONS = [
  'sign-in',
  'pin-reset',
  'pin-change',
  'lock',
  'unlock',
  'mailbox-enabled',
  'mailbox-changed',
  'mailbox-disabled',
  'dial-plan-created',
  'dial-plan-changed',
  'dial-plan-removed',
  'policy-created',
  'policy-changed',
  'policy-removed',
  'mail',
  'mail-retried',
  'keys',
  'token-created',
  'token-removed',
  'web-sign-in',
  'web-sign-out',
  'sign-in-link',
  'mailbox-report',
  'authentication-failed',
  'access-refused',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** What else is to be known of it, by name. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null>>;

/** One thing that happened: who, what, from where, why (SPEC §5). Never a PIN, nor what was keyed and names no mailbox. */
export interface AuditEntry {
  readonly action: AuditAction;
  /** How it came out, such as `signed-in`, `failed`, `done`, `refused`. */
  readonly outcome: string;
  readonly actor: Actor;
  readonly source: AuditSource;
  readonly mailboxId?: MailboxId;
  /** Why, such as `wrong-pin` or `failed-sign-ins`. */
  readonly reason?: string;
  readonly details?: AuditDetails;
}

/**
 * Adds a record to the chain; it belongs in the transaction of what it tells of, so that neither is stored without the
 * other. `at` is in milliseconds since 1970. Throws when the database fails.
 */
export async function audit(
  { audit: store }: { readonly audit: AuditStore },
  sealer: AuditSealer,
  at: number,
  entry: AuditEntry,
): Promise<void> {
  const head = await store.head();
  const sequence = (head?.sequence ?? 0) + 1;
  const text = canonical(entry);
  const record = { sequence, at, entry: text, mailboxId: entry.mailboxId, keyId: sealer.keyId };
  await store.append({ ...record, mac: sealer.seal(head?.mac ?? '', sealedText(sequence, at, text)) });
}

/** What a link is made of besides the one before: everything that could be altered. */
export function sealedText(sequence: number, at: number, entry: string): string {
  return JSON.stringify([sequence, at, entry]);
}

/** JSON with the keys of every object in order, so that the same entry is always the same text. */
function canonical(entry: AuditEntry): string {
  return JSON.stringify(entry, (_key, value: unknown) => (isRecord(value) ? sorted(value) : value));
}

function sorted(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1)));
}

const ACTIONS: ReadonlySet<unknown> = new Set(AUDIT_ACTIONS);

/** The entry of a record; undefined for what somebody else has made of it, or a newer version of the service. */
export function readEntry(text: string): AuditEntry | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isEntry(entry) ? entry : undefined;
}

/** Enough to be shown; that the rest is as it was sealed, a verification tells. */
function isEntry(entry: unknown): entry is AuditEntry {
  if (!isRecord(entry) || !ACTIONS.has(entry.action) || typeof entry.outcome !== 'string') return false;
  const { actor, source, details } = entry;
  const isDetailed = details === undefined || isRecord(details);
  return isRecord(actor) && isRecord(source) && isDetailed;
}
