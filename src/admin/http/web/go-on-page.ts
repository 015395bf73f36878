import type { FastifyReply } from 'fastify';

/** It runs nothing and loads nothing. */
const CSP = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

/**
 * Sends a page that goes on to an address of this service at once. A redirect would not do: the browser was sent here by
 * another site, and it keeps cookies of strict sites back until a page of the site itself sends it somewhere.
 *
 * @param to begins with a slash, and names a page of this service.
 */
export function goOnPage(reply: FastifyReply, to: string): FastifyReply {
  const address = escaped(to);
  return reply
    .header('content-security-policy', CSP)
    .type('text/html; charset=utf-8')
    .serializer(String)
    .send(
      `<!doctype html><html lang="en-US"><head><meta charset="utf-8"><meta http-equiv="refresh" content="0;url=${address}"><title>Touchtone</title></head><body><p><a href="${address}">Go on</a></p></body></html>\n`,
    );
}
