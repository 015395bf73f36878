import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Answerer } from './answerer.ts';
import { loadServicePrompts } from './phone.ts';
import type { PromptPack } from './prompt-pack.ts';
import { readKeys, readScript } from './script.ts';
import type { SipRequest } from './sip-message.ts';
import { TerminalPhone } from './terminal-phone.ts';
import { readWav } from './wav.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
let pack: PromptPack;
let far: Answerer;
let folder: string;

beforeAll(async () => {
  pack = await loadServicePrompts();
});

beforeEach(async () => {
  far = await Answerer.open();
  folder = await mkdtemp(join(tmpdir(), 'phone-'));
});

afterEach(async () => {
  await far.close();
  await rm(folder, { recursive: true });
});

/** Runs the program as people do; resolves with what it printed when it has exited. */
function run(args: readonly string[], input = '', environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...environment } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  child.stdin.end(input);
  return once(child, 'close').then(([code]) => ({ code, output }));
}

async function speak(invite: SipRequest, id: string): Promise<void> {
  await far.play(invite, pack.find(id)?.samples ?? new Int16Array(0));
}

/** The keys that the far side was sent, each once. */
function keysReceived(): string {
  const markers = far.packets.filter((packet) => packet.payloadType === 101 && packet.marker);
  return markers.map((packet) => '0123456789*#'[packet.payload[0] ?? 99]).join('');
}

describe('npm run phone', () => {
  it('shows what is said, presses piped keys as dots, and hangs up after the quiet', async () => {
    const save = join(folder, 'call.wav');
    const running = run([far.uri, '--save', save, '--linger', '0.5', '--from', '51234'], '51 2\n34#');
    const invite = await far.take();
    await speak(invite, 'goodbye');
    await far.request('BYE');
    const { code, output } = await running;
    expect(code).toBe(0);
    expect(keysReceived()).toBe('51234#');
    expect(output).toContain('Calling sip:5000@');
    expect(output).toContain('as 51234');
    expect(output).toMatch(/Ringing …[\s\S]*Connected\.[\s\S]*Goodbye\.[\s\S]*You hung up\./);
    expect(output.match(/•/g)).toHaveLength(6);
    expect(output.replaceAll(far.uri, '').replaceAll('as 51234', '')).not.toMatch(/51 ?2|234/);
    const sound = readWav(await readFile(save));
    expect(sound.channels).toHaveLength(2);
    expect(Math.max(...(sound.channels[1] ?? []))).toBeGreaterThan(2_000);
  });

  it('follows a script, with a PIN from the environment', async () => {
    const script = join(folder, 'call.txt');
    await writeFile(script, '; signs in\nhear goodbye\npress $SECRET_PIN #\nhear signed-in 5\nhang up\n');
    const running = run([far.uri, '--script', script], '', { SECRET_PIN: '8301' });
    const invite = await far.take();
    await speak(invite, 'goodbye');
    await far.heard('the pound key', () => (keysReceived().endsWith('#') ? true : undefined));
    await speak(invite, 'signed-in');
    const { code, output } = await running;
    expect(code).toBe(0);
    expect(keysReceived()).toBe('8301#');
    expect(output).toContain('You are signed in.');
    expect(output).not.toContain('8301');
  });

  it('fails when a script waits in vain, and tells what was heard', async () => {
    const script = join(folder, 'call.txt');
    await writeFile(script, 'hear signed-in 1\n');
    const running = run([far.uri, '--script', script]);
    await speak(await far.take(), 'goodbye');
    const { code, output } = await running;
    expect(code).toBe(3);
    expect(output).toMatch(/Waited \d+ ms for "signed-in"[\s\S]*goodbye \(whole\): “Goodbye\.”/);
  });

  it('says that the service hung up', async () => {
    const running = run([far.uri, '--keys', '*,1']);
    const invite = await far.take();
    await speak(invite, 'goodbye');
    far.ask(invite, 'BYE');
    const { code, output } = await running;
    expect(code).toBe(0);
    expect(output).toContain('The service hung up.');
  });

  it('says why a call was refused', async () => {
    const running = run([far.uri]);
    far.respond(await far.request('INVITE'), 404);
    const { code, output } = await running;
    expect(code).toBe(1);
    expect(output).toContain('Not connected: 404 Whatever.');
  });

  it.each([
    [['--help'], 0, 'npm run phone -- [options]'],
    [['--volume', '11'], 2, '--volume'],
    [['--keys', '12x4'], 2, 'Character 3 of the keys is no key'],
    [['--codec', 'opus'], 2, '--codec takes PCMU or PCMA'],
    [['http://example.test'], 2, 'is not an address like sip:'],
    [['--script', '/no/such/file'], 2, 'Cannot read /no/such/file'],
  ])('answers %j with exit code %i', async (args, expected, text) => {
    const { code, output } = await run(args);
    expect(output).toContain(text);
    expect(code).toBe(expected);
  });
});

describe('in a terminal', () => {
  it('presses keys as they are typed, and hangs up at q', async () => {
    const raw: boolean[] = [];
    const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
    const output = new PassThrough();
    const phone = new TerminalPhone(
      {
        target: far.uri,
        host: '127.0.0.1',
        transport: 'udp',
        authority: undefined,
        number: '1001',
        options: {},
        by: 'telephone-event',
        save: undefined,
        steps: undefined,
        lingerMs: 1_000,
      },
      { input, output, onStop: () => undefined },
    );
    const running = phone.run();
    await far.take();
    input.write('5');
    input.write('x#');
    await far.heard('both keys', () => (keysReceived() === '5#' ? true : undefined));
    input.write('q');
    await far.request('BYE');
    expect(await running).toBe(0);
    expect(raw).toEqual([true, false]);
    expect(String(output.read())).toMatch(/Hang up: q or Ctrl-C\.\n {9}••\n.*You hung up\./);
  });
});

describe('keys and scripts', () => {
  it('reads keys with pauses', () => {
    expect(readKeys('12#,* q\n')).toEqual([
      { kind: 'press', keys: '12#' },
      { kind: 'wait', milliseconds: 1_000 },
      { kind: 'press', keys: '*' },
      { kind: 'hang-up' },
    ]);
  });

  it.each([
    ['press', 'Line 1 of the script: press takes the keys'],
    ['press 12a', 'Line 1 of the script: press takes the keys'],
    ['press $NO_SUCH_NAME', 'Line 1 of the script: the environment has no NO_SUCH_NAME'],
    ['\nhear', 'Line 2 of the script: it should be: hear'],
    ['hear welcome soon', 'it should be: hear'],
    ['wait long', 'it should be: wait <seconds>'],
    ['hang on', 'it should be: hang up'],
    ['whistle', '"whistle" is none of press, hear, wait, hang up'],
  ])('refuses the script %j', (text, message) => {
    expect(() => readScript(text, {})).toThrow(message);
  });
});
