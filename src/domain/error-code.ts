/** The short code of an error of the system, a library or a database, such as `ENOENT`; undefined where there is none. */
export function errorCode(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}
