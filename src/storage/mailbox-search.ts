import { type Kysely, type RawBuilder, sql } from 'kysely';
import type { MailboxCriteria } from '../services/ports/mailbox-store.ts';
import type { Schema } from './schema.ts';
import { folded, likePattern } from './search-text.ts';

/** Longer than everything together that a mailbox is searched for in. */
const SEARCH_MAXIMUM = 1_000;

const MINUTE = sql.lit(60_000);
const DAY = sql.lit(24 * 3_600_000);

/** Where a mailbox is in the order of addresses; the table is called `mailbox`. */
export const POSITION = sql<string>`lower(mailbox.address)`;

/** A limit of a policy, wide enough to be multiplied. */
const wide = (column: string): RawBuilder<unknown> => sql`cast(${sql.ref(column)} as bigint)`;

/** Whether the mailbox is locked, as `releaseTimedLock` has it. */
const isLocked = (now: number) => sql`
  credential.lock_reason is not null and not (
    credential.lock_reason = 'failures' and mailbox_policy.lockout_duration is not null
    and credential.locked_at + ${wide('mailbox_policy.lockout_duration')} * ${MINUTE} <= ${now})`;

/** Whether the PIN has to be changed, as `changeCauses` has it. */
const isPinExpired = (now: number) => sql`
  credential.pin_expired = 1 or (
    mailbox_policy.pin_lifetime is not null
    and credential.pin_set_at + ${wide('mailbox_policy.pin_lifetime')} * ${DAY} <= ${now})`;

const IS_FIRST_TIME = sql`credential.first_time = 1`;

/** Whether something holds of the mailbox's credential under its policy. */
const holdsOfCredential = (condition: RawBuilder<unknown>) => sql`exists (
  select 1 from credential inner join mailbox_policy on mailbox_policy.id = mailbox.policy_id
  where credential.mailbox_id = mailbox.id and (${condition}))`;

const HAS_MAIL_PROBLEM = sql`exists (
  select 1 from outbox where outbox.mailbox_id = mailbox.id and outbox.state in ('refused', 'waiting', 'expired') and (
    outbox.state = 'refused' or (outbox.state = 'waiting' and outbox.last_error is not null)
    or (outbox.state = 'expired' and not exists (
      select 1 from outbox as newer where newer.mailbox_id = outbox.mailbox_id and newer.sequence > outbox.sequence))))`;

const wanted = (condition: RawBuilder<unknown>, is: boolean) =>
  is ? sql<boolean>`(${condition})` : sql<boolean>`not (${condition})`;

function matchesSearch(search: string): RawBuilder<boolean> {
  const text = folded(search);
  if (text.length > SEARCH_MAXIMUM) return sql<boolean>`1 = 0`;
  const like = (pattern: string) => sql`like ${pattern} escape '\\'`;
  const inText = sql`mailbox.search_text ${like(likePattern(text, 'anywhere'))}`;
  if (!/^[0-9]+$/.test(text)) return sql<boolean>`${inText}`;
  return sql<boolean>`(${inText} or exists (
    select 1 from mailbox_extension
    where mailbox_extension.mailbox_id = mailbox.id
      and mailbox_extension.number ${like(likePattern(text, 'beginning'))}))`;
}

/** How many mailboxes are locked; few ever are, and there is an index of those alone. */
export async function countLocked(database: Kysely<Schema>, now: number): Promise<number> {
  const { locked } = await database
    .selectFrom('credential')
    .innerJoin('mailbox', 'mailbox.id', 'credential.mailbox_id')
    .innerJoin('mailbox_policy', 'mailbox_policy.id', 'mailbox.policy_id')
    .select((from) => from.fn.countAll<number | string>().as('locked'))
    .where(sql<boolean>`(${isLocked(now)})`)
    .executeTakeFirstOrThrow();
  return Number(locked);
}

/** The mailboxes that meet criteria; whoever asks says among which. */
export function mailboxesLike(database: Kysely<Schema>, criteria: MailboxCriteria) {
  const { now, search, locked, pinExpired, firstTime, mailProblem, policy, dialPlan } = criteria;
  const conditions = [
    search === undefined ? undefined : matchesSearch(search),
    policy === undefined ? undefined : sql<boolean>`mailbox.policy_id = ${policy}`,
    dialPlan === undefined ? undefined : sql<boolean>`mailbox.dial_plan_id = ${dialPlan}`,
    locked === undefined ? undefined : wanted(holdsOfCredential(isLocked(now)), locked),
    pinExpired === undefined ? undefined : wanted(holdsOfCredential(isPinExpired(now)), pinExpired),
    firstTime === undefined ? undefined : wanted(holdsOfCredential(IS_FIRST_TIME), firstTime),
    mailProblem === undefined ? undefined : wanted(HAS_MAIL_PROBLEM, mailProblem),
  ];
  const mailboxes = database.selectFrom('mailbox');
  return conditions.reduce((query, condition) => (condition === undefined ? query : query.where(condition)), mailboxes);
}
