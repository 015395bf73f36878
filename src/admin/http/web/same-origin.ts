import type { FastifyRequest } from 'fastify';

const READING = new Set(['GET', 'HEAD']);

/** Whether a request changes nothing (RFC 9110 §9.2.1). */
export const isReading = ({ method }: Pick<FastifyRequest, 'method'>): boolean => READING.has(method);

function isOwn(origin: string, host: string | undefined, publicUrl: string | undefined): boolean {
  if (origin === publicUrl) return true;
  // Only compared: where the service is reached by another name, the browser says the same in both.
  return URL.canParse(origin) && new URL(origin).host === host;
}

/**
 * Whether a browser sends a request because of a page of this service, or of its user alone, as far as it says so. Other
 * names of the same site, whose pages get the cookies of strict sites along, do not count as this service. What says
 * nothing is no browser of these years, and has to have the token against forgery all the same.
 */
export function isSameOrigin(request: FastifyRequest, publicUrl: string | undefined): boolean {
  const { origin, host, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined) return site === 'same-origin' || (site === 'none' && isReading(request));
  return origin === undefined || isOwn(origin, host, publicUrl);
}
