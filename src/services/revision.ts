/** What something has that nobody has changed since it was made; every change advances it by one. */
export const FIRST_REVISION = 1;

/** Whether something has been changed since it was read; whoever expects no revision changes what there is. */
export function differs(revision: number, expected: number | undefined): boolean {
  return expected !== undefined && expected !== revision;
}
