import type { CustomFetch } from 'openid-client';
import { isRecord } from '../../../domain/is-record.ts';

/** How long an answer may take, in milliseconds. */
const TIMEOUT = 5_000;
/** The longest answer that is read, in bytes. */
const LONGEST = 262_144;

/** The identity provider cannot be asked, or answers what it should not. The message has no secret. */
export class IssuerUnavailable extends Error {
  override readonly name = 'IssuerUnavailable';
}

async function textOf({ body }: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop ends the transfer.
    if (length > LONGEST) throw new IssuerUnavailable(`${url} answers with more than ${LONGEST} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * Fetches a JSON object within five seconds and 256 KiB, following no redirect: who could redirect could name any host.
 *
 * @throws IssuerUnavailable, saying what is wrong.
 */
export async function fetchJson(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new IssuerUnavailable(`${url} answers ${response.status}`);
    }
    const value: unknown = JSON.parse(await textOf(response, url));
    if (!isRecord(value)) throw new IssuerUnavailable(`${url} answers with something that is no object`);
    return value;
  } catch (error) {
    if (error instanceof IssuerUnavailable) throw error;
    throw new IssuerUnavailable(`${url} cannot be fetched`, { cause: error });
  }
}

function requestOf({ body, signal, ...options }: Parameters<CustomFetch>[1]): RequestInit {
  return {
    ...options,
    ...(body === undefined ? {} : { body }),
    ...(signal === undefined ? {} : { signal }),
    redirect: 'manual',
  };
}

/**
 * Fetches for a library: to safe addresses only, within its own time, following no redirect, and no more than 256 KiB.
 *
 * @throws IssuerUnavailable, saying what is wrong.
 */
export async function boundedFetch(
  url: string,
  options: Parameters<CustomFetch>[1],
  isSafeUrl: (url: string) => boolean,
): Promise<Response> {
  if (!isSafeUrl(url)) throw new IssuerUnavailable(`${url} is no https:// address`);
  try {
    const response = await fetch(url, requestOf(options));
    const { status, statusText, headers } = response;
    const text = await textOf(response, url);
    // A status that has no body must not be given one, not even an empty one.
    const body = text === '' ? null : text;
    // What was compressed is not any more, and its length is another.
    const kept = new Headers([...headers].filter(([name]) => name !== 'content-encoding' && name !== 'content-length'));
    return new Response(body, { status, statusText, headers: kept });
  } catch (error) {
    if (error instanceof IssuerUnavailable) throw error;
    throw new IssuerUnavailable(`${url} cannot be fetched`, { cause: error });
  }
}
