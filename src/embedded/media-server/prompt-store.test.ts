import { mkdir, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CapturedLog } from '../../testing/captured-log.ts';
import { FakeClock } from '../../testing/clock.ts';
import { pattern, wavOf } from '../../testing/media/media-rig.ts';
import { PromptStore } from './prompt-store.ts';

let base: string;
let folder: string;
let clock: FakeClock;
let log: CapturedLog;

beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'prompts-'));
  folder = join(base, 'prompts');
  await mkdir(join(folder, 'en-US'), { recursive: true });
  await writeFile(join(folder, 'en-US', 'one.wav'), wavOf(pattern(100)));
  await writeFile(join(base, 'outside.wav'), wavOf(pattern(100)));
  clock = new FakeClock();
  log = new CapturedLog();
});

afterEach(() => rm(base, { recursive: true }));

const store = (mostBytes?: number) =>
  new PromptStore({ folder, clock, log, ...(mostBytes === undefined ? {} : { mostBytes }) });

describe('the prompt store', () => {
  it('gives a preloaded file at once, by its path in the folder, its whole path, and without its ending', async () => {
    const prompts = store();
    await prompts.preload();
    for (const name of ['en-US/one.wav', join(folder, 'en-US/one.wav'), 'en-US/one', './en-US/../en-US/one.wav']) {
      const clip = prompts.open(name);
      expect(clip).not.toBeInstanceOf(Promise);
      expect(await clip).toMatchObject({ samples: 100 });
    }
    expect(prompts.bytes).toBe(200);
  });

  it('shares one clip among all who play it, and one reading among all who ask at once', async () => {
    const prompts = store();
    const clips = await Promise.all([prompts.open('en-US/one.wav'), prompts.open('en-US/one.wav')]);
    expect(clips[0]).toBe(clips[1]);
    expect(await prompts.open('en-US/one.wav')).toBe(clips[0]);
  });

  it('finds nothing outside its folder, by no path and by no link', async () => {
    await symlink(join(base, 'outside.wav'), join(folder, 'link.wav'));
    await symlink(base, join(folder, 'up'));
    const prompts = store();
    for (const name of [
      '../outside.wav',
      join(base, 'outside.wav'),
      'link.wav',
      'up/outside.wav',
      '',
      '.',
      'en-US',
      '/etc/passwd',
      'a\0b',
    ]) {
      expect(await prompts.open(name)).toBeUndefined();
    }
  });

  it('plays a link that stays inside', async () => {
    await symlink(join(folder, 'en-US', 'one.wav'), join(folder, 'inside.wav'));
    expect(await store().open('inside.wav')).toMatchObject({ samples: 100 });
  });

  it('notices after a moment that a file was replaced, removed, or made', async () => {
    const prompts = store();
    const path = join(folder, 'en-US', 'one.wav');
    expect(await prompts.open('en-US/one.wav')).toMatchObject({ samples: 100 });
    await writeFile(path, wavOf(pattern(50)));
    expect(prompts.open('en-US/one.wav')).toMatchObject({ samples: 100 });
    await clock.advance(2_000);
    expect(await prompts.open('en-US/one.wav')).toMatchObject({ samples: 50 });
    await unlink(path);
    await clock.advance(2_000);
    expect(await prompts.open('en-US/one.wav')).toBeUndefined();
    expect(prompts.bytes).toBe(0);
    await writeFile(path, wavOf(pattern(70)));
    expect(await prompts.open('en-US/one.wav')).toMatchObject({ samples: 70 });
  });

  it('logs a file that cannot be played, and a missing one not', async () => {
    await writeFile(join(folder, 'bad.wav'), 'not audio');
    const prompts = store();
    expect(await prompts.open('bad.wav')).toBeUndefined();
    expect(await prompts.open('missing.wav')).toBeUndefined();
    expect(log.lines.map(({ fields }) => fields.fault)).toEqual(['it is no WAV file']);
  });

  it('keeps no more than it may, and forgets what was played least lately', async () => {
    for (const name of ['a', 'b', 'c']) await writeFile(join(folder, `${name}.wav`), wavOf(pattern(100)));
    const prompts = store(400);
    await prompts.open('a.wav');
    await prompts.open('b.wav');
    await prompts.open('a.wav');
    await prompts.open('c.wav');
    expect(prompts.bytes).toBe(400);
    expect([prompts.open('a.wav') instanceof Promise, prompts.open('b.wav') instanceof Promise]).toEqual([false, true]);
  });

  it('does not preload more than it may', async () => {
    for (const name of ['a', 'b', 'c']) await writeFile(join(folder, `${name}.wav`), wavOf(pattern(100)));
    const prompts = store(400);
    await prompts.preload();
    expect(prompts.bytes).toBeLessThanOrEqual(400);
  });
});
