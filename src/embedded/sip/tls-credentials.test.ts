import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { until } from '../../testing/edge/edge-rig.ts';
import { createCertificate } from '../../testing/mail/certificates.ts';
import { CertificateFiles } from '../../testing/tls/certificate-files.ts';
import { TlsCredentials } from './tls-credentials.ts';
import type { TlsFile } from './tls-identity.ts';

const day = 86_400_000;
let files: CertificateFiles;
let clock: FakeClock;
let log: CapturedLog;
const opened: TlsCredentials[] = [];
beforeEach(async () => {
  files = await CertificateFiles.create();
  clock = new FakeClock(Date.now() + 60_000);
  log = new CapturedLog();
});
afterEach(async () => {
  for (const credentials of opened.splice(0)) credentials.close();
  expect(clock.pending).toBe(0);
  await files[Symbol.asyncDispose]();
});

async function open({ certificate, key } = files, authorities?: string): Promise<TlsCredentials> {
  const credentials = await TlsCredentials.open({ certificate, key, authorities }, clock, log);
  opened.push(credentials);
  return credentials;
}

const levels = () => log.lines.map(({ level }) => level);

it.each<[string, TlsFile, RegExp, (files: CertificateFiles) => unknown]>([
  [
    'that is missing',
    'certificate',
    /^\S+none\.pem cannot be read \(ENOENT\)\.$/,
    (f) => ({ certificate: `${f.key}-none.pem` }),
  ],
  ['that is no certificate', 'certificate', /has no certificate in PEM form/, (f) => writeFile(f.certificate, 'hello')],
  [
    'that has expired',
    'certificate',
    /has expired on 20\d\d-/,
    async (f) => f.replace(await createCertificate('127.0.0.1', f.authority, new Date(Date.now() - day))),
  ],
  [
    'that does not hold yet',
    'certificate',
    /does not hold before 20\d\d-/,
    async (f) => f.replace(await createCertificate('127.0.0.1', f.authority, new Date(Date.now() + 30 * day))),
  ],
  ['whose key is none', 'key', /has no private key in PEM form/, (f) => writeFile(f.key, 'hello')],
  [
    'whose key is another one',
    'key',
    /is not the key of the certificate in \S+certificate\.pem\.$/,
    (f) => writeFile(f.key, f.authority.key),
  ],
  [
    'whose key is protected by a passphrase',
    'key',
    /is protected by a passphrase/,
    (f) => {
      const sealed = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
      const pair = generateKeyPairSync('ec', {
        namedCurve: 'P-256',
        publicKeyEncoding: { type: 'spki', format: 'pem' },
        privateKeyEncoding: sealed,
      });
      return writeFile(f.key, pair.privateKey);
    },
  ],
  [
    'with authorities that are none',
    'authorities',
    /has no certificate in PEM form/,
    (f) => writeFile(f.authorities, ''),
  ],
])('refuses a certificate %s, and says why', async (_what, file, sentence, spoil) => {
  const changed = await spoil(files);
  const { certificate, key, authorities } = files;
  const wanted = { certificate, key, authorities, ...(file === 'certificate' && isPaths(changed) ? changed : {}) };
  const opening = TlsCredentials.open(wanted, clock, log);
  await expect(opening).rejects.toMatchObject({
    name: 'TlsFileRefused',
    file,
    message: expect.stringMatching(sentence),
  });
});

function isPaths(value: unknown): value is { readonly certificate: string } {
  return typeof value === 'object' && value !== null && 'certificate' in value;
}

it('takes new files when it looks next, and at once when it is told to', async () => {
  const credentials = await open();
  const before = credentials.current;
  const taken: number[] = [];
  credentials.onChange(({ expires }) => taken.push(expires));
  expect(await credentials.reload()).toBe('unchanged');
  await files.replace();
  await clock.advance(10_000);
  await until(() => taken.length === 1, 'the files were looked at');
  expect(credentials.current.digest).not.toBe(before.digest);
  const last = await files.replace();
  expect(await credentials.reload()).toBe('changed');
  expect(new X509Certificate(credentials.current.cert).fingerprint256).toBe(
    new X509Certificate(last.cert).fingerprint256,
  );
  expect(credentials.counters).toEqual({ reloaded: 2, refused: 0 });
  expect(levels()).toEqual(['info', 'info']);
  await until(() => clock.pending === 1, 'it looks again');
});

it('keeps out what cannot be used, says so once, and takes what can be used afterwards', async () => {
  const credentials = await open();
  const before = credentials.current;
  await writeFile(files.key, files.authority.key);
  expect(await credentials.reload()).toBe('refused');
  expect(await credentials.reload()).toBe('refused');
  expect(credentials.current).toBe(before);
  expect(credentials.counters).toEqual({ reloaded: 0, refused: 1 });
  expect(log.lines).toMatchObject([{ level: 'error', fields: { reason: expect.stringContaining('is not the key') } }]);
  expect(JSON.stringify(log.lines)).not.toContain('BEGIN');
  await files.replace();
  expect(await credentials.reload()).toBe('changed');
});

it('gives whoever writes the two files the time to write both', async () => {
  const credentials = await open();
  const next = await createCertificate('127.0.0.1', files.authority);
  await writeFile(files.certificate, next.cert);
  await clock.advance(10_000);
  await until(() => clock.pending === 1, 'the files were looked at');
  expect(levels()).toEqual([]);
  await writeFile(files.key, next.key);
  await clock.advance(10_000);
  await until(() => credentials.counters.reloaded === 1, 'both are taken');
  expect(credentials.counters.refused).toBe(0);
  await until(() => clock.pending === 1, 'it looks again');
});

it('warns of the end of a certificate once a day, and tells when it has come', async () => {
  await files.replace(await createCertificate('127.0.0.1', files.authority, new Date(clock.now() + day - 60_000)));
  const credentials = await open();
  expect(levels()).toEqual(['warn']);
  clock.setNow(clock.now() + day);
  await credentials.reload();
  expect(levels()).toEqual(['warn', 'error', 'error']);
  expect(credentials.current.expires).toBeLessThan(clock.now());
  await credentials.reload();
  expect(log.lines).toHaveLength(3);
});
