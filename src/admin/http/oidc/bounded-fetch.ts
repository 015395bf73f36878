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
