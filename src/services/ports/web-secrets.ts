/**
 * The secrets of the pages, made with keys that are not in the database: whoever has read that can neither take over a
 * session nor make a link. What an older key of the key file has made is known still.
 */
export interface WebSecrets {
  /** What is stored in place of a secret, or of something that is no business of the database. */
  digest(text: string): string;
  /** The digests that a text may have been stored under, one for each key; the current one is the first. */
  digests(text: string): readonly [string, ...string[]];
  /** The token in the link of this id, 32 hexadecimal digits. */
  linkToken(id: string): string;
  /** The id of the link that a token is of; undefined for one that was not made here. */
  linkId(token: string): string | undefined;
  /** Makes a text of up to some kilobytes unreadable and unchangeable, in characters that a cookie may have. */
  seal(text: string): string;
  /** Undefined for what was not sealed here, or was changed. */
  unseal(sealed: string): string | undefined;
}
