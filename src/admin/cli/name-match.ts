/** What a name that may be abbreviated stands for. */
export type NameMatch<T> =
  | { readonly kind: 'found'; readonly one: T }
  | { readonly kind: 'ambiguous'; readonly candidates: readonly T[] }
  | { readonly kind: 'unknown' };

/**
 * Finds what a name stands for, in any case: the one that has exactly this name, else the only one with a name that
 * begins so.
 */
export function matchName<T>(given: string, all: readonly T[], namesOf: (one: T) => readonly string[]): NameMatch<T> {
  const wanted = given.toLowerCase();
  const having = (condition: (name: string) => boolean): readonly T[] =>
    all.filter((one) => namesOf(one).some((name) => condition(name.toLowerCase())));
  const [exact] = having((name) => name === wanted);
  if (exact !== undefined) return { kind: 'found', one: exact };
  const candidates = wanted === '' ? [] : having((name) => name.startsWith(wanted));
  const [one] = candidates;
  if (one === undefined) return { kind: 'unknown' };
  return candidates.length === 1 ? { kind: 'found', one } : { kind: 'ambiguous', candidates };
}
