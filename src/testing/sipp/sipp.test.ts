import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningService, startService } from '../service.ts';
import { runScenario, type ScenarioResult } from './run.ts';
import { SCENARIO_NAMES } from './scenario.ts';

/** Longer than the longest scenario and those that run before it. */
const TIMEOUT = 100_000;

/**
 * Scenarios that run at the same time, those of a lane one after the other. What keys wrong PINs of the mailbox is in
 * one lane, with a right one at its end, so that the failures it counts never add up.
 */
const LANES: readonly (readonly string[])[] = [
  ['three-wrong-pins', 'wrong-pin-then-right'],
  ['no-input'],
  ['lost-ack'],
  ['sign-in', 'unknown-extension', 'hold-and-resume'],
  ['hang-up-during-prompt', 'cancel-before-answer', 'lost-answer', 'sign-in of nobody'],
];

/** Last in its lane: a sign-in to an extension that nobody has, which the scenario must find fault with. */
const FAULTY = 'sign-in of nobody';

let service: RunningService;
const results = new Map<string, Promise<ScenarioResult>>();

async function run(name: string, extension = service.extension): Promise<ScenarioResult> {
  const { target, pin, accessNumber } = service;
  return await runScenario(name, { target, extension, pin, accessNumber });
}

beforeAll(async () => {
  service = await startService();
  const nobody = service.extension.replace(/^./, (digit) => String((Number(digit) + 5) % 10));
  for (const lane of LANES) {
    let previous: Promise<unknown> = Promise.resolve();
    for (const name of lane) {
      const result = previous.then(() => (name === FAULTY ? run('sign-in', nobody) : run(name)));
      results.set(name, result);
      previous = result.catch(() => undefined);
    }
  }
});

afterAll(async () => {
  await service.close();
});

describe('SIPp against the service', () => {
  it.each(SCENARIO_NAMES)('finds %s as it should be', { timeout: TIMEOUT }, async (name) => {
    expect(await results.get(name)).toMatchObject({ kind: 'passed' });
  });

  it('finds fault with a sign-in that fails, and tells where', { timeout: TIMEOUT }, async () => {
    const result = await results.get(FAULTY);
    expect(result).toMatchObject({ kind: 'failed', reason: 'nothing came in time, during: waiting for BYE' });
    expect(result?.kind === 'failed' && result.ladder).toMatch(/───▶ INVITE sip:[\s\S]*◀─── 200 OK to INVITE/);
  });
});

describe('npm run sipp', () => {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const program = (args: readonly string[], environment: Record<string, string> = {}) =>
    promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, ...environment } }).then(
      ({ stdout }) => ({ code: 0, output: stdout }),
      (error: { readonly code: number; readonly stdout: string; readonly stderr: string }) => ({
        code: error.code,
        output: error.stdout + error.stderr,
      }),
    );

  it('tells of a scenario that passed', { timeout: TIMEOUT }, async () => {
    const { code, output } = await program(['cancel-before-answer', service.target, '--number', service.accessNumber]);
    expect(output).toMatch(
      /^passed {2}cancel-before-answer \(\d+\.\d s\): (cancelled with 487|the answer won the race)/,
    );
    expect(code).toBe(0);
  });

  it('tells of one that failed, and why', { timeout: TIMEOUT }, async () => {
    const { code, output } = await program(['lost-answer', service.target, '--number', '5999']);
    expect(output).toMatch(
      /^FAILED {2}lost-answer .*: 404 Not Found came unexpectedly, during: waiting for 1[\s\S]*───▶ INVITE sip:5999[\s\S]*◀─── 404 /i,
    );
    expect(code).toBe(1);
  });

  it('says so when SIPp is missing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'no-sipp-'));
    try {
      const { code, output } = await program(['lost-answer', service.target], { PATH: empty });
      expect(output).toContain('apt-get install sip-tester');
      expect(code).toBe(2);
    } finally {
      await rm(empty, { recursive: true });
    }
  });

  it.each([
    [['--help'], 0, 'npm run sipp --'],
    [[], 2, 'Which scenario?'],
    [['juggle'], 2, 'There is no scenario "juggle"'],
    [['sign-in', 'a b'], 2, 'is not a target like'],
    [['sign-in', '--extension', 'tony'], 2, '--extension takes digits'],
    [['sign-in', '--event-payload', '8'], 2, '--event-payload takes 96 to 127'],
  ])('answers %j with exit code %i', async (args, expected, text) => {
    const { code, output } = await program(args);
    expect(output).toContain(text);
    expect(code).toBe(expected);
  });

  it('asks for no PIN on the command line, and refuses what is none', async () => {
    const { code, output } = await program(['sign-in', service.target], { TOUCHTONE_PIN: '12' });
    expect(output).toContain('A PIN has 4 to 24 digits.');
    expect(code).toBe(2);
  });
});
