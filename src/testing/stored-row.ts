/** What is stored in one row of a table, read past the program. */
export interface StoredRow {
  readonly table: string;
  readonly values: Readonly<Record<string, unknown>>;
}
