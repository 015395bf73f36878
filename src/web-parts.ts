import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OidcSignIn } from './admin/http/oidc/oidc-sign-in.ts';
import { Cookies } from './admin/http/web/cookies.ts';
import { areBuilt } from './admin/http/web/pages.ts';
import type { WebParts } from './admin/http/web/parts.ts';
import type { Config } from './config.ts';
import type { Core } from './core.ts';
import type { Clock } from './domain/clock.ts';
import { errorCode } from './domain/error-code.ts';
import { isRecord } from './domain/is-record.ts';
import type { Log } from './domain/log.ts';
import { isSafeUrl } from './oidc-settings.ts';

/** Where `npm run build:web` puts the pages. */
const PAGES = join(import.meta.dirname, 'admin/web/dist');

const PLACE_UNKNOWN =
  'PUBLIC_URL is not set, and HTTP is for other machines: users get no links to their pages, and the cookies of all pages are for https:// only. Set it to where browsers reach this service';

export interface WebPartsOptions {
  readonly config: Config;
  readonly log: Log;
  readonly clock: Clock;
  /** The address that is listened on, `http://host:port`; undefined until it is. */
  readonly listensOn: () => string | undefined;
}

async function versionOf(): Promise<string> {
  const text = await readFile(join(import.meta.dirname, '../package.json'), 'utf8');
  const about: unknown = JSON.parse(text);
  return isRecord(about) && typeof about.version === 'string' ? about.version : 'unknown';
}

async function secretIn(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(`OIDC_CLIENT_SECRET_FILE cannot be read (${errorCode(error)}).`, { cause: error });
  }
  const secret = text.trim();
  if (secret === '') throw new Error('OIDC_CLIENT_SECRET_FILE is empty; it has the secret of OIDC_CLIENT_ID.');
  return secret;
}

async function oidcSignInOf({ config, log, clock }: WebPartsOptions, { webSecrets }: Pick<Core, 'webSecrets'>) {
  const { oidc, oidcClient } = config;
  if (oidc === undefined || oidcClient === undefined) return undefined;
  const { id: clientId, secretFile } = oidcClient;
  const clientSecret = secretFile === undefined ? undefined : await secretIn(secretFile);
  return new OidcSignIn({ ...oidc, clientId, clientSecret, isSafeUrl, webSecrets, clock, log });
}

/**
 * What the pages are made of. Says in the log what of them will not work as this service is set up. Rejects with a
 * sentence for the operator when the secret of the identity provider's client cannot be read.
 */
export async function webPartsOf(options: WebPartsOptions, core: Pick<Core, 'web' | 'webSecrets'>): Promise<WebParts> {
  const { config, log, listensOn } = options;
  const { publicUrl, isLocal } = config;
  if (!areBuilt(PAGES)) log.warn({}, 'The pages have not been built; `npm run build:web` builds them. All else works');
  if (publicUrl === undefined && !isLocal) {
    log.warn({}, PLACE_UNKNOWN);
  }
  if (!isLocal && publicUrl?.startsWith('http:') === true) {
    log.warn({}, 'PUBLIC_URL is http:// and not on this machine: browsers keep no session, for its cookie is Secure');
  }
  return {
    ...core.web,
    oidc: await oidcSignInOf(options, core),
    cookies: new Cookies(!isLocal),
    origin: () => publicUrl ?? (isLocal ? listensOn() : undefined),
    version: await versionOf(),
    pagesFolder: PAGES,
  };
}
