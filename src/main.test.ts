import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectSecurely } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openDatabase } from './storage/open-database.ts';
import { systemClock } from './system-clock.ts';
import { CapturedLog } from './testing/captured-log.ts';
import { type StockedMailbox, stockFolder } from './testing/mailbox-stock.ts';
import type { Call } from './testing/phone/call.ts';
import { Phone } from './testing/phone/phone.ts';
import { type ServiceOptions, ServiceProcess } from './testing/service-process.ts';
import { CertificateFiles } from './testing/tls/certificate-files.ts';

/** Engines that the environment of the tests may name are not what these tests are about. */
const EMBEDDED = { DRACHTIO_URL: '', FREESWITCH_URLS: '' };

const start = (options: ServiceOptions = {}): Promise<ServiceProcess> =>
  ServiceProcess.start({ ...options, environment: { ...EMBEDDED, ...options.environment } });

/** What a service printed that ended instead of becoming ready; throws when it does become ready. */
async function refusal(options: ServiceOptions): Promise<string> {
  const outcome = await start(options).catch((error: unknown) => String(error));
  if (typeof outcome === 'string') return outcome;
  await outcome[Symbol.asyncDispose]();
  throw new Error('The service has started');
}

/** Starts a service with a mailbox that lets its caller in without more ado. */
async function startWithMailbox(
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly service: ServiceProcess; readonly mailbox: StockedMailbox }> {
  let mailbox: StockedMailbox | undefined;
  const prepare = async (folder: string): Promise<void> => {
    mailbox = await stockFolder(folder, (stock) => stock.add());
  };
  const service = await start({ environment, prepare });
  if (mailbox === undefined) throw new Error('There is no mailbox');
  return { service, mailbox };
}

/** Signs a phone in to a mailbox. */
async function signIn(phone: Phone, service: ServiceProcess, { extension, pin }: StockedMailbox): Promise<Call> {
  const call = await phone.call(service.uri('5000'));
  await call.press(`${extension}#${pin}#`);
  await call.heard('signed-in', { within: 10_000 });
  return call;
}

/** The fingerprint of the certificate that the service shows on its TLS port. */
async function shownBy(service: ServiceProcess, { authority }: CertificateFiles): Promise<string> {
  const port = Number(/:(\d+);transport=tls/.exec(JSON.stringify(service.lines))?.[1]);
  const socket = connectSecurely({ port, host: '127.0.0.1', ca: authority.cert });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

let dataDir: string;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'touchtone-main-'));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dataDir, { recursive: true, force: true });
});

describe('a service', () => {
  it('says when it is ready, whom to call and where the PIN is, and never the PIN', async () => {
    await using service = await start();
    const { pin } = await service.readWelcome();
    expect(service.output).toContain(`Call       ${service.uri('5000')}`);
    expect(service.output).toContain('Extension  51234');
    expect(service.output).toContain(`in the welcome mail, a file in ${join(service.dataDir, 'mail')}`);
    expect(service.output).not.toContain(pin);
    await service.stop();
    expect(service.lines.at(-1)).toMatchObject({ msg: 'Stopped', cause: 'drained' });
  });

  it('lets an administrator in by the token that it has made, and tells it nowhere but in its file', async () => {
    await using service = await start({ dataDir });
    const file = join(dataDir, 'admin-token');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const token = (await readFile(file, 'utf8')).trim();
    const me = () => fetch(`${service.http}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } });
    expect(await (await me()).json()).toMatchObject({ name: 'first-token', roles: ['organization-management'] });
    const config = await fetch(`${service.http}/web/config`);
    expect(await config.json()).toMatchObject({ oidc: null, selfService: 'link', version: expect.any(String) });
    const begun = await fetch(`${service.http}/web/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    const [cookie = ''] = (begun.headers.getSetCookie()[0] ?? '').split(';');
    await service.stop();
    expect(service.output).toContain(`Administration  ${service.http}/admin`);
    expect(service.output).toContain(`For programs    ${service.http}/api/v1/docs`);
    expect(service.output).toContain(`Access token    in ${file}; keep it safe`);
    expect(service.output).not.toContain(token.slice(3));
    await using again = await start({ dataDir });
    const session = await fetch(`${again.http}/web/session`, { headers: { cookie } });
    expect(await session.json()).toMatchObject({ name: 'first-token', signedInBy: 'token' });
    await again.stop();
    expect(again.output).not.toContain('Access token');
    expect((await readFile(file, 'utf8')).trim()).toBe(token);
  });

  it('answers administrators while it waits for its last call', async () => {
    const { service, mailbox } = await startWithMailbox();
    await using _ = service;
    await using phone = await Phone.create();
    const call = await signIn(phone, service, mailbox);
    service.signal('SIGTERM');
    await service.line('Draining: no new calls; a second signal stops now');
    expect((await fetch(`${service.http}/api/v1/me`)).status).toBe(401);
    await call.press('**');
    expect(await service.exited).toEqual({ code: 0, signal: null });
  });

  it('says that tokens would pass in the clear where others can reach it', async () => {
    await using service = await start({ environment: { HTTP_LISTEN: '0.0.0.0:0' } });
    expect(service.lines.find(({ msg }) => msg.includes('in the clear'))).toMatchObject({ level: 'warn' });
    expect((await fetch(`${service.http}/api/v1/openapi.json`)).status).toBe(200);
    await service.stop();
  });

  it('lets no other have its folder, and when told to stop lets its call go on and takes no new one', async () => {
    const { service, mailbox } = await startWithMailbox();
    await using _ = service;
    await using phone = await Phone.create();
    const call = await signIn(phone, service, mailbox);
    expect(await refusal({ dataDir: service.dataDir })).toMatch(
      /sqlite belongs to a service that is running; stop that/,
    );
    service.signal('SIGTERM');
    await service.line('Draining: no new calls; a second signal stops now');
    const late = await phone.dial(service.uri('5000'));
    expect(await late.hasEnded()).toMatchObject({ kind: 'refused', status: 503 });
    await call.press('**');
    await call.heardWhole('goodbye');
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.lines.at(-1)).toMatchObject({ msg: 'Stopped', cause: 'drained' });
  });

  it('that is told to stop twice ends its call and stops at once', async () => {
    const { service, mailbox } = await startWithMailbox({ DRAIN_SECONDS: '600' });
    await using _ = service;
    await using phone = await Phone.create();
    const call = await signIn(phone, service, mailbox);
    service.signal('SIGINT');
    await service.line('Draining: no new calls; a second signal stops now');
    service.signal('SIGINT');
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.lines.at(-1)).toMatchObject({ msg: 'Stopped', cause: 'second-signal' });
  });

  it('that is told to stop while it starts stops at once', async () => {
    // Nobody listens on port 1, which is waited for.
    const environment = { FREESWITCH_URLS: 'freeswitch://:secret@127.0.0.1:1' };
    await using service = await start({ environment, until: 'The media server cannot be used' });
    service.signal('SIGTERM');
    expect(await service.exited).toEqual({ code: 0, signal: null });
    expect(service.lines.at(-1)?.msg).toBe('Stopped before it was ready');
  });

  it('takes a new certificate when it is told to hang up, and keeps out one that cannot be used', async () => {
    await using files = await CertificateFiles.create();
    const environment = {
      SIP_LISTEN: '127.0.0.1:0,tls:127.0.0.1:0',
      TLS_CERT_FILE: files.certificate,
      TLS_KEY_FILE: files.key,
    };
    await using service = await start({ environment });
    const first = await shownBy(service, files);
    await files.replace();
    service.signal('SIGHUP');
    await service.line('A new TLS certificate is in use');
    const second = await shownBy(service, files);
    expect(second).not.toBe(first);
    await writeFile(files.key, files.authority.key);
    service.signal('SIGHUP');
    const line = await service.line(
      'The new TLS files cannot be used; the certificate that was read before stays in use',
    );
    expect(line.reason).toBe(`${files.key} is not the key of the certificate in ${files.certificate}.`);
    expect(await shownBy(service, files)).toBe(second);
    await service.stop();
    expect(await refusal({ environment })).toContain(`TLS_KEY_FILE: ${files.key} is not the key of the certificate in`);
  });

  it('that has a fault which nothing catches says where, without digits, and ends with code 1', async () => {
    const preload = join(dataDir, 'fault.mjs');
    const text = String.raw`'PIN is 198\n    at 407193\n5 1 2 3 4'`;
    await writeFile(preload, `process.on('SIGUSR2', () => { throw new Error(${text}) })`);
    await using service = await start({ command: [process.execPath, '--import', preload, 'src/main.ts'] });
    service.signal('SIGUSR2');
    expect(await service.exited).toEqual({ code: 1, signal: null });
    const line = await service.line('A fault that nothing caught');
    expect(line.frames).toEqual(expect.arrayContaining([expect.stringMatching(/^at /)]));
    expect(line.fault).not.toMatch(/\d/);
    expect(service.output).not.toMatch(/407193|5 1 2 3 4/);
    expect(service.lines.at(-1)).toMatchObject({ msg: 'Stopped', cause: 'fault' });
  });
});

describe('a service does not start', () => {
  it('with settings that cannot be used, and names each', async () => {
    const printed = await refusal({ environment: { SIP_LISTEN: 'secret-host', MAX_CALLS: '0' } });
    expect(printed).toMatch(/ended with code 1/);
    expect(printed).toMatch(/SIP_LISTEN must be comma-separated address:port/);
    expect(printed).toMatch(/MAX_CALLS must be a whole number from 1 to 10000/);
    expect(printed).not.toMatch(/secret-host/);
  });

  it('on a port that another program uses', async () => {
    const other = createSocket('udp4').bind(0, '127.0.0.1');
    await once(other, 'listening');
    const address = `127.0.0.1:${other.address().port}`;
    const printed = await refusal({ environment: { SIP_LISTEN: address } });
    other.close();
    expect(printed).toMatch(/ended with code 1/);
    expect(printed).toContain(`SIP_LISTEN: ${address} cannot be listened on over UDP: another program listens there`);
  });

  it('on a port for administrators that another program uses', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const taken = other.address();
    if (taken === null || typeof taken === 'string') throw new Error('The server has no port');
    const printed = await refusal({ environment: { HTTP_LISTEN: `127.0.0.1:${taken.port}` } });
    other.close();
    expect(printed).toMatch(/ended with code 1/);
    expect(printed).toContain(
      `HTTP_LISTEN: 127.0.0.1:${taken.port} cannot be listened on: another program listens there`,
    );
  });

  it('where the first access token cannot be put, and makes none', async () => {
    await mkdir(join(dataDir, 'admin-token'));
    const printed = await refusal({ dataDir });
    expect(printed).toContain(`The first access token cannot be written to ${join(dataDir, 'admin-token')} (EISDIR)`);
    await rm(join(dataDir, 'admin-token'), { recursive: true });
    await using service = await start({ dataDir });
    await service.stop();
    // Words for people come by another stream than the log, and all of them are read at the end.
    expect(service.output).toContain('Access token    in');
  });

  it('with a damaged database, and leaves it as it was', async () => {
    const file = join(dataDir, 'touchtone.sqlite');
    const damaged = randomBytes(8_192);
    await writeFile(file, damaged, { mode: 0o600 });
    const printed = await refusal({ dataDir });
    expect(printed).toMatch(/ended with code 1/);
    expect(printed).toContain(`The database ${file} is damaged or not a database; put the last backup in its place`);
    expect(await readFile(file)).toEqual(damaged);
  });

  it('without the key file that its PINs depend on, and makes no other', async () => {
    const keyFile = join(dataDir, 'touchtone.key');
    await stockFolder(dataDir, (stock) => stock.add());
    await rm(keyFile);
    const printed = await refusal({ dataDir });
    expect(printed).toMatch(/ended with code 1/);
    expect(printed).toContain(`The key file ${keyFile} is missing`);
    expect(printed).toContain('put it back');
    expect(await readdir(dataDir)).not.toContain('touchtone.key');
  });

  it('with the key file of another database, and leaves both as they were', async () => {
    const file = join(dataDir, 'touchtone.sqlite');
    const database = await openDatabase({ file, log: new CapturedLog(), clock: systemClock });
    await database.pinKeys.insert({ keyId: 'lost', check: 'of a key that is elsewhere' });
    await database.close();
    const keyFile = join(dataDir, 'touchtone.key');
    const keys = JSON.stringify({ keys: [{ id: 'another', pinKey: randomBytes(32).toString('base64') }] });
    await writeFile(keyFile, keys, { mode: 0o600 });
    const before = await readFile(file);
    const printed = await refusal({ dataDir });
    expect(printed).toMatch(/ended with code 1/);
    expect(printed).toContain(`The key file ${keyFile} does not belong to this database, which was used with key lost`);
    expect(await readFile(file)).toEqual(before);
    expect(await readFile(keyFile, 'utf8')).toBe(keys);
  });
});

describe('the embedded pair alone', () => {
  const pair = (environment: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> =>
    start({
      command: [process.execPath, 'src/embedded-main.ts'],
      until: 'The embedded pair is ready',
      environment: {
        EMBEDDED_DRACHTIO_LISTEN: '127.0.0.1:0',
        EMBEDDED_MEDIA_LISTEN: '127.0.0.1:0',
        ...environment,
      },
    });

  it('serves a service in another process', async () => {
    await using engines = await pair();
    const { sipPort, drachtioPort, eventSocketPort } = await engines.line('The embedded pair is ready');
    const secret = await readFile(join(engines.dataDir, 'embedded-secret'), 'utf8');
    vi.stubEnv('TEST_SIP_TARGET', `127.0.0.1:${String(sipPort)}`);
    const { service, mailbox } = await startWithMailbox({
      DRACHTIO_URL: `drachtio://:${secret}@127.0.0.1:${String(drachtioPort)}`,
      FREESWITCH_URLS: `freeswitch://:${secret}@127.0.0.1:${String(eventSocketPort)}`,
    });
    await using _ = service;
    await using phone = await Phone.create();
    const call = await signIn(phone, service, mailbox);
    await call.press('**');
    await call.heardWhole('goodbye');
    expect(await call.hasEnded()).toMatchObject({ kind: 'far-side-hung-up' });
    await service.stop();
    await engines.stop();
    expect(engines.output + service.output).not.toContain(secret);
  });

  it('does not start on a port that another program uses', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    const taken = `127.0.0.1:${address.port}`;
    const printed = await Promise.all(
      ['EMBEDDED_DRACHTIO_LISTEN', 'EMBEDDED_MEDIA_LISTEN'].map(async (setting) => {
        const text = await pair({ [setting]: taken }).then(() => 'started', String);
        return [setting, text] as const;
      }),
    );
    other.close();
    for (const [setting, text] of printed) {
      expect(text).toMatch(/ended with code 1/);
      expect(text).toContain(`${setting}: ${taken} cannot be listened on: another program listens there`);
    }
  });
});
