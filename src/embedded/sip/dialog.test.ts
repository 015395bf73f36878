import { describe, expect, it } from 'vitest';
import { Dialog } from './dialog.ts';
import { HeaderList } from './headers.ts';
import { literalAddress, resolveAddress, targetOf } from './locate.ts';
import { makeRequest, responseTo } from './message.ts';
import { parseNameAddress, parseSipUri } from './values.ts';

const received = (routes: readonly string[] = []) =>
  makeRequest(
    'INVITE',
    'sip:5000@us.example.com',
    HeaderList.of([
      ...routes.map((route): [string, string] => ['Record-Route', route]),
      ['From', '"Caller" <sip:caller@example.com>;tag=theirs'],
      ['To', '<sip:5000@us.example.com>'],
      ['Call-ID', 'call'],
      ['CSeq', '10 INVITE'],
      ['Contact', '<sip:caller@192.0.2.20:5070;x=1>'],
    ]),
  );

describe('the dialog of an INVITE that came', () => {
  it('sends requests to the Contact, with From and To turned round and its own numbers', () => {
    const dialog = Dialog.ofReceived(received(), 'ours');
    const info = dialog?.request('INFO', HeaderList.of([['X-A', '1']]));
    expect(info?.uri).toBe('sip:caller@192.0.2.20:5070;x=1');
    expect(Array.from(info?.headers ?? [], ({ name, value }) => `${name}: ${value}`)).toEqual([
      'Max-Forwards: 70',
      'From: <sip:5000@us.example.com>;tag=ours',
      'To: "Caller" <sip:caller@example.com>;tag=theirs',
      'Call-ID: call',
      'CSeq: 1 INFO',
      'X-A: 1',
    ]);
    expect(dialog?.request('BYE').headers.get('CSeq')).toBe('2 BYE');
    expect(dialog).toMatchObject({ localTag: 'ours', remoteTag: 'theirs', callId: 'call' });
  });

  it('goes through loose routers in the order of Record-Route', () => {
    const dialog = Dialog.ofReceived(received(['<sip:p1.example.com;lr>', '<sip:192.0.2.2:5080;lr>']), 'ours');
    const bye = dialog?.request('BYE');
    expect(bye?.uri).toBe('sip:caller@192.0.2.20:5070;x=1');
    expect(bye?.headers.getAll('Route')).toEqual(['<sip:p1.example.com;lr>', '<sip:192.0.2.2:5080;lr>']);
    expect(dialog?.nextHop).toBe('sip:p1.example.com;lr');
  });

  it('gives a strict router the Request-URI and puts the target last', () => {
    const dialog = Dialog.ofReceived(received(['<sip:strict.example.com>', '<sip:loose.example.com;lr>']), 'ours');
    const bye = dialog?.request('BYE');
    expect(bye?.uri).toBe('sip:strict.example.com');
    expect(bye?.headers.getAll('Route')).toEqual(['<sip:loose.example.com;lr>', '<sip:caller@192.0.2.20:5070;x=1>']);
  });

  it('takes requests in order only', () => {
    const dialog = Dialog.ofReceived(received(), 'ours');
    expect([11, 11, 10, 15].map((number) => dialog?.accepts(number))).toEqual([true, false, false, true]);
  });

  it('does not come about without a Contact or a From tag', () => {
    const invite = received();
    expect(Dialog.ofReceived({ ...invite, headers: invite.headers.without('Contact') }, 'x')).toBeUndefined();
    expect(Dialog.ofReceived({ ...invite, headers: invite.headers.set('From', '<sip:a@b>') }, 'x')).toBeUndefined();
    expect(Dialog.ofReceived({ ...invite, headers: invite.headers.set('Contact', '*') }, 'x')).toBeUndefined();
  });
});

describe('the dialog of an INVITE that was sent', () => {
  const sent = makeRequest(
    'INVITE',
    'sip:peer@example.com',
    HeaderList.of([
      ['From', '<sip:us@example.com>;tag=ours'],
      ['To', '<sip:peer@example.com>'],
      ['Call-ID', 'c'],
      ['CSeq', '5 INVITE'],
    ]),
  );

  it('learns tag, target and the turned-round route from the answer, and acknowledges with the number of the INVITE', () => {
    const dialog = Dialog.ofSent(sent);
    expect(dialog?.remoteTag).toBe('');
    dialog?.learn(
      responseTo(sent, 200, {
        toTag: 'theirs',
        headers: [
          ['Contact', '<sip:peer@192.0.2.9>'],
          ['Record-Route', '<sip:near;lr>'],
          ['Record-Route', '<sip:far;lr>'],
        ],
      }),
    );
    const ack = dialog?.ack(5);
    expect(ack?.headers.get('CSeq')).toBe('5 ACK');
    expect(ack?.uri).toBe('sip:peer@192.0.2.9');
    expect(ack?.headers.getAll('Route')).toEqual(['<sip:far;lr>', '<sip:near;lr>']);
    expect(ack?.headers.get('To')).toBe('<sip:peer@example.com>;tag=theirs');
    expect(dialog?.request('BYE').headers.get('CSeq')).toBe('6 BYE');
  });

  it('moves its target with a re-INVITE that has a Contact', () => {
    const dialog = Dialog.ofSent(sent);
    dialog?.refreshTarget(received());
    expect(dialog?.target).toBe('sip:caller@192.0.2.20:5070;x=1');
    dialog?.refreshTarget(makeRequest('UPDATE', 'sip:a@b'));
    expect(dialog?.target).toBe('sip:caller@192.0.2.20:5070;x=1');
  });
});

describe('URIs', () => {
  it.each([
    ['sip:a@b', { scheme: 'sip', userInfo: 'a', host: 'b', port: undefined }],
    [
      'SIPS:a:pw@B.example.com:5061;transport=tcp?X=1',
      { scheme: 'sips', userInfo: 'a:pw', host: 'b.example.com', port: 5061, headers: 'X=1' },
    ],
    ['sip:a;day=1?x@b', { userInfo: 'a;day=1?x', host: 'b' }],
    ['sip:[2001:db8::1]:5070', { userInfo: undefined, host: '2001:db8::1', port: 5070 }],
  ])('%s is read', (text, expected) => {
    const uri = parseSipUri(text);
    expect(uri).toMatchObject(expected);
  });

  it.each(['sip:', 'sip:@b', 'sip:a@b:0', 'sip:a@b:99999', 'sip:a@[::1', 'tel:+1', 'a@b', 'sip:a b@c', 'sip:a@b;=x'])(
    '%s is refused',
    (text) => {
      expect(parseSipUri(text)).toBeUndefined();
    },
  );

  it('without brackets belong to the address up to the first semicolon', () => {
    expect(parseNameAddress('sip:a@b;tag=1')).toMatchObject({ uri: 'sip:a@b', displayName: '' });
    expect(parseNameAddress('sip:a@b;tag=1')?.params.get('tag')).toBe('1');
    expect(parseNameAddress('<sip:a@b;x=1>;TAG=2')?.params.get('tag')).toBe('2');
  });

  it('tell transport, host and port', () => {
    expect(targetOf('sip:a@192.0.2.1')).toEqual({ protocol: 'UDP', host: '192.0.2.1', port: undefined });
    expect(targetOf('sip:a@b:7;transport=TCP')).toEqual({ protocol: 'TCP', host: 'b', port: 7 });
    expect(targetOf('sips:a@b')?.protocol).toBe('TLS');
    expect(targetOf('sip:a@b;transport=sctp')).toBeUndefined();
    expect(targetOf('tel:+1555')).toBeUndefined();
    expect(literalAddress({ protocol: 'UDP', host: '::1', port: undefined })).toEqual({
      family: 'IPv6',
      address: '::1',
      port: 5060,
    });
    expect(literalAddress({ protocol: 'UDP', host: 'name', port: 1 })).toBeUndefined();
  });

  it('with a name are resolved, or not, without a throw', async () => {
    expect(await resolveAddress({ protocol: 'UDP', host: 'localhost', port: 5070 }, 'IPv4')).toEqual({
      family: 'IPv4',
      address: '127.0.0.1',
      port: 5070,
    });
    expect(await resolveAddress({ protocol: 'UDP', host: 'no.such.host.invalid', port: 5070 }, 'IPv4')).toBeUndefined();
  });
});
