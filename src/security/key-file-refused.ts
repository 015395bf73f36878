/** Why the key file cannot be used. */
export type KeyFileRefusal =
  /** It is not there, though it was named, or PINs are stored that need it. */
  | 'missing'
  /** It has not the key that stored PINs were hashed with. */
  | 'wrong'
  /** What it holds is not a key file. */
  | 'malformed'
  /** Others than its owner may read or change it. */
  | 'exposed'
  /** It cannot be made or read. */
  | 'unreadable';

/** Thrown at start when the key file cannot be used; the message is a sentence for the operator, without the keys. */
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
