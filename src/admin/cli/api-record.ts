/** An object that the API answers with, or is given. */
export type ApiRecord = Readonly<Record<string, unknown>>;
