import type { Socket } from 'node:net';
import type { Log } from '../domain/log.ts';
import type { WireProtocol } from './srf.ts';

/** Largest SIP message that is handed on, in characters: what fits into one UDP datagram. */
const MAX_MESSAGE = 65_535;

/** Longest header line, continuation lines included; a signed identity (RFC 8224) is the longest there is. */
const MAX_HEADER_LINE = 8_192;

/** Most header lines. */
const MAX_HEADER_LINES = 128;

/** Longest name of a header. */
const MAX_HEADER_NAME = 64;

/** Longest Content-Type, body and line of a body of several parts, in characters. */
const MAX_MULTIPART_TYPE = 1_024;
const MAX_MULTIPART_BODY = 16_384;
const MAX_MULTIPART_LINE = 1_024;

/** What is wrong with a SIP message, or `sound`. */
export type MessageVerdict = 'sound' | 'too-large' | 'malformed';

/**
 * Checks a SIP message before drachtio-srf parses it: its parser takes seconds on long runs of white space, and it
 * prints a message that it cannot parse as a whole. Takes time in proportion to the length. A start line and
 * well-formed header lines (RFC 3261 §7) are all that is asked.
 */
export function examineMessage(raw: string): MessageVerdict {
  if (raw.length > MAX_MESSAGE) return 'too-large';
  const end = raw.indexOf('\r\n\r\n');
  const head = end === -1 ? raw : raw.slice(0, end);
  const [start = '', ...lines] = head.replace(/\r\n$/, '').split(/\r\n(?![ \t])/);
  if (lines.length > MAX_HEADER_LINES) return 'too-large';
  if (start.length > MAX_HEADER_LINE || lines.some((line) => line.length > MAX_HEADER_LINE)) return 'too-large';
  if (!isStartLine(start) || !lines.every(isHeaderLine)) return 'malformed';
  return examineParts(lines, end === -1 ? '' : raw.slice(end + 4));
}

/**
 * Checks a body of several parts, which the library cuts up while it parses the message, whoever sent it: its
 * expressions take time in proportion to the square of a line's length, of the type's and of a run of white space.
 */
function examineParts(lines: readonly string[], body: string): MessageVerdict {
  const types = lines.filter((line) => /^c(?:ontent-type)?[ \t]*:/i.test(line)).join(',');
  if (!/multipart\//i.test(types)) return 'sound';
  if (types.length > MAX_MULTIPART_TYPE || body.length > MAX_MULTIPART_BODY) return 'too-large';
  if (body.split(/[\r\n]/).some((line) => line.length > MAX_MULTIPART_LINE)) return 'too-large';
  return /Content-Type:\s{17}/.test(body) ? 'malformed' : 'sound';
}

function isStartLine(line: string): boolean {
  return /^SIP\/\d\.\d \d{3}(?: |$)/.test(line) || /^[A-Za-z0-9.!%*_+`'~-]{1,32} [^\s]+ SIP\/\d\.\d$/.test(line);
}

/**
 * A header name with `%` in it is a token (RFC 3261 §25.1), but the library resolves escapes in names: what a proxy
 * before us let pass as `%50-Asserted-Identity`, an unknown header, would count as the identity that it vouches for.
 */
function isHeaderLine(line: string): boolean {
  const colon = line.indexOf(':');
  return colon > 0 && /^[^\s%]+[ \t]*$/.test(line.slice(0, colon)) && colon <= MAX_HEADER_NAME;
}

/** What the guard tells its owner. */
export interface WireGuardEvents {
  readonly log: Log;
  /** Called for each message of drachtio: the connection is alive. */
  readonly onMessage: () => void;
}

/**
 * Puts itself between drachtio's connection and drachtio-srf: messages that are too large or malformed are answered or
 * dropped here, and what the library throws while it handles a message ends in a log line instead of in the process.
 * Must be called right behind `connect`, before anything can have been received.
 */
export function guardWire(wire: WireProtocol, { log, onMessage }: WireGuardEvents): void {
  const listeners = wire.listeners('msg');
  if (listeners.length === 0) throw new Error('drachtio-srf does not listen for messages where it is known to');
  wire.removeAllListeners('msg');
  wire.on('msg', (socket: Socket, message: string) => {
    onMessage();
    const verdict = examineFrame(message);
    if (verdict !== 'sound') {
      log.warn({ verdict, characters: message.length }, 'A SIP message was not handed on');
      refuseRequest(wire, socket, message, verdict);
      return;
    }
    try {
      for (const listener of listeners) listener(socket, message);
    } catch (error) {
      log.error({ fault: error instanceof Error ? error.name : typeof error }, 'drachtio-srf failed on a message');
    }
  });
}

/** A frame is a line of tokens separated by `|`, and for SIP the message behind it. */
function examineFrame(frame: string): MessageVerdict {
  const end = frame.indexOf('\r');
  const tokens = tokensOf(frame);
  if (tokens[1] !== 'sip') return frame.length > MAX_MESSAGE + 1_024 ? 'too-large' : 'sound';
  return end === -1 ? 'malformed' : examineMessage(frame.slice(end + 2));
}

function tokensOf(frame: string): readonly string[] {
  const end = frame.indexOf('\r');
  return (end === -1 ? frame : frame.slice(0, end)).slice(0, 1_024).split('|');
}

/** A request of the network gets its answer (RFC 3261 §21.4.1, §21.5.7), so that its sender does not repeat it. */
function refuseRequest(wire: WireProtocol, socket: Socket, frame: string, verdict: 'too-large' | 'malformed'): void {
  const tokens = tokensOf(frame);
  const [, type, source] = tokens;
  const transactionId = tokens[8];
  const start = frame.indexOf('\r');
  if (type !== 'sip' || source !== 'network' || !transactionId || start === -1) return;
  if (/^(?:SIP\/|ACK |CANCEL )/.test(frame.slice(start + 2, start + 10))) return;
  const status = verdict === 'too-large' ? '513 Message Too Large' : '400 Bad Request';
  wire.send(socket, `sip|${transactionId}|\r\nSIP/2.0 ${status}\r\nContent-Length: 0\r\n\r\n`);
}
