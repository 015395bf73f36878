import type { Mailbox } from '../domain/mailbox.ts';

/** A text without what people leave out when they search: case, accents, and how a character is composed. */
export function folded(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** What a mailbox is searched for in, one a line, so that nothing is found across two of them. */
export function searchTextOf({
  displayName,
  address,
  alias,
}: Pick<Mailbox, 'displayName' | 'address' | 'alias'>): string {
  return folded(`${displayName}\n${address}\n${alias}`);
}

/** The pattern of `like … escape '\\'` for a text that contains, or begins with, what is folded already. */
export function likePattern(text: string, where: 'anywhere' | 'beginning'): string {
  const literal = text.replaceAll(/[\\%_]/g, '\\$&');
  return where === 'anywhere' ? `%${literal}%` : `${literal}%`;
}
