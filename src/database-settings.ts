import { resolve } from 'node:path';
import Type, { type StaticDecode } from 'typebox';
import { setting, unlessEmpty, whenSet } from './setting.ts';
import type { DatabasePlace } from './storage/open-database.ts';
import { POSTGRES_URL_RULE, parsePostgresUrl } from './storage/postgres-url.ts';

/** The settings that say where the database is. */
export const DATABASE_SETTINGS = {
  DATABASE_URL: setting(
    `${POSTGRES_URL_RULE}; absent, the database is a file of SQLite in DATA_DIR`,
    '',
    unlessEmpty((text) => parsePostgresUrl(text)),
  ),
  DATABASE_PASSWORD_FILE: setting(
    'a file whose first line is the password for DATABASE_URL, which then has none itself',
    '',
    (text) => (text === '' ? '' : resolve(text)),
  ),
};

const Settings = Type.Object(DATABASE_SETTINGS);
type Decoded = StaticDecode<typeof Settings>;

/** What several instances on one database have to be told alike, and what they cannot share; a sentence for each. */
export function problemsOfDatabase(
  { DATABASE_URL: url, DATABASE_PASSWORD_FILE: passwordFile }: Partial<Decoded>,
  rest: { readonly mailsAreFiles: boolean; readonly makesKeyFile: boolean },
): readonly string[] {
  if (url === undefined) return [];
  const server = whenSet(url);
  if (server === undefined) {
    return passwordFile ? ['DATABASE_PASSWORD_FILE has the password for DATABASE_URL; set that, too.'] : [];
  }
  return [
    ...(passwordFile && server.password !== undefined
      ? ['DATABASE_PASSWORD_FILE and a password in DATABASE_URL cannot both be set.']
      : []),
    ...(rest.mailsAreFiles ? ['SMTP_URL must be set when DATABASE_URL is.'] : []),
    ...(rest.makesKeyFile
      ? ['SECRET_KEY_FILE must be set when DATABASE_URL is: all instances need the same keys.']
      : []),
  ];
}

/** A server, or the SQLite file in DATA_DIR. */
export function databasePlace(decoded: Decoded, dataDir: string): DatabasePlace {
  const server = whenSet(decoded.DATABASE_URL);
  if (server === undefined) return { file: resolve(dataDir, 'touchtone.sqlite') };
  return { server, passwordFile: decoded.DATABASE_PASSWORD_FILE || undefined };
}
