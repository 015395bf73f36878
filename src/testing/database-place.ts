import type { DatabasePlace } from '../storage/open-database.ts';
import { parsePostgresUrl } from '../storage/postgres-url.ts';

/** Where a test's database is, from the text that processes of the test are told it by: a path or a URL. */
export function placeOf(path: string): DatabasePlace {
  const server = parsePostgresUrl(path);
  return server === undefined ? { file: path } : { server };
}
