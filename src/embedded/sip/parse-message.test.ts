import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { leastTime } from '../../testing/least-time.ts';
import { HeaderList } from './headers.ts';
import { defaultLimits } from './limits.ts';
import { makeRequest, type SipMessage, type SipRequest, serialise } from './message.ts';
import { type ParseResult, parseMessage } from './parse-message.ts';

const crlf = (text: string) => text.replaceAll(/\r?\n/g, '\r\n');
const parse = (text: string): ParseResult => parseMessage(Buffer.from(crlf(text)));

const base = `INVITE sip:5000@example.com SIP/2.0
Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1
From: "A, B" <sip:a@example.com>;tag=1
To: <sip:5000@example.com>
Call-ID: x@y
CSeq: 1 INVITE
Max-Forwards: 70
Contact: <sip:a@192.0.2.1>
`;
const withLine = (line: string) => `${base}${line}\n\n`;
const without = (name: string) => `${base.replace(new RegExp(`^${name}:.*\n`, 'm'), '')}\n`;

function message(text: string): SipMessage {
  const parsed = parse(text);
  if (parsed.kind !== 'message') throw new Error(`Not a message: ${JSON.stringify(parsed)}`);
  return parsed.message;
}

function malformed(text: string): { status: number; reason: string; answerable: boolean } {
  const parsed = parse(text);
  if (parsed.kind !== 'malformed') throw new Error(`Not malformed: ${text}`);
  return { status: parsed.status, reason: parsed.reason, answerable: parsed.request !== undefined };
}

describe('a message', () => {
  it('is read with its fields', () => {
    const parsed = parse(`${base}Content-Type: application/sdp\nContent-Length: 3\n\nabcdef`);
    if (parsed.kind !== 'message' || parsed.message.kind !== 'request') throw new Error('not a request');
    expect(parsed.message).toMatchObject({ method: 'INVITE', uri: 'sip:5000@example.com' });
    expect(parsed.message.body.toString()).toBe('abc');
    expect(parsed.core).toMatchObject({
      via: { protocol: 'UDP', host: '192.0.2.1', port: 5060 },
      from: { displayName: '"A, B"', uri: 'sip:a@example.com' },
      callId: 'x@y',
      cseq: { number: 1, method: 'INVITE' },
    });
    expect(parsed.core.via.params.get('branch')).toBe('z9hG4bK1');
    expect(parsed.core.from.params.get('tag')).toBe('1');
  });

  it('is read with compact names, any case, folding, odd space and several values on a line', () => {
    const odd = `OPTIONS sip:a@b SIP/2.0
v  :  SIP / 2.0 / UDP   one.example.com : 5070 ;branch=z9hG4bK1 , SIP/2.0/TCP two;branch=z9hG4bK2
Via: SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK3
fRoM:  "Quoted \\" ; , <x>"\t <sip:a@b>
  ;tag=1
t: sip:c@d
i: 1
cseq:   9\t OPTIONS
m: <sip:1@a;x=1,2>, "two" <sip:2@b>;q=0.5
l: 0

`;
    const read = message(odd);
    expect(read.headers.getAll('Via')).toEqual([
      'SIP / 2.0 / UDP one.example.com : 5070 ;branch=z9hG4bK1',
      'SIP/2.0/TCP two;branch=z9hG4bK2',
      'SIP/2.0/TLS [2001:db8::1]:5061;branch=z9hG4bK3',
    ]);
    expect(read.headers.get('From')).toBe('"Quoted \\" ; , <x>" <sip:a@b> ;tag=1');
    expect(read.headers.getAll('Contact')).toEqual(['<sip:1@a;x=1,2>', '"two" <sip:2@b>;q=0.5']);
    expect(Array.from(read.headers, ({ name }) => name)).toEqual([
      'Via',
      'Via',
      'Via',
      'From',
      'To',
      'Call-ID',
      'CSeq',
      'Contact',
      'Contact',
      'Content-Length',
    ]);
  });

  it('keeps the spaces inside quotes and collapses all others', () => {
    const read = message(withLine('Subject:   a   "b   c"     d  '));
    expect(read.headers.get('Subject')).toBe('a "b   c" d');
  });

  it('is the same after it was written and read again', () => {
    const first = message(`${base}X-Umlaut: Grüße 😀\nContent-Length: 3\n\nv=0`);
    const parsed = parseMessage(serialise(first));
    expect(parsed.kind === 'message' && [...parsed.message.headers]).toEqual([
      ...first.headers.without('Content-Length'),
      { name: 'Content-Length', value: String(first.body.length) },
    ]);
  });

  it('is written with the length of its body in bytes, whatever its headers said', () => {
    const request = makeRequest(
      'INFO',
      'sip:a@b',
      HeaderList.of([
        ['l', '99'],
        ['X-A', '1'],
      ]),
      Buffer.from('ü'),
    );
    expect(serialise(request).toString()).toBe('INFO sip:a@b SIP/2.0\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nü');
  });

  it('may be a response, with or without words', () => {
    const response = base.replace(/^.*\n/, 'SIP/2.0 183 Session Progress\n');
    expect(message(`${response}\n`)).toMatchObject({ kind: 'response', status: 183, reason: 'Session Progress' });
    expect(message(`${response.replace(' Session Progress', '')}\n`)).toMatchObject({ status: 183, reason: '' });
  });

  it('may have line feeds alone, and empty lines before it', () => {
    expect(parseMessage(Buffer.from(`\r\n\r\n${base}\n`)).kind).toBe('message');
  });

  it('takes the whole datagram as its body when it does not say how long it is', () => {
    expect(message(`${base}\nhello`).body.toString()).toBe('hello');
  });

  it('is not there when only line breaks or zeros came', () => {
    for (const text of ['', '\r\n\r\n', '\0\0\0\0']) expect(parseMessage(Buffer.from(text)).kind).toBe('keep-alive');
  });
});

describe('a malformed request is answered', () => {
  it.each([
    ['Missing Max-Forwards is no flaw', withLine('X: 1'), undefined],
    ['Bad Max-Forwards', withLine('x: 1').replace('Forwards: 70', 'Forwards: -1'), 400],
    ['Repeated From', withLine('f: <sip:b@c>;tag=2'), 400],
    ['Repeated Call-ID', withLine('i: other'), 400],
    ['CSeq Method Mismatch', `${base}\n`.replace('1 INVITE', '1 BYE'), 400],
    ['Bad CSeq', `${base}\n`.replace('CSeq: 1', 'CSeq: 2147483648'), 400],
    ['Missing From', without('From'), 400],
    ['Missing To', without('To'), 400],
    ['Missing Call-ID', without('Call-ID'), 400],
    ['Missing CSeq', without('CSeq'), 400],
    ['Bad Max-Forwards', `${base}\n`.replace(/Max-Forwards: \d+/, 'Max-Forwards: 256'), 400],
    ['Bad Request-URI', `${base}\n`.replace(' SIP/2.0\n', '; lr SIP/2.0\n'), 400],
    ['Bad Request-Line', `${base}\n`.replace(' SIP/2.0\n', ' SIP/2.0  \n'), 400],
    ['Bad Contact', withLine('Contact: <sip:unclosed'), 400],
    ['Bad Contact', withLine('Contact: "unclosed <sip:a@b>'), 400],
    ['Bad Route', withLine('Route: nowhere'), 400],
    ['Bad Via', withLine('Via: SIP/2.0/UDP'), 400],
    ['Bad From', `${base}\n`.replace('tag=1', 'tag=a|b'), 400],
    ['Bad Header Name', withLine('no colon'), 400],
    ['Bad Header Name', withLine('a(b: 1'), 400],
    ['Bad Header Name', withLine('__proto__: 1'), 400],
    ['Bad Header Name', withLine('constructor: 1'), 400],
    ['Bad X-A', withLine('X-A: a\0b'), 400],
    ['Bad X-A', withLine('X-A: a\rb'), 400],
    ['Bad Content-Length', withLine('Content-Length: 1e3'), 400],
    ['Content-Length Mismatch', withLine('Content-Length: 1'), 400],
    ['Request Entity Too Large', withLine('Content-Length: 16385'), 413],
    ['Version Not Supported', `${base}\n`.replace('SIP/2.0\n', 'SIP/3.0\n'), 505],
    ['Bad Request-URI', `${base}\n`.replace('sip:5000@example.com SIP', '<sip:5000@example.com> SIP'), 400],
    ['Headers Not Terminated', base, 400],
    ['Too Many Headers', withLine('X: 1\n'.repeat(128).trim()), 513],
    ['Too Many Via', withLine(`Via: ${Array(80).fill('SIP/2.0/UDP a').join(',')}`), 513],
    ['Line Too Long', withLine(`X: ${'a'.repeat(8_192)}`), 513],
    ['Line Too Long', withLine(`X: ${'a\n '.repeat(5_000)}`), 513],
    ['Contact Too Long', withLine(`Contact: <sip:${'a'.repeat(1_024)}@b>`), 513],
    [
      'P-Asserted-Identity Too Long',
      withLine(`P-Asserted-Identity: <sip:${'a'.repeat(900)}@b>\n`.repeat(10).trim()),
      513,
    ],
    ['Request-URI Too Long', `${base}\n`.replace('sip:5000@', `sip:${'5'.repeat(1_024)}@`), 414],
  ])('with %s', (reason, text, status) => {
    if (status === undefined) expect(parse(text).kind).toBe('message');
    else expect(malformed(text)).toEqual({ status, reason, answerable: true });
  });

  it('even when 60,000 spaces stand in its Contact, at once', () => {
    const text = withLine(`Contact: <sip:a@b>${' '.repeat(60_000)}x`);
    expect(malformed(text)).toEqual({ status: 513, reason: 'Line Too Long', answerable: true });
    expect(leastTime(50, () => void parse(text))).toBeLessThan(50);
  });
});

describe('silence is the answer', () => {
  it.each([
    ['to no Via', without('Via')],
    ['to an ACK', `${base}Content-Length: 9\n\n`.replaceAll('INVITE', 'ACK')],
    ['to a malformed response', base.replace(/^.*\n/, 'SIP/2.0 200 OK\n').replace('CSeq: 1', 'CSeq: x')],
    ['to a status that is none', base.replace(/^.*\n/, 'SIP/2.0 700 Odd\n')],
    ['to another protocol', 'GET / HTTP/1.1\nHost: a\n\n'],
    ['to text', 'hello world'],
    ['to a folded start line', 'INVITE sip:a@b\n SIP/2.0\n\n'],
  ])('%s', (_what, text) => {
    expect(malformed(text).answerable).toBe(false);
  });
});

describe('whatever comes', () => {
  const line = fc.oneof(
    fc.constantFrom(...base.split('\n'), '', ' folded', 'v: SIP/2.0/UDP a', 'm: *', 'm: <', 'm: "', 'l: 5', 'X:\t\t'),
    fc.string({ maxLength: 60 }),
    fc
      .tuple(fc.constantFrom('Via', 'f', 't', 'i', 'CSeq', 'Contact', 'Route', 'l'), fc.string({ maxLength: 40 }))
      .map(([name, value]) => `${name}: ${value}`),
  );
  const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.join('\r\n'));
  const damaged = fc
    .tuple(fc.nat(base.length), fc.string({ maxLength: 8 }), fc.nat(20))
    .map(([at, insert, cut]) => `${base.slice(0, at)}${insert}${base.slice(at + cut)}\n`);

  it('is read without a throw, and what is accepted keeps every limit and can be written and read again', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((data) => Buffer.from(data)),
      text.map((data) => Buffer.from(data)),
      damaged.map((data) => Buffer.from(crlf(data))),
    );
    fc.assert(
      fc.property(bytes, (data) => {
        const parsed = parseMessage(data);
        if (parsed.kind !== 'message') return;
        const { headers } = parsed.message;
        expect(headers.size).toBeLessThanOrEqual(defaultLimits.headerCount * defaultLimits.listEntries);
        for (const { value } of headers) {
          const controls = Array.from(value, (c) => c.charCodeAt(0)).filter((code) => code < 32 || code === 127);
          expect(controls).toEqual([]);
        }
        const again = parseMessage(serialise(parsed.message));
        expect(again.kind).toBe('message');
      }),
      { numRuns: 3_000 },
    );
  });

  it('takes no longer than its length: hostile shapes at the limits are read within 50 ms', () => {
    const fill = (open: string, piece: string) => `${base}Contact: ${open}${piece.repeat(8_000 / piece.length)}\n\n`;
    const shapes = [
      fill('', ' '),
      fill('', '"'),
      fill('', '\\'),
      fill('"', '\\'),
      fill('', '<'),
      fill('', ','),
      fill('<sip:', ';'),
      fill('', 'a '),
      fill('sip:a', ';a='),
      `${base}${'X:\n '.repeat(10_000)}\n`,
      `${'\r\n'.repeat(20_000)}${base}`,
      ' '.repeat(65_000),
      'a:'.repeat(30_000),
    ];
    for (const shape of shapes) {
      expect(
        leastTime(50, () => void parse(shape)),
        shape.slice(0, 40),
      ).toBeLessThan(50);
    }
  });

  it('keeps the order of headers when values are put in, replaced and taken out', () => {
    const list = HeaderList.of([
      ['v', '1'],
      ['From', 'a'],
      ['Via', '2'],
    ]);
    expect([...list.set('via', '3', '4')].map(({ value }) => value)).toEqual(['3', '4', 'a']);
    expect([...list.replaceFirst('VIA', '9')].map(({ value }) => value)).toEqual(['9', 'a', '2']);
    expect([...list.without('v')].map(({ value }) => value)).toEqual(['a']);
    expect([...list.set('X-A', 'x')].map(({ name }) => name)).toEqual(['Via', 'From', 'Via', 'X-A']);
    const request: SipRequest = makeRequest('INFO', 'sip:a@b', list);
    expect(request.headers.getAll('Via')).toEqual(['1', '2']);
  });
});
