import { describe, expect, it } from 'vitest';
import { describeServer, parsePostgresUrl } from './postgres-url.ts';

describe('a PostgreSQL URL', () => {
  it('says where the database is, and who uses it', () => {
    expect(parsePostgresUrl('postgres://ann:p%40ss%2Fword@Db.Example:6543/my%20calls')).toEqual({
      host: 'db.example',
      port: 6543,
      user: 'ann',
      password: 'p@ss/word',
      database: 'my calls',
      tls: 'verify-full',
      rootCertificates: undefined,
    });
    expect(parsePostgresUrl('postgresql://ann@[2001:db8::1]/calls')).toMatchObject({
      host: '2001:db8::1',
      port: 5432,
      password: undefined,
    });
  });

  it('has certificates verified unless it says otherwise, or leads to this machine', () => {
    const tlsOf = (text: string) => parsePostgresUrl(text)?.tls;
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) expect(tlsOf(`postgres://a@${host}/b`)).toBe('disable');
    expect(tlsOf('postgres://a@10.0.0.1/b')).toBe('verify-full');
    expect(tlsOf('postgres://a@127.0.0.1/b?sslmode=verify-full')).toBe('verify-full');
    for (const mode of ['disable', 'require', 'verify-ca'])
      expect(tlsOf(`postgres://a@db/b?sslmode=${mode}`)).toBe(mode);
    expect(parsePostgresUrl('postgres://a@db/b?sslmode=verify-ca&sslrootcert=/etc/ca.pem')).toMatchObject({
      tls: 'verify-ca',
      rootCertificates: '/etc/ca.pem',
    });
  });

  it.each([
    'postgres://db/calls',
    'postgres://ann@/calls',
    'postgres://ann@db',
    'postgres://ann@db/',
    'postgres://ann@db:0/calls',
    'postgres://ann@db/calls#part',
    'postgres://ann@db/calls?sslmode=prefer',
    'postgres://ann@db/calls?sslmode=disable&sslmode=require',
    'postgres://ann@db/calls?sslrootcert=',
    'postgres://ann@db/calls?options=-c%20fsync%3Doff',
    'postgres://ann@one,two/calls',
    'postgres://ann:%ff@db/calls',
    `postgres://ann@db/${'x'.repeat(64)}`,
    'mysql://ann@db/calls',
    'calls',
    ' postgres://ann@db/calls',
  ])('that cannot be used is refused: %s', (text) => {
    expect(parsePostgresUrl(text)).toBeUndefined();
  });

  it('is shown without user and password', () => {
    const server = parsePostgresUrl('postgres://ann:secret@[::1]:6543/my%20calls?sslmode=disable');
    expect(server && describeServer(server)).toBe('postgres://[::1]:6543/my%20calls');
  });
});
