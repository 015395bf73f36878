import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';
import DrachtioSrf from 'drachtio-srf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CapturedLog } from '../testing/captured-log.ts';
import { leastTime } from '../testing/least-time.ts';
import { examineMessage, guardWire } from './wire-guard.ts';

const HEADERS = 'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nCall-ID: a\r\nContent-Length: 0\r\n';
const INVITE = `INVITE sip:5000@192.0.2.2 SIP/2.0\r\n${HEADERS}\r\n`;

const MULTIPART = 'INVITE sip:5000@x SIP/2.0\r\nContent-Type: multipart/mixed;boundary=b\r\n';

describe('a SIP message', () => {
  it.each([
    INVITE,
    `${MULTIPART}\r\n--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n`,
    `SIP/2.0 200 OK\r\n${HEADERS}\r\n`,
    `SIP/2.0 200\r\n${HEADERS}\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\nSubject : a\r\n b\r\n${HEADERS}\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\n${HEADERS}\r\nv=0\r\nnot a header\r\n`,
  ])('is sound: %j', (message) => {
    expect(examineMessage(message)).toBe('sound');
  });

  it.each([
    '',
    'INVITE\r\n\r\n',
    `INVITE sip:a b SIP/2.0\r\n${HEADERS}\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\nno colon\r\n\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\n: empty\r\n\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\ntwo words: x\r\n\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\n${'n'.repeat(65)}: x\r\n\r\n`,
    // drachtio-srf would take it for P-Asserted-Identity, which a proxy in between has not seen there.
    `INVITE sip:5000@x SIP/2.0\r\n%50-Asserted-Identity: <sip:51234@x>\r\n\r\n`,
    `${MULTIPART}\r\n--b\r\nContent-Type:${' '.repeat(17)}x\r\n\r\n`,
  ])('is malformed: %j', (message) => {
    expect(examineMessage(message)).toBe('malformed');
  });

  it.each([
    `INVITE sip:5000@x SIP/2.0\r\nContact: <sip:a@b>${' '.repeat(9_000)}\r\n\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\nContact: a\r\n${' b\r\n'.repeat(3_000)}\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\n${'X: y\r\n'.repeat(129)}\r\n`,
    `INVITE sip:5000@x SIP/2.0\r\n${HEADERS}\r\n${'x'.repeat(70_000)}`,
    `${MULTIPART}\r\n--b\r\nContent-Type:${'x'.repeat(1_100)}`,
    `${MULTIPART}\r\n${'x\r\n'.repeat(6_000)}`,
    `${MULTIPART}c: ${';'.repeat(1_100)}\r\n\r\n`,
  ])('is too large', (message) => {
    expect(examineMessage(message)).toBe('too-large');
  });

  it('is examined in linear time', () => {
    const began = performance.now();
    for (const filler of [' ', '\r\n ', ':', ';', 'a', '"', '\t']) {
      examineMessage(`INVITE sip:5000@x SIP/2.0\r\nContact: ${filler.repeat(60_000 / filler.length)}\r\n\r\n`);
      examineMessage(`INVITE ${filler.repeat(8_000 / filler.length)}\r\n\r\n`);
    }
    expect(performance.now() - began).toBeLessThan(300);
  });

  it('that is sound is parsed by drachtio-srf in no time', () => {
    const SipMessage: unknown = Reflect.get(DrachtioSrf, 'SipMessage');
    if (typeof SipMessage !== 'function') throw new TypeError('drachtio-srf does not show its parser');
    const parts = [
      `Content-Type:${' '.repeat(16)}${'x'.repeat(900)}\n`.repeat(17),
      `${'Content-Type:'.repeat(78)}\n`.repeat(16),
      `Content-Type:${'\n'.repeat(16)}${'Content-Type: '.repeat(70)}`.repeat(16),
    ];
    for (const part of parts) {
      const message = `${MULTIPART}Content-Length: ${part.length}\r\n\r\n--b\r\n${part}\r\n\r\n`;
      expect(examineMessage(message)).toBe('sound');
      expect(leastTime(30, () => void Reflect.construct(SipMessage, [message]))).toBeLessThan(30);
    }
  });

  it('gets a verdict, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (message) => {
        expect(['sound', 'malformed', 'too-large']).toContain(examineMessage(message));
      }),
    );
  });
});

/** The library's side of a connection: what it sends is kept, what it is handed is answered by `handle`. */
class Wire extends EventEmitter {
  readonly reconnectVars = {};
  readonly sent: string[] = [];

  send(_socket: Socket, message: string): string {
    this.sent.push(message);
    return 'message-id';
  }
}

const frame = (message: string): string =>
  `id|sip|network|100|udp|192.0.2.1|5060|10:00:00.000000|transaction-1||192.0.2.2|5060|\r\n${message}`;

describe('the guard of the connection to drachtio', () => {
  function guarded(handle: () => void = () => undefined) {
    const wire = new Wire();
    const log = new CapturedLog();
    const socket = new Socket();
    let handed = 0;
    let heard = 0;
    wire.on('msg', () => {
      handed += 1;
      handle();
    });
    guardWire(wire, { log, onMessage: () => (heard += 1) });
    const receive = (message: string): void => void wire.emit('msg', socket, message);
    return { wire, log, receive, counts: () => ({ handed, heard }) };
  }

  it('hands sound messages on, and what is no SIP', () => {
    const { wire, receive, counts } = guarded();
    receive(frame(INVITE));
    receive('id|response|other|OK|pong');
    expect(counts()).toEqual({ handed: 2, heard: 2 });
    expect(wire.sent).toEqual([]);
  });

  it.each([
    ['no colon\r\n', '400 Bad Request'],
    [`Contact: ${' '.repeat(9_000)}\r\n`, '513 Message Too Large'],
  ])('answers a request that is not handed on', (line, status) => {
    const { wire, log, receive, counts } = guarded();
    receive(frame(`INFO sip:5000@x SIP/2.0\r\n${line}Content-Type: application/dtmf\r\n\r\n7`));
    expect(counts()).toEqual({ handed: 0, heard: 1 });
    expect(wire.sent).toEqual([`sip|transaction-1|\r\nSIP/2.0 ${status}\r\nContent-Length: 0\r\n\r\n`]);
    expect(JSON.stringify(log.lines)).not.toContain('dtmf');
  });

  it.each(['ACK sip:5000@x SIP/2.0\r\nno colon\r\n\r\n', 'SIP/2.0 200 OK\r\nno colon\r\n\r\n'])(
    'answers nothing to what has no answer',
    (message) => {
      const { wire, receive, counts } = guarded();
      receive(frame(message));
      expect(counts().handed).toBe(0);
      expect(wire.sent).toEqual([]);
    },
  );

  it('turns what the library throws into a log line', () => {
    const { log, receive } = guarded(() => {
      throw new TypeError('5 is not a function');
    });
    expect(() => receive(frame(INVITE))).not.toThrow();
    expect(log.lines).toMatchObject([{ level: 'error', fields: { fault: 'TypeError' } }]);
    expect(JSON.stringify(log.lines)).not.toContain('is not a function');
  });
});
