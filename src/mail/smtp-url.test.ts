import { describe, expect, it } from 'vitest';
import { parseSmtpUrl } from './smtp-url.ts';

const LOGIN = { user: 'touchtone', password: 'pa:ss@word' };

describe('an SMTP URL', () => {
  it.each([
    ['smtp://mail.contoso.com', { host: 'mail.contoso.com', port: 587, security: 'required', login: undefined }],
    ['smtps://mail.contoso.com', { host: 'mail.contoso.com', port: 465, security: 'implicit', login: undefined }],
    ['smtp://mail:25/', { host: 'mail', port: 25, security: 'required', login: undefined }],
    ['smtp://MAIL:25?tls=none', { host: 'mail', port: 25, security: 'none', login: undefined }],
    ['smtp://10.0.0.1?tls=opportunistic', { host: '10.0.0.1', port: 587, security: 'opportunistic', login: undefined }],
    ['smtp://[2001:db8::1]:2525', { host: '2001:db8::1', port: 2525, security: 'required', login: undefined }],
    ['smtp://localhost', { host: 'localhost', port: 587, security: 'none', login: undefined }],
    ['smtp://127.0.0.2:25', { host: '127.0.0.2', port: 25, security: 'none', login: undefined }],
    ['smtp://[::1]:25', { host: '::1', port: 25, security: 'none', login: undefined }],
    ['smtp://localhost:25?tls=required', { host: 'localhost', port: 25, security: 'required', login: undefined }],
    [
      'smtps://touchtone:pa%3Ass%40word@mail.contoso.com',
      { host: 'mail.contoso.com', port: 465, security: 'implicit', login: LOGIN },
    ],
    [
      'smtp://touchtone:pa%3Ass%40word@mail.contoso.com:2587?tls=required',
      { host: 'mail.contoso.com', port: 2587, security: 'required', login: LOGIN },
    ],
    ['smtp://touchtone:pa%3Ass%40word@localhost', { host: 'localhost', port: 587, security: 'none', login: LOGIN }],
  ])('is read: %s', (text, settings) => {
    expect(parseSmtpUrl(text)).toEqual(settings);
  });

  it.each([
    '',
    'mail.contoso.com',
    'mail.contoso.com:25',
    'http://mail.contoso.com',
    'smtp:mail.contoso.com',
    'smtp://',
    'smtp://:25',
    'smtp://mail.contoso.com:0',
    'smtp://mail.contoso.com:65536',
    'smtp://mail.contoso.com:smtp',
    'smtp://mail.contoso.com/path',
    'smtp://mail.contoso.com#part',
    'smtp://mail.contoso.com?tls=maybe',
    'smtp://mail.contoso.com?tls=none&tls=required',
    'smtp://mail.contoso.com?ignoreTLS=true',
    'smtps://mail.contoso.com?tls=none',
    'smtp://mail .contoso.com',
    'smtp://mail.contoso.com\r\n',
    'smtp://mäil.contoso.com',
    'smtp://-mail.contoso.com',
    'smtp://mail..contoso.com',
    'smtp://[mail]:25',
    'smtp://touchtone@mail.contoso.com',
    'smtp://:password@mail.contoso.com',
    'smtp://touchtone:%zz@mail.contoso.com',
  ])('breaks the rule: %j', (text) => {
    expect(parseSmtpUrl(text)).toBeUndefined();
  });

  it.each(['smtp://u:p@mail.contoso.com?tls=none', 'smtp://u:p@mail.contoso.com?tls=opportunistic'])(
    'has no password that could be read on the way: %s',
    (text) => {
      expect(parseSmtpUrl(text)).toBeUndefined();
    },
  );
});
