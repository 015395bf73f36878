import { isIP } from 'node:net';
import { generate } from 'selfsigned';

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

const DAY = 24 * 3_600_000;

type Options = NonNullable<Parameters<typeof generate>[1]>;

async function make(name: string, options: Options): Promise<Certificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...options,
  });
  return { cert, key };
}

/** An authority that nobody trusts before it is told to. */
export function createAuthority(): Promise<Certificate> {
  return make('Test authority', {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
}

/**
 * A certificate for a host name or an IP address, issued by an authority, or by itself when none is given.
 *
 * @param until when it ceases to hold; a year from now when not given.
 */
export function createCertificate(host: string, authority?: Certificate, until?: Date): Promise<Certificate> {
  const altName = isIP(host) === 0 ? { type: 2 as const, value: host } : { type: 7 as const, ip: host };
  return make(host, {
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'subjectAltName', altNames: [altName] },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
    ],
    ...(authority === undefined ? {} : { ca: authority }),
    ...(until === undefined ? {} : { notBeforeDate: new Date(until.getTime() - DAY), notAfterDate: until }),
  });
}
