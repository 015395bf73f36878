import type { Seeded } from './seeded.ts';

/** Writes something that is nearly always well-formed, and now and then far from usual. */
type Rule = (random: Seeded) => string;

const some =
  (rule: Rule, most: number, between = ''): Rule =>
  (random) =>
    Array.from({ length: random.below(most + 1) }, () => rule(random)).join(between);
const oneOf =
  (...texts: readonly string[]): Rule =>
  (random) =>
    random.pick(texts);
const sequence =
  (...rules: readonly (Rule | string)[]): Rule =>
  (random) =>
    rules.map((rule) => (typeof rule === 'string' ? rule : rule(random))).join('');
const choice =
  (...rules: readonly Rule[]): Rule =>
  (random) =>
    random.pick(rules)(random);
const maybe =
  (rule: Rule | string): Rule =>
  (random) =>
    random.chance(2) ? '' : typeof rule === 'string' ? rule : rule(random);

const token = oneOf('a', 'z9', 'lr', 'tag', 'transport', 'x-1', "it's", '1', '!%*_+`~', 'branch', 'rport', 'user');
const blank = oneOf('', '', '', ' ', '  ', '\t', '\r\n ');
const number = oneOf('0', '1', '20', '5060', '65535', '65536', '4294967295', '123456789012');
const quoted = sequence('"', some(oneOf('a', ' ', '\\"', '\\\\', 'é', '<', ',', ';', '@'), 6), '"');
const host = oneOf(
  '192.0.2.1',
  'example.com',
  '[2001:db8::1]',
  'a',
  'a.b-c.invalid',
  '256.1.1.1',
  '[::1]',
  'localhost',
);
const parameter = sequence(';', blank, token, maybe(sequence('=', choice(token, quoted, number, host))));
const user = choice(oneOf('5000', '+14255550100', 'a%20b', '%00', 'a;b=c', '*', '#', 'anonymous', '%E9'), token);
const uri = sequence(
  oneOf('sip:', 'sips:', 'tel:', 'SIP:', ''),
  maybe(sequence(user, maybe(':secret'), '@')),
  host,
  maybe(sequence(':', number)),
  some(parameter, 3),
  maybe(oneOf('?a=b', '?Subject=x&y=z', '?')),
);
const address = choice(
  sequence(maybe(quoted), blank, '<', uri, '>', blank, some(parameter, 3)),
  sequence(uri, some(parameter, 2)),
  sequence(token, ' ', token, ' <', uri, '>'),
  oneOf('*', '<', '>', '"', ''),
);
const via = sequence(
  oneOf('SIP/2.0/UDP ', 'SIP / 2.0 / TCP ', 'SIP/2.0/TLS '),
  host,
  maybe(sequence(':', number)),
  maybe(';branch=z9hG4bKabc'),
  some(parameter, 3),
);
const method = oneOf('INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'UPDATE', 'PRACK', 'REGISTER', 'NOTIFY', 'X');

const header = choice(
  sequence(oneOf('Via', 'v', 'VIA'), blank, ':', blank, via, some(sequence(',', blank, via), 2)),
  sequence(
    oneOf(
      'From',
      'f',
      'To',
      't',
      'Contact',
      'm',
      'P-Asserted-Identity',
      'Route',
      'Record-Route',
      'Remote-Party-ID',
      'Diversion',
    ),
    ': ',
    address,
    some(sequence(', ', address), 2),
  ),
  sequence('CSeq: ', number, blank, ' ', method),
  sequence(oneOf('Call-ID: ', 'i: '), token, maybe('@example.com')),
  sequence(oneOf('Max-Forwards: ', 'Content-Length: ', 'l: ', 'Expires: ', 'Min-SE: ', 'RSeq: '), number),
  sequence('Session-Expires: ', number, some(parameter, 2)),
  sequence(
    oneOf('Content-Type: ', 'c: '),
    oneOf('application/sdp', 'application/dtmf-relay', 'multipart/mixed;boundary=x', 'a/b;c="d"', ''),
  ),
  sequence(oneOf('Require', 'Supported', 'k', 'Allow', 'Accept', 'Proxy-Require'), ': ', some(token, 4, ', ')),
  sequence('Authorization: Digest username=', quoted, ', realm=', quoted, some(sequence(', ', token, '=', quoted), 3)),
  sequence(token, ':', blank, some(choice(token, quoted, blank, address), 5)),
);

const core = (name: string): Rule =>
  sequence(
    `Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK`,
    number,
    '\r\nFrom: ',
    oneOf('<sip:a@b>;tag=1', '"A, B" <sip:a@b>;tag=2', 'sip:a@b;tag=3'),
    '\r\nTo: <sip:5000@example.com>',
    maybe(';tag=9'),
    '\r\nCall-ID: ',
    oneOf('x@y', '1', 'a-b.c'),
    `\r\nCSeq: 1 ${name}\r\nMax-Forwards: 70\r\n`,
  );

/** A description of a session (RFC 8866) with one or more streams. */
export const sessionDescription: Rule = sequence(
  'v=0\r\no=',
  oneOf('-', 'a'),
  ' 1 1 IN IP4 192.0.2.1\r\ns=-\r\n',
  maybe(
    sequence('c=IN ', oneOf('IP4 192.0.2.1', 'IP4 0.0.0.0', 'IP6 2001:db8::1', 'IP4 x', 'IP4 224.2.1.1/127/3'), '\r\n'),
  ),
  't=0 0\r\n',
  some(
    sequence(
      'm=',
      oneOf('audio', 'video', 'image', 'AUDIO'),
      ' ',
      number,
      maybe('/2'),
      ' ',
      oneOf('RTP/AVP', 'RTP/SAVP', 'UDP/TLS/RTP/SAVPF', 'udptl'),
      some(sequence(' ', oneOf('0', '8', '101', '13', '96', '127', '128', '-1', 'x')), 6),
      '\r\n',
      some(
        choice(
          sequence(
            'a=rtpmap:',
            oneOf('0', '8', '101', '96', '300'),
            ' ',
            oneOf('PCMU/8000', 'PCMA/8000/1', 'telephone-event/8000', 'telephone-event/48000', 'opus/48000/2', 'x'),
            '\r\n',
          ),
          sequence('a=fmtp:101 ', oneOf('0-15', '0-16', '99', ',', ''), '\r\n'),
          sequence(
            'a=',
            oneOf(
              'ptime:20',
              'ptime:0',
              'ptime:999',
              'maxptime:60',
              'sendonly',
              'recvonly',
              'inactive',
              'rtcp-mux',
              'rtcp:5001',
              'crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x',
              'mid:0',
            ),
            '\r\n',
          ),
          sequence('c=IN IP4 ', host, '\r\n'),
          sequence(oneOf('b=AS:', 'i=', 'k=', 'z='), number, '\r\n'),
        ),
        6,
      ),
    ),
    3,
  ),
);

/** A SIP request or response (RFC 3261 §25.1) with odd but mostly lawful headers. */
export const sipMessage: Rule = (random) => {
  const name = method(random);
  const start = random.chance(5)
    ? sequence('SIP/2.0 ', oneOf('100', '180', '200', '302', '404', '487', '699', '700', '99'), ' ', token)
    : sequence(name, ' ', uri, ' SIP/2.0');
  const body = random.chance(2) ? sessionDescription(random) : '';
  return `${start(random)}\r\n${core(name)(random)}${some(sequence(header, '\r\n'), 8)(random)}\r\n${body}`;
};

/** A command of the event socket. */
export const eslCommand: Rule = sequence(
  choice(
    sequence('auth ', token),
    sequence(
      oneOf('api ', 'bgapi '),
      oneOf(
        'status',
        'uuid_break',
        'uuid_setvar',
        'uuid_getvar',
        'uuid_dump',
        'show',
        'sofia',
        'global_getvar',
        'create_uuid',
        'echo',
        'hupall',
      ),
      ' ',
      some(choice(token, number, quoted, oneOf('channel', 'all', 'status', 'profile', 'json')), 4, ' '),
    ),
    sequence(
      oneOf('event ', 'nixevent '),
      oneOf('plain', 'json', 'xml', 'x'),
      ' ',
      some(oneOf('ALL', 'DTMF', 'CUSTOM', 'a::b', 'HEARTBEAT', 'x'), 4, ' '),
    ),
    sequence('filter ', maybe('delete '), oneOf('Unique-ID', 'Event-Name', 'all'), ' ', token),
    sequence(
      'sendmsg ',
      oneOf('channel', ''),
      '\ncall-command: ',
      oneOf('execute', 'hangup', 'nomedia', 'x'),
      '\nexecute-app-name: ',
      oneOf('playback', 'set', 'sleep', 'multiset', 'play_and_get_digits', 'break', 'eval', 'start_dtmf', 'x'),
      '\nexecute-app-arg: ',
      choice(
        sequence(
          oneOf('file_string://', 'silence_stream://', 'tone_stream://%', 'a.wav'),
          some(choice(token, number, oneOf('!', '(', ')', ',', ';', '{', '}')), 6),
        ),
        sequence(number, ' ', number, ' ', number, ' ', number, ' # a.wav b.wav x \\d+ ', number),
        sequence('^^', oneOf(':', ';', '|'), some(sequence(token, '=', number, ':'), 4)),
        sequence(token, '=${', token, '}'),
      ),
      maybe(sequence('\nloops: ', number)),
      maybe(sequence('\nevent-lock: ', oneOf('true', 'false'))),
      maybe('\ncontent-type: text/plain'),
    ),
    oneOf(
      'connect',
      'myevents',
      'divert_events on',
      'linger',
      'linger 5',
      'nolinger',
      'noevents',
      'getvar x',
      'log 7',
      'exit',
      'sendevent X',
      '',
    ),
  ),
  maybe(sequence('\nContent-Length: ', oneOf('0', '2', '5', '99999999', '-1', 'x'))),
  '\n\n',
  maybe(oneOf('ab', 'hello')),
);

/** A message of an application as drachtio's protocol frames it, and its payload. */
export const drachtioFrame: Rule = (random) => {
  const payload = sequence(
    token,
    '|',
    choice(
      oneOf('ping', 'authenticate|secret', 'route|invite', 'remove_route|x', 'proxy|1|2', 'unknown', ''),
      sequence('sip|', maybe(token), '|', maybe(token), maybe('|sip:a@192.0.2.1'), '\r\n', sipMessage),
    ),
  )(random);
  const length = random.chance(8)
    ? random.pick(['0', '', '99999', '123456', 'x', '-1'])
    : String(Buffer.byteLength(payload));
  return `${length}#${payload}`;
};
