import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic, { type FastifyStaticOptions } from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { errorCode } from '../../../domain/error-code.ts';
import { raise } from '../problems.ts';
import type { HttpApp } from '../route.ts';

/** In the page, where the nonce of each answer goes. */
const NONCE_PLACE = '__CSP_NONCE__';

const A_YEAR = 31_536_000_000;
const TEN_MINUTES = 600_000;

/**
 * What the pages may load: their own files, and styles that a script makes which knows the nonce of the answer. Nothing is
 * inline, nothing comes from elsewhere, and no text becomes markup or script (Trusted Types).
 */
export function pageCsp(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

/** Whether the pages have been built. */
export const areBuilt = (folder: string): boolean => existsSync(join(folder, 'index.html'));

async function readIndex(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, 'index.html'), 'utf8');
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return raise({ name: 'not-found', detail: 'The pages have not been built; `npm run build:web` builds them.' });
  }
}

/** Read each time, for whoever builds the pages anew gives their files other names. */
async function sendIndex(folder: string, reply: FastifyReply): Promise<FastifyReply> {
  const nonce = randomBytes(16).toString('base64');
  const page = (await readIndex(folder)).replaceAll(NONCE_PLACE, nonce);
  return reply.header('content-security-policy', pageCsp(nonce)).type('text/html; charset=utf-8').send(page);
}

/** Every address of the pages is the same file, which looks for itself at where it is. */
const ADDRESSES = ['/admin', '/admin/*', '/me', '/me/*'];

/** Files are for everybody, and no part of the API. */
function openForEverybody(files: FastifyInstance): void {
  files.addHook('onRoute', (route) => {
    route.config = { ...route.config, roles: 'public' };
    route.schema = { ...route.schema, hide: true };
  });
}

/**
 * The pages: what was built into a folder. The names of files below `assets` have what is in them in their names, so they
 * never change.
 */
export function pageRoutes(app: HttpApp, folder: string): void {
  app.register(async (pages: FastifyInstance) => {
    openForEverybody(pages);
    for (const address of ADDRESSES) pages.get(address, (_request, reply) => sendIndex(folder, reply));
    pages.get('/', async (_request, reply) => reply.redirect('/me', 302));
  });
  if (!areBuilt(folder)) return;
  const serve = (options: FastifyStaticOptions): void => {
    app.register(async (files: FastifyInstance) => {
      openForEverybody(files);
      await files.register(fastifyStatic, { decorateReply: false, index: false, ...options });
    });
  };
  serve({ root: join(folder, 'assets'), prefix: '/assets/', immutable: true, maxAge: A_YEAR, preCompressed: true });
  const others = { wildcard: false, globIgnore: ['index.html', 'assets/**'] };
  serve({ root: folder, prefix: '/', maxAge: TEN_MINUTES, ...others });
}
