import { setImmediate as breathe } from 'node:timers/promises';
import type { MailboxId } from '../domain/mailbox.ts';
import type { MailboxDetails, MailboxFilter, MailboxResolved } from './mailbox-administration.ts';
import { detailsOf } from './mailbox-details.ts';
import type { Page, PageRequest } from './page.ts';
import type { ServiceParts } from './parts.ts';
import type { Database, Stores } from './ports/database.ts';

/** Mailboxes looked at in one transaction: a few milliseconds, for with SQLite every call waits meanwhile. */
const AMONG = 500;

/**
 * The mailboxes with these ids, in this order, without those that are gone; it belongs in one transaction. `now` is in
 * milliseconds since 1970.
 */
export async function readDetails(
  stores: Stores,
  ids: readonly MailboxId[],
  now: number,
): Promise<readonly MailboxDetails[]> {
  if (ids.length === 0) return [];
  const mailboxes = byId(await stores.mailboxes.byIds(ids), ({ mailbox }) => mailbox.id);
  const credentials = byId(await stores.credentials.ofMailboxes(ids), ({ mailboxId }) => mailboxId);
  const mails = byId(await stores.outbox.newestOf(ids), ({ mailboxId }) => mailboxId);
  const policies = byId(await stores.policies.all(), ({ id }) => id);
  const dialPlans = byId(await stores.dialPlans.all(), ({ id }) => id);
  return ids.flatMap((id) => {
    const stored = mailboxes.get(id);
    const policy = stored && policies.get(stored.mailbox.policyId);
    const dialPlan = stored && dialPlans.get(stored.mailbox.dialPlanId);
    const state = credentials.get(id)?.state;
    if (stored === undefined || policy === undefined || dialPlan === undefined || state === undefined) return [];
    return detailsOf({ ...stored, dialPlan, policy, state, mail: mails.get(id) }, now);
  });
}

function byId<T, Id>(rows: readonly T[], idOf: (row: T) => Id): ReadonlyMap<Id, T> {
  return new Map(rows.map((row) => [idOf(row), row]));
}

/**
 * The next mailboxes that a filter lets pass, in the order of their addresses. However many have to be looked at, the event
 * loop gets its turn every few milliseconds. Throws when the database fails.
 */
export async function listMailboxes(
  { database, clock }: Pick<ServiceParts, 'database' | 'clock'>,
  filter: MailboxFilter,
  { after, limit }: PageRequest<string>,
): Promise<Page<MailboxDetails, string>> {
  const criteria = { ...filter, now: clock.now() };
  const items: MailboxDetails[] = [];
  let last = after;
  for (let position = after; ; ) {
    // One more than is asked for tells whether there are more.
    const wanted = limit + 1 - items.length;
    // What is found is read in the same transaction, so that it is what it was found for.
    const { found, through, details } = await database.look(async (stores) => {
      const step = await stores.mailboxes.find(criteria, position, wanted, AMONG);
      const ids = step.found.slice(0, wanted - 1).map(({ id }) => id);
      return { ...step, details: await readDetails(stores, ids, criteria.now) };
    });
    items.push(...details);
    last = found.slice(0, wanted - 1).at(-1)?.position ?? last;
    if (found.length >= wanted) return { items, next: last };
    if (through === undefined) return { items, next: undefined };
    position = through;
    await breathe();
  }
}

/** Which mailbox an identity names (SPEC §1). Throws when the database fails. */
export function resolveMailbox(database: Database, identity: string): Promise<MailboxResolved> {
  return database.look(async ({ mailboxes }) => {
    // Whoever gives an alias could otherwise keep everybody from a mailbox whose id they know.
    const named = await mailboxes.byId(identity as MailboxId);
    if (named !== undefined) return { kind: 'found', id: named.id };
    const candidates = [
      await mailboxes.byAddress(identity),
      await mailboxes.byAlias(identity),
      ...(await mailboxes.byExtension(identity)),
    ].filter((mailbox) => mailbox !== undefined);
    const addresses = new Map(candidates.map(({ id, address }) => [id, address]));
    const [first, ...others] = addresses.keys();
    if (first === undefined) return { kind: 'no-such-mailbox' };
    if (others.length === 0) return { kind: 'found', id: first };
    return { kind: 'ambiguous-identity', candidates: [...addresses.values()].toSorted() };
  });
}
