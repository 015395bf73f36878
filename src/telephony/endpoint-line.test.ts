import { EventEmitter } from 'node:events';
import type { Endpoint, EslEvent } from 'drachtio-fsmrf';
import { beforeEach, describe, expect, it } from 'vitest';
import { HungUp } from '../conversation/hung-up.ts';
import type { Key } from '../domain/key.ts';
import { CapturedLog } from '../testing/captured-log.ts';
import { FakeClock } from '../testing/clock.ts';
import { EndpointLine } from './endpoint-line.ts';
import { EndpointPlayer } from './endpoint-player.ts';
import { checkPromptsDir } from './prompt-path.ts';

/** FreeSWITCH's side of one endpoint, moved by hand: what it was told is kept, what it reports is called for. */
class FarEndpoint extends EventEmitter implements Endpoint {
  readonly uuid = 'channel-1';
  readonly conn = null;
  readonly dialog = null;
  readonly local = {};
  readonly told: string[] = [];
  readonly #playing: ((event: EslEvent) => void)[] = [];

  api(command: string, args = ''): Promise<EslEvent> {
    this.told.push(`${command} ${args}`);
    return Promise.resolve(event({}));
  }

  execute(application: string, argument = ''): Promise<EslEvent> {
    this.told.push(`${application} ${argument}`);
    return new Promise((resolve) => this.#playing.push(resolve));
  }

  set(): Promise<void> {
    return Promise.resolve();
  }

  modify(): Promise<string> {
    return Promise.reject(new Error('not asked for here'));
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }

  sound(): void {
    this.emit('playback-start', {});
  }

  complete(response = 'FILE PLAYED'): void {
    this.#playing.shift()?.(event({ 'Application-Response': response }));
  }
}

function event(headers: Record<string, string>): EslEvent {
  return { getHeader: (name) => headers[name], getBody: () => '' };
}

const piece = (id: string) => ({ id, file: `en-US/${id}.wav` });

let clock: FakeClock;
let log: CapturedLog;
let far: FarEndpoint;
let call: AbortController;
let silenced: AbortController;
let line: EndpointLine;
let heard: string[];

beforeEach(() => {
  clock = new FakeClock();
  log = new CapturedLog();
  far = new FarEndpoint();
  call = new AbortController();
  silenced = new AbortController();
  heard = [];
  const player = new EndpointPlayer(far, { clock, log, signal: silenced.signal, onStart: () => heard.push('start') });
  line = new EndpointLine({
    signal: call.signal,
    player,
    promptsDir: '/prompts',
    onPlay: (pieces) => heard.push(...pieces.map(({ id }) => id)),
  });
});

describe('playing', () => {
  it('tells the media server one file, or a list as one that a single break ends', async () => {
    const one = line.play([piece('welcome')]);
    await clock.advance(0);
    far.sound();
    far.complete();
    await expect(one.end).resolves.toBe('finished');
    const two = line.play([piece('welcome'), piece('enter-pin')]);
    await clock.advance(0);
    far.sound();
    far.complete();
    await expect(two.end).resolves.toBe('finished');
    expect(far.told).toEqual([
      'playback /prompts/en-US/welcome.wav',
      'playback file_string:///prompts/en-US/welcome.wav!/prompts/en-US/enter-pin.wav',
    ]);
    expect(heard).toEqual(['welcome', 'start', 'welcome', 'enter-pin', 'start']);
    expect(clock.pending).toBe(0);
  });

  it('of nothing is finished at once', async () => {
    await expect(line.play([]).end).resolves.toBe('finished');
    expect(far.told).toEqual([]);
  });

  it('stops without waiting for the media server, and does not play on top of what is still heard', async () => {
    const first = line.play([piece('welcome')]);
    await clock.advance(0);
    far.sound();
    first.stop();
    await expect(first.end).resolves.toBe('stopped');
    const second = line.play([piece('enter-pin')]);
    await clock.advance(10);
    expect(far.told).toEqual(['playback /prompts/en-US/welcome.wav', 'uuid_break channel-1']);
    far.complete();
    await clock.advance(0);
    expect(far.told.at(-1)).toBe('playback /prompts/en-US/enter-pin.wav');
    far.sound();
    far.complete();
    await expect(second.end).resolves.toBe('finished');
    first.stop();
    second.stop();
    expect(far.told).toHaveLength(3);
    expect(clock.pending).toBe(0);
  });

  it('holds a break back until there is sound, for the media server would forget it', async () => {
    const playback = line.play([piece('welcome')]);
    await clock.advance(0);
    playback.stop();
    await clock.advance(100);
    expect(far.told).toEqual(['playback /prompts/en-US/welcome.wav']);
    far.sound();
    expect(far.told.at(-1)).toBe('uuid_break channel-1');
    far.complete();
    await expect(playback.end).resolves.toBe('stopped');
  });

  it('attributes a first sound to what the media server was told, not to what waits behind it', async () => {
    line.play([piece('welcome')]);
    await clock.advance(0);
    const second = line.play([piece('enter-pin')]);
    line.play([piece('no-input')]);
    await expect(second.end).resolves.toBe('stopped');
    far.sound();
    expect(far.told).toEqual(['playback /prompts/en-US/welcome.wav', 'uuid_break channel-1']);
    far.complete();
    await clock.advance(0);
    expect(far.told.slice(2)).toEqual(['playback /prompts/en-US/no-input.wav']);
    expect(heard.filter((what) => what === 'start')).toEqual([]);
    far.sound();
    expect(heard.filter((what) => what === 'start')).toEqual(['start']);
  });

  it('repeats a break that was lost, and gives up in the end', async () => {
    const playback = line.play([piece('welcome')]);
    await clock.advance(0);
    far.sound();
    playback.stop();
    await clock.advance(600);
    expect(far.told.filter((command) => command.startsWith('uuid_break'))).toHaveLength(3);
    const next = line.play([piece('enter-pin')]);
    await clock.advance(2_000);
    expect(far.told.filter((command) => command.startsWith('uuid_break'))).toHaveLength(8);
    expect(log.lines).toMatchObject([{ level: 'error', fields: { why: 'The media server did not stop playing' } }]);
    expect(far.told.at(-1)).toBe('playback /prompts/en-US/enter-pin.wav');
    far.sound();
    far.complete();
    far.complete();
    await expect(next.end).resolves.toBe('finished');
  });

  it('stops what is playing when something else is played', async () => {
    const first = line.play([piece('welcome')]);
    await clock.advance(0);
    far.sound();
    line.play([piece('enter-pin')]);
    await expect(first.end).resolves.toBe('stopped');
    expect(far.told.at(-1)).toBe('uuid_break channel-1');
  });

  it('does not tell the media server what was stopped before its turn', async () => {
    const first = line.play([piece('welcome')]);
    first.stop();
    await expect(first.end).resolves.toBe('stopped');
    await clock.advance(0);
    expect(far.told).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it.each(['FILE NOT FOUND', 'PLAYBACK ERROR'])('fails when the media server says %s', async (response) => {
    const playback = line.play([piece('missing')]);
    await clock.advance(0);
    far.complete(response);
    await clock.advance(1_500);
    await expect(playback.end).rejects.toThrow(response.toLowerCase());
    expect(clock.pending).toBe(0);
  });

  it('fails when there is no sound in time, and the next one is played', async () => {
    const playback = line.play([piece('welcome')]);
    await clock.advance(5_000);
    await expect(playback.end).rejects.toThrow('did not begin');
    const next = line.play([piece('enter-pin')]);
    await clock.advance(0);
    expect(far.told.at(-1)).toContain('enter-pin');
    next.stop();
  });

  it('refuses paths that could be anything but a prompt', () => {
    for (const file of [
      '',
      '/etc/passwd',
      '../key',
      'a/../../key',
      'a!b',
      'a\nb',
      '$x',
      'tone_stream://%(1,1,1)',
      'a@@5',
    ]) {
      expect(() => line.play([{ id: 'x', file }])).toThrow(RangeError);
    }
    expect(() => line.play(Array.from({ length: 101 }, () => piece('a')))).toThrow(RangeError);
    expect(far.told).toEqual([]);
  });
});

describe('a hang-up', () => {
  it('ends a wait in the same turn, without the media server', async () => {
    const playback = line.play([piece('welcome')]);
    await clock.advance(0);
    far.sound();
    const caught: unknown[] = [];
    playback.end.catch((error: unknown) => caught.push(error));
    call.abort('caller-hung-up');
    silenced.abort('caller-hung-up');
    await Promise.resolve();
    expect(caught).toMatchObject([{ name: 'HungUp', by: 'caller-hung-up' }]);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    expect(log.lines).toEqual([]);
  });

  it('is one also when the media server says of the playback that it failed just before', async () => {
    const playback = line.play([piece('welcome')]);
    await clock.advance(0);
    far.sound();
    far.complete('PLAYBACK ERROR');
    await clock.advance(100);
    call.abort('media-lost');
    silenced.abort('media-lost');
    await expect(playback.end).rejects.toMatchObject({ name: 'HungUp', by: 'media-lost' });
    await clock.advance(0);
    expect(clock.pending).toBe(0);
    expect(log.lines).toEqual([]);
  });

  it('ends what is played afterwards, too, and nothing is played', async () => {
    call.abort('drain');
    const playback = line.play([piece('welcome')]);
    playback.stop();
    await expect(playback.end).rejects.toThrow(HungUp);
    await clock.advance(0);
    expect(far.told).toEqual([]);
    expect(heard).toEqual([]);
  });

  it('is a fault when its reason is not one of the list', async () => {
    call.abort();
    await expect(line.play([]).end).rejects.toMatchObject({ by: 'fault' });
  });

  it('rejects nothing that nobody waits for any more', async () => {
    line.play([piece('welcome')]);
    await clock.advance(0);
    call.abort('caller-hung-up');
    // An unhandled rejection would fail the test run.
    await clock.advance(0);
  });
});

describe('keys', () => {
  it('that came early are delivered at once, and later ones behind them', () => {
    const keys: Key[] = [];
    line.press('1');
    line.press('2');
    line.onKey((key) => keys.push(key));
    expect(keys).toEqual(['1', '2']);
    line.press('#');
    expect(keys).toEqual(['1', '2', '#']);
  });

  it('have one listener', () => {
    line.onKey(() => undefined);
    expect(() => line.onKey(() => undefined)).toThrow('one listener');
  });

  it('are bounded while nobody listens', () => {
    const keys: Key[] = [];
    for (let count = 0; count < 1_000; count += 1) line.press('1');
    line.onKey((key) => keys.push(key));
    expect(keys).toHaveLength(64);
  });

  it('are not delivered after a hang-up', () => {
    const keys: Key[] = [];
    line.onKey((key) => keys.push(key));
    call.abort('caller-hung-up');
    line.press('1');
    expect(keys).toEqual([]);
  });
});

describe('the folder of prompts', () => {
  it('is absolute and cannot be taken for part of a command', () => {
    expect(checkPromptsDir('/srv/prompts of ours/')).toBe('/srv/prompts of ours');
    for (const folder of ['prompts', '', '/a!b', '/a\nb', '/a$b', "/a'b", '/a@@1', '/a://b']) {
      expect(() => checkPromptsDir(folder)).toThrow(RangeError);
    }
  });
});
