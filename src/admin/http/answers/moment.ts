/** A moment as the API writes it. `at` is in milliseconds since 1970. */
export function momentOf(at: number): string {
  return new Date(at).toISOString();
}

/** The same for what may not have happened. */
export function momentOrNull(at: number | undefined): string | null {
  return at === undefined ? null : momentOf(at);
}
