import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Certificate, createAuthority, createCertificate } from '../mail/certificates.ts';

/** A certificate for 127.0.0.1 in files of a temporary folder, which can be replaced. */
export class CertificateFiles implements AsyncDisposable {
  readonly authority: Certificate;
  readonly certificate: string;
  readonly key: string;
  readonly authorities: string;
  readonly #folder: string;

  private constructor(folder: string, authority: Certificate) {
    this.#folder = folder;
    this.authority = authority;
    this.certificate = join(folder, 'certificate.pem');
    this.key = join(folder, 'key.pem');
    this.authorities = join(folder, 'authorities.pem');
  }

  static async create(): Promise<CertificateFiles> {
    const files = new CertificateFiles(await mkdtemp(join(tmpdir(), 'certificates-')), await createAuthority());
    await writeFile(files.authorities, files.authority.cert);
    await files.replace();
    return files;
  }

  /** Writes another certificate and its key; one that holds for a year unless another is given. */
  async replace(other?: Certificate): Promise<Certificate> {
    const { cert, key } = other ?? (await createCertificate('127.0.0.1', this.authority));
    await writeFile(this.certificate, cert);
    await writeFile(this.key, key);
    return { cert, key };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
