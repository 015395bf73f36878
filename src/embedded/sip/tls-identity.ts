import { createHash, createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';

/** Where the certificate and what belongs to it are, as PEM files. */
export interface TlsFiles {
  /** The server's certificate, with the intermediate ones behind it. */
  readonly certificate: string;
  readonly key: string;
  /** Whose certificates are trusted; with it, who connects must show one (RFC 5922 §7.4 calls it mutual TLS). */
  readonly authorities?: string | undefined;
}

export type TlsFile = keyof TlsFiles;

/** A certificate that can be used, with its key. */
export interface TlsIdentity {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly authorities: Buffer | undefined;
  /** When the certificate ceases to hold, in milliseconds since 1970-01-01T00:00:00Z. */
  readonly expires: number;
  /** Differs when the content of any of the files does. */
  readonly digest: string;
}

/** One of the files cannot be used. The message is a sentence for the operator, with the path and without any content. */
export class TlsFileRefused extends Error {
  override readonly name = 'TlsFileRefused';
  readonly file: TlsFile;

  constructor(file: TlsFile, sentence: string, cause?: unknown) {
    super(sentence, { cause });
    this.file = file;
  }
}

/** More than any chain or list of authorities needs. */
const longestFile = 4_194_304;

/**
 * Reads a certificate and what belongs to it, and finds out whether they can be used together at the time `now`
 * (milliseconds since 1970). Rejects with {@link TlsFileRefused} when they cannot.
 */
export async function readTlsIdentity(files: TlsFiles, now: number): Promise<TlsIdentity> {
  const cert = await read('certificate', files.certificate);
  const key = await read('key', files.key);
  const authorities = files.authorities === undefined ? undefined : await read('authorities', files.authorities);
  const leaf = firstCertificate('certificate', files.certificate, cert);
  const expires = checkTimes(leaf, files.certificate, now);
  checkKey(leaf, files, key);
  if (authorities !== undefined) firstCertificate('authorities', files.authorities ?? '', authorities);
  try {
    createSecureContext({ cert, key, ...(authorities === undefined ? {} : { ca: authorities }) });
  } catch (error) {
    throw new TlsFileRefused('certificate', `${files.certificate} cannot be used for TLS (${wordsOf(error)}).`, error);
  }
  const digest = createHash('sha256');
  for (const part of [cert, key, authorities ?? Buffer.alloc(0)]) digest.update(`${part.length}\n`).update(part);
  return { cert, key, authorities, expires, digest: digest.digest('hex') };
}

async function read(file: TlsFile, path: string): Promise<Buffer> {
  try {
    const content = await readFile(path);
    if (content.length <= longestFile) return content;
  } catch (error) {
    throw new TlsFileRefused(file, `${path} cannot be read (${wordsOf(error)}).`, error);
  }
  throw new TlsFileRefused(file, `${path} is too large for a PEM file.`);
}

function firstCertificate(file: TlsFile, path: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (error) {
    throw new TlsFileRefused(file, `${path} has no certificate in PEM form.`, error);
  }
}

function checkTimes({ validFromDate, validToDate }: X509Certificate, path: string, now: number): number {
  if (now >= validToDate.getTime()) {
    throw new TlsFileRefused('certificate', `the certificate in ${path} has expired on ${validToDate.toISOString()}.`);
  }
  if (now < validFromDate.getTime()) {
    const from = validFromDate.toISOString();
    throw new TlsFileRefused('certificate', `the certificate in ${path} does not hold before ${from}.`);
  }
  return validToDate.getTime();
}

function checkKey(leaf: X509Certificate, files: TlsFiles, pem: Buffer): void {
  let belongs: boolean;
  try {
    belongs = leaf.checkPrivateKey(createPrivateKey(pem));
  } catch (error) {
    const sealed = /ENCRYPTED/.test(pem.toString('latin1'));
    const why = sealed
      ? 'is protected by a passphrase, which nobody is there to enter'
      : 'has no private key in PEM form';
    throw new TlsFileRefused('key', `${files.key} ${why}.`, error);
  }
  if (!belongs)
    throw new TlsFileRefused('key', `${files.key} is not the key of the certificate in ${files.certificate}.`);
}

/** The system's code where there is one: its message repeats the path. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
