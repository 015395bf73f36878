/** The kinds of database that there are dialects for. */
export type DatabaseKind = 'sqlite' | 'postgres';
