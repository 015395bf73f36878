import { describe, expect, it } from 'vitest';
import { listenFailure } from './listen-failure.ts';

const SETTINGS = [
  ['SIP_LISTEN', { host: '192.0.2.1', port: 5060 }],
  ['SIP_LISTEN', { host: '::', port: 5060 }],
  ['SIP_LISTEN', { host: '192.0.2.1', port: 5061, transport: 'tls' }],
  ['EMBEDDED_DRACHTIO_LISTEN', { host: 'engines.example', port: 9022 }],
] as const;

const systemError = (code: string, message: string): Error => Object.assign(new Error(message), { code });

describe('an address that cannot be listened on', () => {
  it.each([
    [
      'EADDRNOTAVAIL',
      'bind EADDRNOTAVAIL 192.0.2.1:5060',
      /^SIP_LISTEN: 192\.0\.2\.1:5060 cannot be listened on over UDP: .*does not have that address\.$/,
    ],
    [
      'EADDRINUSE',
      'listen EADDRINUSE: address already in use 192.0.2.1:5061',
      /^SIP_LISTEN: tls:192\.0\.2\.1:5061 cannot be listened on over TLS: another program/,
    ],
    ['EACCES', 'bind EACCES 192.0.2.1:5060', /^SIP_LISTEN: .*ports below 1024/],
    [
      'EADDRINUSE',
      'listen EADDRINUSE: address already in use :::5060',
      /^SIP_LISTEN: \[::\]:5060 cannot be listened on over TCP: another program/,
    ],
    [
      'ENOTFOUND',
      'getaddrinfo ENOTFOUND engines.example',
      /^EMBEDDED_DRACHTIO_LISTEN: engines\.example:9022 .*not known/,
    ],
  ])('is named by its setting: %s', (code, message, sentence) => {
    const failure = listenFailure(systemError(code, message), SETTINGS);
    expect(failure).toMatchObject({ message: expect.stringMatching(sentence), cause: { code } });
  });

  it.each([
    systemError('EMFILE', 'listen EMFILE 192.0.2.1:5060'),
    systemError('EADDRINUSE', 'bind EADDRINUSE 127.0.0.1:5061'),
    new Error('192.0.2.1:5060'),
    'no error',
  ])('is not made of another failure', (error) => {
    expect(listenFailure(error, SETTINGS)).toBe(error);
  });
});
