import { defaultLimits } from '../../embedded/sip/limits.ts';
import { parseMessage } from '../../embedded/sip/parse-message.ts';
import { StreamFramer } from '../../embedded/sip/stream-framer.ts';
import { sipMessage } from './grammar.ts';
import type { Seeded } from './seeded.ts';
import { hold, LIMIT, pieces, type Target } from './target.ts';

/** What was cut from a stream. */
interface CutStream {
  /** Messages as they were cut, and what of the last one was read where it was broken. */
  readonly messages: readonly string[];
  readonly pings: boolean;
  /** What is wrong with the stream; undefined when nothing is. */
  readonly flaw: string | undefined;
  readonly unfinished: boolean;
}

/** Messages one after the other as a connection brings them, with pings between some (RFC 3261 §18.3, RFC 5626 §3.5.1). */
function sipStream(random: Seeded): Buffer {
  const parts = Array.from({ length: 1 + random.below(4) }, () => [
    sipMessage(random),
    random.chance(3) ? '\r\n\r\n' : '',
  ]);
  return Buffer.from(parts.flat().join(''));
}

/** Cuts the pieces of a stream into messages; each message is read, too, as the connection's owner does. */
function cutStream(chunks: readonly Buffer[]): CutStream {
  const framer = new StreamFramer(defaultLimits);
  const messages: string[] = [];
  let pings = false;
  let flaw: string | undefined;
  for (const chunk of chunks) {
    for (const frame of framer.push(chunk)) {
      if (flaw !== undefined) throw new Error('Something comes behind a broken frame');
      if (frame.kind === 'ping') pings = true;
      else {
        if (frame.bytes.length > defaultLimits.messageBytes) throw new Error('A message is longer than the limit');
        messages.push(frame.bytes.toString('latin1'));
        parseMessage(frame.bytes);
        if (frame.kind === 'broken') flaw = `${frame.flaw.status} ${frame.flaw.reason}`;
      }
    }
  }
  return { messages, pings, flaw, unfinished: framer.unfinished };
}

/** A connection that brings messages, cut anywhere. */
export const stream: Target = {
  name: 'stream',
  cost: 8,
  limit: (bytes) => LIMIT + bytes / 1_000,
  tokens: ['Content-Length: 0\r\n', 'l: 5\r\n', '\r\n\r\n', '\n\n', 'Content-Length: 99999', '\r'],
  generate: sipStream,
  run: (input) => {
    const whole = cutStream([input]);
    hold(
      JSON.stringify(whole) === JSON.stringify(cutStream(pieces(input))),
      'it does not matter in which pieces a stream comes',
    );
    return [];
  },
};
