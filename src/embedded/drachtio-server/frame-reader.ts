/** Longest length in front of the "#": five digits, as drachtio-server reads it. */
const maxLengthDigits = 5;

/** What a stream holds, or why it cannot be read on. */
export type FrameResult =
  | { readonly kind: 'frames'; readonly frames: readonly Buffer[] }
  | { readonly kind: 'broken'; readonly reason: string };

/**
 * Cuts an application's stream into messages: a decimal count of bytes, "#", and so many bytes. The count is of bytes,
 * not of characters, and "#" may stand anywhere in a message; a message may come in any number of pieces.
 */
export class FrameReader {
  #pending: Buffer[] = [];
  #size = 0;
  /** Bytes of the message that is being collected, without its prefix; `undefined` while the prefix is read. */
  #expected: number | undefined;

  /**
   * Takes what came in and gives the messages that are complete now. `maxBytes` bounds one message; a longer one, or a
   * prefix that is no count, breaks the stream, and nothing of it can be read any more.
   */
  push(chunk: Buffer, maxBytes: number): FrameResult {
    this.#pending.push(chunk);
    this.#size += chunk.length;
    const frames: Buffer[] = [];
    for (;;) {
      if (this.#expected === undefined) {
        const prefix = this.#readPrefix();
        if (prefix === undefined) break;
        if (prefix === 'broken') return { kind: 'broken', reason: 'no length before #' };
        if (prefix > maxBytes) return { kind: 'broken', reason: 'message too long' };
        this.#expected = prefix;
      }
      if (this.#size < this.#expected) break;
      frames.push(this.#take(this.#expected));
      this.#expected = undefined;
    }
    return { kind: 'frames', frames };
  }

  /** The count, or `undefined` when its "#" has not come yet. */
  #readPrefix(): number | 'broken' | undefined {
    const head = this.#peek(maxLengthDigits + 1);
    const mark = head.indexOf('#');
    const digits = mark === -1 ? head : head.slice(0, mark);
    if (!/^\d*$/.test(digits)) return 'broken';
    if (mark === -1) return head.length > maxLengthDigits ? 'broken' : undefined;
    const length = Number(digits);
    if (digits === '' || length === 0) return 'broken';
    this.#take(mark + 1);
    return length;
  }

  #peek(bytes: number): string {
    let head = '';
    for (const chunk of this.#pending) {
      head += chunk.toString('latin1', 0, bytes - head.length);
      if (head.length >= bytes) break;
    }
    return head;
  }

  /** Removes `bytes` from the front; the chunks are joined once for each message, however many pieces it came in. */
  #take(bytes: number): Buffer {
    const all = this.#pending.length === 1 ? this.#pending[0] : Buffer.concat(this.#pending);
    const joined = all ?? Buffer.alloc(0);
    const rest = joined.subarray(bytes);
    this.#pending = rest.length === 0 ? [] : [rest];
    this.#size = rest.length;
    return joined.subarray(0, bytes);
  }
}

/** A message as it goes over the wire. */
export function frame(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${payload.length}#`, 'latin1'), payload]);
}
