import type { CallEnd } from '../domain/call-end.ts';

/**
 * Thrown by every wait of a conversation once the call has ended. It is thrown to unwind the screens and is caught
 * at the root of the call only; a recording is the one wait that resolves instead, with what it has.
 */
export class HungUp extends Error {
  override readonly name = 'HungUp';
  readonly by: CallEnd;

  constructor(by: CallEnd) {
    super(`The call has ended: ${by}`);
    this.by = by;
  }
}
