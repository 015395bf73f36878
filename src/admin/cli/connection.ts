import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join, resolve } from 'node:path';
import { errorCode } from '../../domain/error-code.ts';
import { EXIT_CODES } from './exit-codes.ts';
import { Failure, UsageFailure } from './failure.ts';
import type { Host } from './host.ts';

/** Where the service is, and how it knows who asks. */
export interface Connection {
  /** Ends with a slash. */
  readonly base: URL;
  readonly token: string;
  /** What the token was taken from, for people. */
  readonly tokenFrom: string;
}

const DEFAULT_URL = 'http://127.0.0.1:8080';

/** A token is looked for in a file only where the service that wrote it is asked. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || (isIPv4(hostname) && hostname.startsWith('127.'));

/**
 * Where TOUCHTONE_URL and TOUCHTONE_TOKEN lead; without them, the service on this machine and the token that it wrote
 * when it first started.
 *
 * @param allowPlainHttp whether a token may cross a network that everybody on the way can read.
 * @throws Failure when there is no usable address or no token.
 */
export async function connectionOf(
  { env, root }: Pick<Host, 'env' | 'root'>,
  allowPlainHttp: boolean,
): Promise<Connection> {
  const base = baseOf(env.TOUCHTONE_URL || DEFAULT_URL);
  const local = isLoopback(base.hostname);
  if (base.protocol === 'http:' && !local && !allowPlainHttp) {
    throw new UsageFailure(
      'TOUCHTONE_URL is plain http to another machine: everybody on the way could read the token and the PINs. Use https, or add -AllowPlainHttp if that network is safe.',
    );
  }
  const given = env.TOUCHTONE_TOKEN?.trim();
  if (given) return { base, token: usable(given, 'TOUCHTONE_TOKEN'), tokenFrom: 'TOUCHTONE_TOKEN' };
  if (!local) {
    throw new Failure(
      'Set TOUCHTONE_TOKEN to a token of the service that TOUCHTONE_URL names.',
      EXIT_CODES.unreachable,
    );
  }
  const file = join(resolve(root, env.DATA_DIR || 'data'), 'admin-token');
  return { base, token: usable(await tokenIn(file), file), tokenFrom: file };
}

function baseOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url !== undefined && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (!plain || !/^https?:$/.test(url.protocol)) {
    throw new UsageFailure(`TOUCHTONE_URL has to be an address like ${DEFAULT_URL} or https://touchtone.example.com.`);
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

async function tokenIn(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new Failure(`${whyUnread(error, file)} Or set TOUCHTONE_TOKEN to a token of yours.`, EXIT_CODES.unreachable);
  }
}

function whyUnread(error: unknown, file: string): string {
  switch (errorCode(error)) {
    case 'ENOENT':
      return `There is no token yet: the service writes one to ${file} when it starts for the first time (npm start). If its DATA_DIR is elsewhere, set DATA_DIR here, too.`;
    case 'EACCES':
      return `The token in ${file} may be read by the user only whom the service runs as.`;
    default:
      return `The token in ${file} cannot be read (${errorCode(error) ?? 'unknown error'}).`;
  }
}

function usable(token: string, from: string): string {
  if (/^[\x21-\x7e]{1,8192}$/.test(token)) return token;
  throw new Failure(`${from} does not hold a token.`, EXIT_CODES.unreachable);
}
