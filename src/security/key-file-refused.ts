/** Why the key file cannot be used. */
export type KeyFileRefusal =
  /** It is not there, though it was named, or the database has been used with one. */
  | 'missing'
  /** It has not the keys that the database has been used with. */
  | 'wrong'
  /** What it holds is not a key file. */
  | 'malformed'
  /** Others than its owner may read or change it. */
  | 'exposed'
  /** It cannot be read. */
  | 'unreadable'
  /** It cannot be made or replaced. */
  | 'unwritable';

/** Thrown when the key file cannot be used; the message is a sentence for the operator, without the keys. */
export class KeyFileRefused extends Error {
  override readonly name = 'KeyFileRefused';
  readonly reason: KeyFileRefusal;
  readonly file: string;

  constructor(reason: KeyFileRefusal, file: string, sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.reason = reason;
    this.file = file;
  }
}
