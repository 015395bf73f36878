import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Fuzzer, judge } from './fuzzer.ts';
import { mutate } from './mutate.ts';
import { Seeded } from './seeded.ts';
import { SrfParser } from './srf-parser.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets.ts';

const CORPUS = join(import.meta.dirname, 'corpus');
/** The same inputs each time; `npm run fuzz` has others. */
const SEED = 4711;
/** How many inputs, divided by what one of them costs: a second or less for each target. */
const INPUTS = 1_000;

const parser = new SrfParser();
afterAll(() => parser.close());

describe.each(TARGETS.map((target) => [target.name, target] as const))('fed with %s', (_, target) => {
  it('nothing throws, logs an error, is untrue or takes long', async () => {
    const fuzzer = new Fuzzer(target, new Seeded(SEED), parser);
    await fuzzer.batch(Math.ceil(INPUTS / target.cost));
    expect(fuzzer.findings.map(({ why, input }) => `${why}: ${JSON.stringify(input.toString('latin1'))}`)).toEqual([]);
  });
});

describe('what was found before', () => {
  const files = readdirSync(CORPUS).filter((name) => name.endsWith('.bin'));

  it.each(files)('%s is taken well', async (file) => {
    const target = TARGETS.find(({ name }) => file.startsWith(`${name}-`));
    if (target === undefined) throw new Error(`${file} belongs to no target`);
    const input = readFileSync(join(CORPUS, file));
    expect(judge(target, input)).toBeUndefined();
    expect(await parser.slowest(target.run(input))).toEqual([]);
  });
});

describe('the fuzzer', () => {
  const fails = (when: (input: Buffer) => boolean): Target => ({
    name: 'made up',
    tokens: ['xyzzy'],
    cost: 1,
    limit: () => 50,
    generate: () => Buffer.from('a sound input of some length'),
    run: (input) => {
      if (when(input)) throw new Error('it failed');
      return [];
    },
  });

  it('finds what a token does, once, and makes it small', async () => {
    const fuzzer = new Fuzzer(
      fails((input) => input.includes('xyzzy')),
      new Seeded(1),
      parser,
    );
    for (let batch = 0; batch < 4; batch++) await fuzzer.batch();
    expect(fuzzer.findings.map(({ input }) => input.toString())).toEqual(['xyzzy']);
  });

  it('finds a message that drachtio-srf takes seconds for', { timeout: 30_000 }, async () => {
    const slow = `INVITE sip:a@b SIP/2.0\r\nContact: a${' '.repeat(12_000)}x\r\n\r\n`;
    const sound = 'INVITE sip:a@b SIP/2.0\r\nContact: <sip:a@b>\r\n\r\n';
    expect(await parser.slowest([sound, slow, sound])).toEqual([slow]);
  });

  it('makes the same of the same seed', () => {
    const [one, other] = [new Seeded(9), new Seeded(9)];
    const [input, others] = [Buffer.from('one: 1\r\ntwo: 2\r\n'), [Buffer.from('three')]];
    for (let count = 0; count < 200; count++) {
      expect(mutate(input, one, others, ['t'])).toEqual(mutate(input, other, others, ['t']));
    }
  });
});
