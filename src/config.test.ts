import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { defaultSipListen } from './setting-texts.ts';
import { problemsOf } from './testing/config-problems.ts';

describe('readConfig', () => {
  it('needs nothing: every setting has a value of its own', () => {
    const config = readConfig({});
    expect(config.sipListen[0]).toEqual({ host: '0.0.0.0', port: 5060 });
    expect(config.rtpPorts).toEqual({ first: 20000, last: 29999 });
    expect(config.drachtio).toBeUndefined();
    expect(config.freeswitches).toBeUndefined();
    expect(config.trustedPeers.includes('127.0.0.1')).toBe(false);
    expect(config.secretKeyFile).toMatch(/data\/touchtone\.key$/);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('takes an empty value as absent', () => {
    expect(readConfig({ SIP_LISTEN: '', DRACHTIO_URL: '' }).sipListen[0]).toMatchObject({ port: 5060 });
  });

  it('listens for SIP where it is told to, else on port 5060 of every family that the machine has', () => {
    expect(readConfig({ SIP_LISTEN: '192.0.2.1:5060, [::1]:0,127.0.0.1:0' }).sipListen).toEqual([
      { host: '192.0.2.1', port: 5060 },
      { host: '::1', port: 0 },
      { host: '127.0.0.1', port: 0 },
    ]);
    const address = { address: 'x', netmask: 'x', mac: 'x', internal: true, cidr: null };
    const ipv4 = { ...address, family: 'IPv4' as const };
    const ipv6 = { ...address, family: 'IPv6' as const, scopeid: 0 };
    expect(defaultSipListen({ lo: [ipv4, ipv6] })).toEqual([
      { host: '0.0.0.0', port: 5060 },
      { host: '::', port: 5060 },
    ]);
    expect(defaultSipListen({ lo: [ipv4], eth0: [ipv4] })).toEqual([{ host: '0.0.0.0', port: 5060 }]);
  });

  it('speaks SIP over TLS where it is told to, if it has a certificate, and UDP or TCP beside it', () => {
    const files = { TLS_CERT_FILE: '/etc/tls/cert.pem', TLS_KEY_FILE: '/etc/tls/key.pem' };
    const config = readConfig({ SIP_LISTEN: '127.0.0.1:5060,tls:0.0.0.0:5061, tls:[::1]:0', ...files });
    expect(config.sipListen).toEqual([
      { host: '127.0.0.1', port: 5060 },
      { host: '0.0.0.0', port: 5061, transport: 'tls' },
      { host: '::1', port: 0, transport: 'tls' },
    ]);
    const { TLS_CERT_FILE: certificate, TLS_KEY_FILE: key } = files;
    expect(config.tlsFiles).toEqual({ certificate, key, authorities: undefined });
    expect(readConfig({}).tlsFiles).toBeUndefined();
  });

  it.each([
    [{ SIP_LISTEN: 'tls:0.0.0.0:5061' }, [/^SIP_LISTEN must be .* over UDP and TCP, at least one, /]],
    [{ SIP_LISTEN: '127.0.0.1:0,tls:127.0.0.1:0' }, [/^TLS_CERT_FILE must be set when/, /^TLS_KEY_FILE must be set/]],
    [{ TLS_CERT_FILE: 'a' }, [/^TLS_CERT_FILE is for SIP over TLS; add an address/]],
    [{ SIP_LISTEN: '127.0.0.1:0', TLS_CA_FILE: 'a' }, [/^TLS_CA_FILE is for SIP over TLS/]],
  ])('says what of SIP over TLS is missing or for nothing: %o', (environment, sentences) => {
    const problems = () => {
      try {
        return readConfig(environment);
      } catch (error) {
        return error;
      }
    };
    expect(problems()).toMatchObject({ problems: sentences.map((sentence) => expect.stringMatching(sentence)) });
  });

  it('reads engines with their standard ports and their secrets', () => {
    const config = readConfig({
      DRACHTIO_URL: 'drachtio://:cym%40ru@192.0.2.1',
      FREESWITCH_URLS: 'freeswitch://:a@192.0.2.2, freeswitch://:b@media.example:8022,freeswitch://:c@[2001:db8::1]',
    });
    expect(config.drachtio).toEqual({ host: '192.0.2.1', port: 9022, secret: 'cym@ru' });
    expect(config.freeswitches).toEqual([
      { host: '192.0.2.2', port: 8021, secret: 'a' },
      { host: 'media.example', port: 8022, secret: 'b' },
      { host: '2001:db8::1', port: 8021, secret: 'c' },
    ]);
  });

  it('reads from how many failures on a source is slowed down and refused', () => {
    expect(readConfig({}).sourceLimits).toEqual({ slowAt: 20, refuseAt: 100 });
    expect(readConfig({ SOURCE_FAILURES_SLOWED: '5', SOURCE_FAILURES_REFUSED: 'unlimited' }).sourceLimits).toEqual({
      slowAt: 5,
      refuseAt: 'unlimited',
    });
  });

  it.each([
    ['SIP_LISTEN', '5060'],
    ['SIP_LISTEN', '0.0.0.0:99999'],
    ['SIP_LISTEN', '::1:5060'],
    ['SIP_LISTEN', '127.0.0.1:5060,'],
    ['SIP_LISTEN', '127.0.0.1:5060,127.0.0.1:5060'],
    ['SIP_LISTEN', 'pbx.example:5060'],
    ['RTP_PORTS', '20000'],
    ['RTP_PORTS', '30000-20000'],
    ['RTP_PORTS', '20000-20000'],
    ['RTP_PORTS', '80-90'],
    ['ALLOWED_PEERS', '10/8'],
    ['ALLOWED_PEERS', '10.0.0.0/33'],
    ['ALLOWED_PEERS', '10.0.0.0/8,'],
    ['TRUSTED_PEERS', 'pbx.example'],
    ['DRACHTIO_URL', 'http://:s@192.0.2.1'],
    ['DRACHTIO_URL', 'drachtio://192.0.2.1'],
    ['FREESWITCH_URLS', 'freeswitch://:a@192.0.2.2,nonsense'],
    ['EVENT_SOCKET_LISTEN', 'here'],
    ['SOURCE_FAILURES_SLOWED', '0'],
    ['SOURCE_FAILURES_REFUSED', 'never'],
    ['SPRAY_MAILBOXES', '1'],
    ['SPRAY_MAILBOXES', '101'],
    ['SPRAY_MINUTES', '0'],
    ['ALERT_WEBHOOK_URL', 'hooks.example/touchtone'],
    ['ALERT_WEBHOOK_URL', 'ftp://hooks.example/'],
    ['ALERT_WEBHOOK_URL', 'https://tony:hunter2@hooks.example/'],
    ['MAX_CALLS', '0'],
    ['MAX_CALLS', '1e3'],
    ['MAIL_FROM', 'Tony <tony@contoso.com>'],
    ['MAIL_FROM', 'tony@[192.0.2.1]'],
    ['MAIL_FROM', 'tony@contoso.com\r\nBcc: eve@example.com'],
    ['MEDIA_PROMPTS_DIR', 'relative/path'],
    ['MEDIA_PROMPTS_DIR', '/prompts!/x'],
    ['LOG_LEVEL', 'loud'],
    ['HTTP_LISTEN', '8080'],
    ['HTTP_TRUSTED_PROXIES', 'proxy.example'],
    ['PUBLIC_URL', 'voice.example'],
    ['PUBLIC_URL', 'ftp://voice.example'],
    ['PUBLIC_URL', 'https://voice.example/path'],
    ['PUBLIC_URL', 'https://tony@voice.example'],
    ['OIDC_ISSUER', 'login.example'],
    ['OIDC_ISSUER', 'http://login.example'],
    ['OIDC_ISSUER', 'https://login.example/?tenant=1'],
    ['OIDC_ROLES', 'admins'],
    ['OIDC_ROLES', 'admins=king'],
    ['OIDC_ROLES', 'admins=help-desk,'],
    ['OIDC_ROLES', '%zz=help-desk'],
    ['OIDC_GROUPS_CLAIM', 'two words'],
    ['ADVERTISED_ADDRESS', 'a b'],
    ['ADVERTISED_ADDRESS', 'voice.example'],
  ])('refuses %s=%s by its name and rule', (name, value) => {
    const [problem, ...others] = problemsOf({ [name]: value });
    expect(problem).toMatch(new RegExp(`^${name} must be `));
    expect(others).toEqual([]);
  });

  it('names every bad setting at once and never repeats a value, which may be a secret', () => {
    const problems = problemsOf({ DRACHTIO_URL: 'drachtio:/hunter2secret', MAX_CALLS: 'hunter2secret' });
    expect(problems).toHaveLength(2);
    expect(problems.join()).not.toContain('hunter2secret');
  });

  it('reads where HTTP is, on loopback unless somebody says otherwise', () => {
    expect(readConfig({})).toMatchObject({ httpListen: { host: '127.0.0.1', port: 8080 }, publicUrl: undefined });
    const config = readConfig({ PUBLIC_URL: 'https://voice.example/', HTTP_TRUSTED_PROXIES: '192.0.2.0/24' });
    expect(config.publicUrl).toBe('https://voice.example');
    expect(config.httpTrustedProxies.includes('192.0.2.7')).toBe(true);
    expect(readConfig({}).httpTrustedProxies.includes('127.0.0.1')).toBe(false);
  });

  it.each([
    [{}, true],
    [{ HTTP_LISTEN: '0.0.0.0:8080' }, false],
    [{ PUBLIC_URL: 'https://localhost' }, true],
    [{ PUBLIC_URL: 'https://localhost', HTTP_TRUSTED_PROXIES: '127.0.0.1' }, true],
    [{ PUBLIC_URL: 'https://voice.example', HTTP_TRUSTED_PROXIES: '127.0.0.1' }, false],
    [{ HTTP_TRUSTED_PROXIES: '127.0.0.1' }, false],
  ])('tells of %o that all browsers are on this machine: %s', (environment, isLocal) => {
    expect(readConfig(environment).isLocal).toBe(isLocal);
  });

  it('reads an identity provider, with the roles of its groups', () => {
    expect(readConfig({}).oidc).toBeUndefined();
    const roles = 'voice admins=um-management, CN%3Ddesk%2CDC%3Dexample=help-desk,voice admins=view-only';
    const OIDC_ISSUER = 'https://login.example/tenant';
    const { oidc } = readConfig({ OIDC_ISSUER, OIDC_AUDIENCE: 'touchtone', OIDC_ROLES: roles });
    expect(oidc).toMatchObject({ issuer: OIDC_ISSUER, audience: 'touchtone', groupsClaim: 'groups' });
    expect([...(oidc?.roles ?? [])]).toEqual([
      ['voice admins', ['um-management', 'view-only']],
      ['CN=desk,DC=example', ['help-desk']],
    ]);
    const client = { OIDC_ISSUER, OIDC_AUDIENCE: 'touchtone', OIDC_ROLES: 'a=help-desk', OIDC_CLIENT_ID: 'pages' };
    for (const elsewhere of [{ HTTP_LISTEN: '0.0.0.0:8080' }, { HTTP_TRUSTED_PROXIES: '127.0.0.1' }]) {
      expect(problemsOf({ ...client, ...elsewhere })).toEqual([
        'PUBLIC_URL must be set when OIDC_CLIENT_ID is: people are sent back there.',
      ]);
    }
    expect(readConfig({ ...client, OIDC_CLIENT_SECRET_FILE: '/run/secret' }).oidcClient).toEqual({
      id: 'pages',
      secretFile: '/run/secret',
    });
    expect(problemsOf({ OIDC_CLIENT_ID: 'touchtone' })).toEqual([
      'OIDC_CLIENT_ID is a client of OIDC_ISSUER; set that, too.',
    ]);
    expect(problemsOf({ OIDC_CLIENT_SECRET_FILE: '/run/secret' })).toEqual([
      'OIDC_CLIENT_SECRET_FILE has the secret of OIDC_CLIENT_ID; set that, too.',
    ]);
    expect(problemsOf({ OIDC_ISSUER })).toEqual([
      'OIDC_AUDIENCE must be set when OIDC_ISSUER is.',
      'OIDC_ROLES must be set when OIDC_ISSUER is.',
    ]);
  });

  it('keeps its data in a file, or on a server with what all instances need alike', () => {
    const { database } = readConfig({ DATA_DIR: '/data' });
    expect(database).toEqual({ file: '/data/touchtone.sqlite' });
    const needed = { SMTP_URL: 'smtp://mail.example', SECRET_KEY_FILE: '/run/secrets/key' };
    const server = { host: 'db.example', port: 5432, user: 'touchtone', database: 'calls', tls: 'verify-full' };
    const password = { DATABASE_PASSWORD_FILE: '/run/secrets/password' };
    expect(
      readConfig({ DATABASE_URL: 'postgres://touchtone@db.example/calls', ...needed, ...password }).database,
    ).toMatchObject({ server, passwordFile: '/run/secrets/password' });
    const url = 'postgres://touchtone:s3cr3t@db.example/calls';
    expect(problemsOf({ DATABASE_URL: url })).toEqual([
      'SMTP_URL must be set when DATABASE_URL is.',
      'SECRET_KEY_FILE must be set when DATABASE_URL is: all instances need the same keys.',
    ]);
    expect(problemsOf({ DATABASE_URL: url, ...needed, ...password })).toEqual([
      'DATABASE_PASSWORD_FILE and a password in DATABASE_URL cannot both be set.',
    ]);
    expect(problemsOf(password)).toEqual(['DATABASE_PASSWORD_FILE has the password for DATABASE_URL; set that, too.']);
    const [problem] = problemsOf({ DATABASE_URL: 'mysql://touchtone:s3cr3t@db.example/calls' });
    expect(problem).toMatch(/^DATABASE_URL must be postgres:/);
    expect(problem).not.toContain('s3cr3t');
  });

  it('reads when failures are a spray, and where alerts go', () => {
    expect(readConfig({})).toMatchObject({ sprayLimits: { mailboxes: 10, minutes: 10 }, alertWebhook: undefined });
    const secret = 'sixteen-or-more-of-them';
    const url = 'https://hooks.example/services/T0/B0?x=1';
    const { alertWebhook } = readConfig({ ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret });
    expect([alertWebhook?.url.href, alertWebhook?.secret]).toEqual([url, secret]);
    expect(readConfig({ ALERT_WEBHOOK_URL: url }).alertWebhook?.secret).toBeUndefined();
    const short = problemsOf({ ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: 'short' });
    expect(short).toEqual([expect.stringMatching(/^ALERT_WEBHOOK_SECRET must be /)]);
    expect(problemsOf({ ALERT_WEBHOOK_SECRET: secret })).toEqual([
      expect.stringMatching(/^ALERT_WEBHOOK_SECRET signs/),
    ]);
  });

  it('reads the mail server, and writes mails as files where there is none', () => {
    expect(readConfig({}).smtp).toBeUndefined();
    expect(readConfig({ SMTP_URL: 'smtp://tony:s%20ecret@relay.example' }).smtp).toEqual({
      host: 'relay.example',
      port: 587,
      security: 'required',
      login: { user: 'tony', password: 's ecret' },
    });
    expect(problemsOf({ SMTP_URL: 'relay.example:25' })).toEqual([expect.stringMatching(/^SMTP_URL must be smtp:/)]);
  });
});
