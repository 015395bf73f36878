import type { FastifyRequest } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import type { MailboxId } from '../../../domain/mailbox.ts';
import type { Page, PageRequest } from '../../../services/page.ts';
import { cursorOf, positionOf } from '../cursor.ts';
import { expectedRevision, preconditionOf } from '../etag.ts';
import type { AdminUseCases, HttpParts } from '../parts.ts';
import { raise } from '../problems.ts';
import type { WhatIfQuery } from '../schemas/common.ts';

/** The use cases of a request: those that do it, or those that only show what would happen. */
export function useCasesOf({ useCases, rehearsal }: HttpParts, { whatIf }: WhatIfQuery): AdminUseCases {
  return whatIf === true ? rehearsal : useCases;
}

/** Says in an answer that nothing was done, when nothing was. */
export function markWhatIf<T extends object>(answer: T, { whatIf }: WhatIfQuery): T & { readonly whatIf?: true } {
  return whatIf === true ? { ...answer, whatIf } : answer;
}

/** Lets a request without a body be one with an empty object, where nothing in it is needed. */
export async function emptyBodyIsEmpty(request: FastifyRequest): Promise<void> {
  request.body ??= {};
}

/** Answers that there is no such mailbox. */
export function noSuchMailbox(): never {
  return raise({ name: 'no-such-mailbox', detail: 'There is no mailbox of this id, address, alias or extension.' });
}

/** The mailbox that an identity names; answers that there is none, or which it may be, otherwise. */
export async function mailboxIdOf({ mailboxAdministration }: AdminUseCases, identity: string): Promise<MailboxId> {
  const resolved = await mailboxAdministration.resolve(identity);
  switch (resolved.kind) {
    case 'found':
      return resolved.id;
    case 'no-such-mailbox':
      return noSuchMailbox();
    case 'ambiguous-identity': {
      const candidates = [...resolved.candidates];
      return raise({
        name: 'ambiguous-identity',
        detail: `${candidates.length} mailboxes are meant by this. Use an address.`,
        more: { candidates },
      });
    }
  }
}

/** The same with its address, which answers name it by. */
export async function mailboxOf(
  useCases: AdminUseCases,
  identity: string,
): Promise<{ readonly id: MailboxId; readonly address: string }> {
  const id = await mailboxIdOf(useCases, identity);
  const { mailbox } = (await useCases.mailboxAdministration.get(id)) ?? noSuchMailbox();
  return { id, address: mailbox.address };
}

interface PageQuery {
  readonly limit?: number;
  readonly cursor?: string;
}

/** As the schema of queries has it, too. */
const LIMIT = 50;

/** Which part of a list a query asks for; answers that the cursor is none of this list's. */
export function pageRequest<T extends TSchema>(
  position: T,
  { limit = LIMIT, cursor }: PageQuery,
): PageRequest<Static<T>> {
  if (cursor === undefined) return { limit };
  const after = positionOf(position, cursor);
  if (after === undefined) {
    const errors = [{ path: '/cursor', message: 'must be `next` of an answer of this list' }];
    return raise({ name: 'invalid-request', detail: 'The cursor is none of this list.', more: { errors } });
  }
  return { limit, after };
}

/** A part of a list as it is answered. */
export function pageAnswer<T, Answer>(
  { items, next }: Page<T, unknown>,
  answer: (item: T) => Answer,
): { items: Answer[]; next: string | null } {
  return { items: items.map((item) => answer(item)), next: next === undefined ? null : cursorOf(next) };
}

/** The part of a list that is at hand as a whole, in the order of the texts that `positionOf` gives. */
export function pageOfAll<T>(
  all: readonly T[],
  positionOf: (item: T) => string,
  { after, limit }: PageRequest<string>,
): Page<T, string> {
  const placed = all.map((item) => ({ item, at: positionOf(item) }));
  placed.sort((one, other) => (one.at < other.at ? -1 : Number(one.at > other.at)));
  const rest = after === undefined ? placed : placed.filter(({ at }) => at > after);
  const items = rest.slice(0, limit);
  return { items: items.map(({ item }) => item), next: rest.length > limit ? items.at(-1)?.at : undefined };
}

/**
 * The revision that a change is to be made at, as `If-Match` says; undefined when any will do.
 *
 * @param current the one that there is now.
 */
export function expectedRevisionOf({ headers }: FastifyRequest, current: number): number | undefined {
  const precondition = preconditionOf(headers['if-match']);
  switch (precondition.kind) {
    case 'none':
      return undefined;
    case 'revisions':
      return expectedRevision(precondition.revisions, current);
    case 'malformed': {
      const errors = [{ path: '/if-match', message: 'must be an entity tag, such as "3"' }];
      return raise({ name: 'invalid-request', detail: '`If-Match` is not an entity tag.', more: { errors } });
    }
  }
}

/** Answers that somebody else was faster. */
export function preconditionFailed(): never {
  return raise({ name: 'precondition-failed', detail: 'It is not as it was any more. Read it again, then change it.' });
}

/** A list that its schema lets have no fewer than one; throws otherwise. */
export function atLeastOne(values: readonly string[]): readonly [string, ...string[]] {
  const [first, ...others] = values;
  if (first === undefined) throw new Error('The schema lets no list be empty');
  return [first, ...others];
}

/** The schema of an answer that has no body. */
export const noContent = (description: string) => Type.Null({ description });

/** Where that is which a request to the address of its list has made. */
export function locationOf({ routeOptions }: FastifyRequest, id: string): string {
  return `${routeOptions.url}/${id}`;
}
