import { resolve } from 'node:path';
import type { SipListenAddress } from './setting-texts.ts';

/** The files of SIP over TLS. */
export interface TlsFileSettings {
  readonly certificate: string;
  readonly key: string;
  /** Undefined: peers need not show a certificate. */
  readonly authorities: string | undefined;
}

/** The settings that name them; the empty text stands for none. */
interface TlsTexts {
  readonly TLS_CERT_FILE?: string;
  readonly TLS_KEY_FILE?: string;
  readonly TLS_CA_FILE?: string;
}

/** The path of a file; the empty text when there is none. */
export function filePath(text: string): string {
  return text === '' ? '' : resolve(text);
}

/** What SIP over TLS needs and has not, and what is set for it where it is not spoken; a sentence for each. */
export function problemsOfTls(
  listens: readonly SipListenAddress[] | undefined,
  { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE }: TlsTexts,
): readonly string[] {
  if (listens?.some(({ transport }) => transport === 'tls')) {
    return Object.entries({ TLS_CERT_FILE, TLS_KEY_FILE })
      .filter(([, path]) => path === '')
      .map(([name]) => `${name} must be set when SIP_LISTEN has a tls: address.`);
  }
  return Object.entries({ TLS_CERT_FILE, TLS_KEY_FILE, TLS_CA_FILE })
    .filter(([, path]) => path !== '' && path !== undefined)
    .map(([name]) => `${name} is for SIP over TLS; add an address such as tls:0.0.0.0:5061 to SIP_LISTEN.`);
}

/** Undefined when SIP over TLS is not wanted; with {@link problemsOfTls}, either both files are there or none. */
export function tlsFileSettings(texts: Required<TlsTexts>): TlsFileSettings | undefined {
  const { TLS_CERT_FILE: certificate, TLS_KEY_FILE: key, TLS_CA_FILE: authorities } = texts;
  return certificate === '' ? undefined : { certificate, key, authorities: authorities || undefined };
}
