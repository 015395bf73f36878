import type { MessageLimits } from './limits.ts';

/** What is wrong with a message on a stream: the answer to it, after which nothing on the stream can be trusted. */
export interface StreamFlaw {
  readonly status: number;
  readonly reason: string;
}

export type StreamFrame =
  /** A whole message, cut by its Content-Length. */
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** Two line breaks between messages: the peer asks whether the connection is alive (RFC 5626 §3.5.1). */
  | { readonly kind: 'ping' }
  /** Where one message ends cannot be told, or it is too long. `bytes` are what of it has been read. Always the last. */
  | { readonly kind: 'broken'; readonly bytes: Buffer; readonly flaw: StreamFlaw };

const carriageReturn = 13;
const lineFeed = 10;

const firstBytes = 4_096;

/**
 * Cuts a stream into SIP messages (RFC 3261 §18.3): the head ends with an empty line, and Content-Length, which a
 * message on a stream must have (§20.14), says how long the body is. Line breaks before a message are passed over
 * (§7.5). It holds one unfinished message at most, never more bytes than the limits allow one, and looks at each byte
 * a fixed number of times however small the pieces are in which they come.
 */
export class StreamFramer {
  readonly #limits: MessageLimits;
  #buffer = Buffer.allocUnsafe(firstBytes);
  #length = 0;
  /** How far the head has been searched for its end. */
  #searched = 0;
  /** The length of the message that has begun, once its head is there. */
  #wanted: number | undefined;
  #lineBreaks = 0;
  #broken = false;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
  }

  /** Whether a message has begun and not ended. */
  get unfinished(): boolean {
    return this.#length > 0;
  }

  /** Takes the next piece and gives what it completes, in order. After a broken frame nothing more comes. */
  push(chunk: Buffer): StreamFrame[] {
    const frames: StreamFrame[] = [];
    let position = 0;
    while (position < chunk.length && !this.#broken) {
      if (this.#length === 0) {
        const start = this.#skipLineBreaks(chunk, position, frames);
        if (start === chunk.length) break;
        position = start;
      }
      position += this.#take(chunk.subarray(position), frames);
    }
    return frames;
  }

  /** RFC 5626 §3.5.1: a ping is CRLF CRLF; a single one stands for nothing. Many at once get one answer. */
  #skipLineBreaks(chunk: Buffer, from: number, frames: StreamFrame[]): number {
    let at = from;
    for (; at < chunk.length && (chunk[at] === carriageReturn || chunk[at] === lineFeed); at++) {
      if (chunk[at] === lineFeed) this.#lineBreaks++;
    }
    if (this.#lineBreaks >= 2) {
      if (frames.at(-1)?.kind !== 'ping') frames.push({ kind: 'ping' });
      this.#lineBreaks = 0;
    }
    if (at < chunk.length) this.#lineBreaks = 0;
    return at;
  }

  /** Takes as much of the piece as the message in progress can need, and says how much that was. */
  #take(piece: Buffer, frames: StreamFrame[]): number {
    const { messageBytes } = this.#limits;
    const room = (this.#wanted ?? messageBytes) - this.#length;
    // Little at a time while the end of the head is looked for: what is behind it would be copied for each message anew.
    const taken = Math.min(room, piece.length, this.#wanted === undefined ? firstBytes : room);
    this.#append(piece.subarray(0, taken));
    if (this.#wanted === undefined) this.#findEnd(frames);
    if (this.#broken) return taken;
    if (this.#wanted === undefined) {
      if (this.#length === messageBytes) this.#break(frames, 513, 'Message Too Large');
      return taken;
    }
    // The head was found in the middle of what was taken: what is behind the message is given back.
    const surplus = Math.max(0, this.#length - this.#wanted);
    if (this.#length >= this.#wanted) {
      frames.push({ kind: 'message', bytes: Buffer.from(this.#buffer.subarray(0, this.#wanted)) });
      this.#reset();
    }
    return taken - surplus;
  }

  #findEnd(frames: StreamFrame[]): void {
    const headLength = this.#endOfHead();
    if (headLength === undefined) return;
    const { messageBytes, bodyBytes } = this.#limits;
    const body = contentLength(this.#buffer.toString('latin1', 0, headLength));
    if (body === undefined) this.#break(frames, 400, 'Missing Content-Length', headLength);
    else if (body === 'bad') this.#break(frames, 400, 'Bad Content-Length', headLength);
    else if (body > bodyBytes || headLength + body > messageBytes) {
      this.#break(frames, 513, 'Message Too Large', headLength);
    } else this.#wanted = headLength + body;
  }

  /** The index behind the empty line, with CRLF or a bare line feed at the end of lines as the parser takes them. */
  #endOfHead(): number | undefined {
    const data = this.#buffer.subarray(0, this.#length);
    let at = data.indexOf(lineFeed, this.#searched);
    while (at !== -1) {
      const next = data[at + 1] === carriageReturn ? at + 2 : at + 1;
      if (next >= data.length) break;
      if (data[next] === lineFeed) return next + 1;
      at = data.indexOf(lineFeed, at + 1);
    }
    // A line feed that was seen last is looked at again when what follows it is there.
    this.#searched = at === -1 ? data.length : at;
    return undefined;
  }

  #append(piece: Buffer): void {
    const needed = this.#length + piece.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(2 * this.#buffer.length, this.#limits.messageBytes)));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    piece.copy(this.#buffer, this.#length);
    this.#length = needed;
  }

  #break(frames: StreamFrame[], status: number, reason: string, length = this.#length): void {
    this.#broken = true;
    frames.push({
      kind: 'broken',
      bytes: Buffer.from(this.#buffer.subarray(0, length)),
      flaw: { status, reason },
    });
    this.#reset();
  }

  #reset(): void {
    this.#length = 0;
    this.#searched = 0;
    this.#wanted = undefined;
    // A connection that once carried something large does not hold on to room for it.
    if (this.#buffer.length > firstBytes) this.#buffer = Buffer.allocUnsafe(firstBytes);
  }
}

/** What Content-Length says in a head; "bad" when it is no number, or said twice in different ways. */
function contentLength(head: string): number | 'bad' | undefined {
  const unfolded = head.replace(/\r?\n[ \t]+/g, ' ');
  const values = Array.from(unfolded.matchAll(/^(?:content-length|l)[ \t]*:([^\r\n]*)/gim), (match) =>
    (match[1] ?? '').trim(),
  );
  const [first] = values;
  if (first === undefined) return undefined;
  if (!/^\d{1,9}$/.test(first) || values.some((value) => value !== first)) return 'bad';
  return Number(first);
}
