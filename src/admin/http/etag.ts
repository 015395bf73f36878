/** What nothing has: revisions begin at 1. */
const NO_REVISION = 0;

/** One entity tag, weak or strong, as RFC 9110 §8.8.3 writes it. */
const TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/** What an `If-Match` asks for. */
export type Precondition =
  | { readonly kind: 'none' }
  /** One of these revisions; 0 stands for a tag that nothing here has. */
  | { readonly kind: 'revisions'; readonly revisions: readonly number[] }
  | { readonly kind: 'malformed' };

/** The entity tag of something in this revision. */
export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/** Reads an `If-Match` header (RFC 9110 §13.1.1). `*` asks only that there is something, which every change does. */
export function preconditionOf(header: string | undefined): Precondition {
  if (header === undefined || header.trim() === '*') return { kind: 'none' };
  const tags = header.split(',').map((tag) => TAG.exec(tag.trim()));
  const revisions: number[] = [];
  for (const tag of tags) {
    if (tag === null) return { kind: 'malformed' };
    const [, weak, opaque = ''] = tag;
    // Comparison is strong: a weak tag never matches.
    const isOurs = weak === undefined && /^[1-9][0-9]{0,14}$/.test(opaque);
    revisions.push(isOurs ? Number(opaque) : NO_REVISION);
  }
  return { kind: 'revisions', revisions };
}

/**
 * The revision that a change is to be made at, so that a change in between is noticed: whichever of those that were named
 * there is now.
 */
export function expectedRevision(revisions: readonly number[], current: number): number {
  return revisions.includes(current) ? current : NO_REVISION;
}
