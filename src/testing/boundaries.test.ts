import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * What each part may import, besides itself: other parts by folder, packages by name (`*` for any). `node:` modules are
 * free for all but `domain`. Tests, benchmarks and what lives in `testing` are exempt, for they join parts on purpose.
 */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  services: ['domain'],
  conversation: ['services', 'domain'],
  security: ['domain', 'services'],
  storage: ['domain', 'services', 'kysely', 'pg'],
  mail: ['domain', 'services', 'html-to-text', 'nodemailer', 'sanitize-html'],
  telephony: ['domain', 'conversation', 'drachtio-srf', 'drachtio-fsmrf', 'sdp-transform'],
  alerts: ['domain', 'services'],
  embedded: ['sdp-transform'],
  admin: [
    'domain',
    'services',
    '@fastify/cookie',
    '@fastify/fast-json-stringify-compiler',
    '@fastify/helmet',
    '@fastify/static',
    '@fastify/swagger',
    '@fastify/swagger-ui',
    '@fastify/type-provider-typebox',
    'ajv',
    'ajv-formats',
    'csv-parse',
    'csv-stringify',
    'fastify',
    'jose',
    'openid-client',
    'prom-client',
    'string-width',
    'typebox',
  ],
  'prompts-tool': [],
  // The pages run in browsers: of the service they see the rules, and its API over HTTP.
  'admin/web': [
    'domain',
    '@fluentui/react-components',
    '@fluentui/react-icons',
    '@oazapfts/runtime',
    '@tanstack/react-query',
    'react',
    'react-dom',
    'use-intl',
    'wouter',
  ],
};

/** Those who fulfil ports of the services see the ports only, but that a change of keys is on the record, too. */
const SEE_PORTS_ONLY = ['alerts', 'mail', 'security', 'storage'];
const PORTS = 'services/ports/';
const AUDIT_OF_KEYS = { from: 'security/key-rotation.ts', to: 'services/audit.ts' };

/** Telephony sees of the conversation its port and its entry only. */
const TELEPHONY_SEES = ['conversation/line.ts', 'conversation/hung-up.ts', 'conversation/conversation.ts'];

/** Part of `admin` by its folder, and none of it: it is built for browsers. */
const PAGES = 'admin/web';

/** How they are built, which is done by Node. */
const BUILD_OF_PAGES = `${PAGES}/vite.config.ts`;

/** The composition root and what it is made of; they may import every part. */
const ROOT = /^[^/]+\.ts$/;

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isFile: boolean;
}

const IMPORT =
  /^\s*(?:import|export)\b[^'"();]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|new URL\(\s*['"](\.[^'"]+\.ts)['"]/gm;

function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(IMPORT)].map((match) => {
    const target = match[1] ?? match[2] ?? match[3] ?? match[4] ?? '';
    const isFile = target.startsWith('.');
    return { from: file, to: isFile ? normalize(join(dirname(file), target)) : target, isFile };
  });
}

function partOf(file: string): string {
  if (file.startsWith(`${PAGES}/`)) return PAGES;
  return file.includes('/') ? (file.split('/')[0] ?? '') : '';
}

function packageOf(target: string): string {
  return target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? '');
}

function isAllowed({ from, to, isFile }: Import): boolean {
  if (ROOT.test(from)) return true;
  const part = partOf(from);
  const allowed = MAY_IMPORT[part];
  if (allowed === undefined) return false;
  if (to.startsWith('node:')) return part !== 'domain' && part !== PAGES;
  if (!isFile) return allowed.includes(packageOf(to));
  if (partOf(to) === part) return true;
  if (part === 'telephony' && partOf(to) === 'conversation') return TELEPHONY_SEES.includes(to);
  if (SEE_PORTS_ONLY.includes(part) && partOf(to) === 'services') {
    return to.startsWith(PORTS) || (from === AUDIT_OF_KEYS.from && to === AUDIT_OF_KEYS.to);
  }
  return allowed.includes(partOf(to));
}

function findCycle(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const next of graph.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

const SRC = join(import.meta.dirname, '..');
const files: string[] = [];
for await (const file of glob('**/*.{ts,tsx}', { cwd: SRC })) files.push(file);
const imports = files.flatMap((file) => importsOf(file, readFileSync(join(SRC, file), 'utf8')));
const isExempt = (file: string) =>
  /\.(test|bench)\.ts$/.test(file) || partOf(file) === 'testing' || file === BUILD_OF_PAGES;

describe('the boundaries between the parts', () => {
  it('are read from the imports that there are', () => {
    expect(imports.length).toBeGreaterThan(50);
    expect(imports.filter((one) => one.isFile && !files.includes(one.to) && !one.to.endsWith('.d.ts'))).toEqual([]);
  });

  it('hold', () => {
    const breaches = imports.filter((one) => !isExempt(one.from) && !isAllowed(one));
    expect(breaches.map((one) => `${one.from} imports ${one.to}`)).toEqual([]);
  });

  it('notice a breach', () => {
    expect(isAllowed({ from: 'domain/pin.ts', to: 'node:crypto', isFile: false })).toBe(false);
    expect(isAllowed({ from: 'conversation/call.ts', to: 'storage/database.ts', isFile: true })).toBe(false);
    expect(isAllowed({ from: 'embedded/sip/message.ts', to: 'domain/log.ts', isFile: true })).toBe(false);
    expect(isAllowed({ from: 'telephony/settle.ts', to: 'conversation/sign-in.ts', isFile: true })).toBe(false);
    expect(isAllowed({ from: 'services/sign-in.ts', to: 'drachtio-srf', isFile: false })).toBe(false);
    expect(isAllowed({ from: 'admin/web/main.tsx', to: 'services/sign-in.ts', isFile: true })).toBe(false);
    expect(isAllowed({ from: 'admin/web/main.tsx', to: 'node:fs', isFile: false })).toBe(false);
    expect(isAllowed({ from: 'admin/http/app.ts', to: 'admin/web/main.tsx', isFile: true })).toBe(false);
    expect(isAllowed({ from: 'storage/outbox-store.ts', to: 'services/audit.ts', isFile: true })).toBe(false);
  });

  it('are not reached round by anybody importing tests or what only tests need', () => {
    const fromProduct = imports.filter((one) => !isExempt(one.from) && one.isFile);
    expect(fromProduct.filter((one) => isExempt(one.to)).map((one) => `${one.from} imports ${one.to}`)).toEqual([]);
  });

  it('have no cycle', () => {
    const graph = new Map(
      files.map((file) => [file, imports.filter((one) => one.from === file && one.isFile).map((one) => one.to)]),
    );
    expect(findCycle(graph)).toBeUndefined();
  });
});
