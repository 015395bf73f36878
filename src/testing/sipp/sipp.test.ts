import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otherDigits } from '../other-digits.ts';
import type { KeyedNumbers } from './captures.ts';
import { type OwnService, startOwnService } from './own-service.ts';
import { runScenario, type ScenarioResult } from './run.ts';
import { findScenario, SCENARIO_NAMES, type ScenarioName } from './scenario.ts';

/** Longer than the longest scenario. */
const TIMEOUT = 100_000;

/** Scenarios with a mailbox that is not what they prove it to be; each is that of a scenario which does not sign in. */
const FAULTS = {
  'a sign-in to an extension that nobody has': {
    name: 'sign-in',
    numbers: () => ({ ...mailboxOf('lost-answer'), extension: otherDigits(mailboxOf('lost-answer').extension) }),
    reason: 'nothing came in time, during: waiting for BYE',
  },
  'a PIN that need not be changed': {
    name: 'lifetime-over',
    numbers: () => mailboxOf('lost-answer'),
    reason: 'an unexpected BYE ended the call',
  },
  'a mailbox that is open': {
    name: 'locked-mailbox',
    numbers: () => mailboxOf('lost-ack'),
    reason: 'call 1, locked-mailbox: nothing came in time, during: waiting for BYE',
  },
} as const satisfies Readonly<Record<string, { name: ScenarioName; numbers: () => KeyedNumbers; reason: string }>>;

/** A second service cannot share a drachtio-server that the environment may name. */
const EMBEDDED = { DRACHTIO_URL: '', FREESWITCH_URLS: '' };

/** Nothing is sent there. */
const NOBODY = '127.0.0.1:5060';

let own: OwnService;
const results = new Map<string, Promise<ScenarioResult>>();

function mailboxOf(name: ScenarioName): KeyedNumbers {
  const mailbox = own.mailboxes.get(name);
  if (mailbox === undefined) throw new Error(`There is no mailbox for ${name}`);
  return mailbox;
}

beforeAll(async () => {
  own = await startOwnService(SCENARIO_NAMES.map(findScenario).filter((scenario) => scenario !== undefined));
  for (const name of SCENARIO_NAMES) {
    results.set(name, runScenario(name, { ...mailboxOf(name), target: own.target }));
  }
  for (const [what, { name, numbers }] of Object.entries(FAULTS)) {
    results.set(what, runScenario(name, { ...numbers(), target: own.target }));
  }
});

afterAll(async () => {
  await own.process[Symbol.asyncDispose]();
});

// These run while the scenarios do.
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

  it('starts a service where no target is named, and tells of a scenario that passed', async () => {
    const { code, output } = await program(['cancel-before-answer'], EMBEDDED);
    expect(output).toMatch(
      /^passed {2}cancel-before-answer \(\d+\.\d s\): (cancelled with 487|the answer won the race)/,
    );
    expect(code).toBe(0);
  });

  it('tells of one that failed, and why', { timeout: TIMEOUT }, async () => {
    const { code, output } = await program(['lost-answer', own.target, '--number', '5999']);
    expect(output).toMatch(
      /^FAILED {2}lost-answer .*: 404 Not Found came unexpectedly, during: waiting for 1[\s\S]*───▶ INVITE sip:5999[\s\S]*◀─── 404 /i,
    );
    expect(code).toBe(1);
  });

  it('says so when SIPp is missing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'no-sipp-'));
    try {
      const { code, output } = await program(['lost-answer', NOBODY], { PATH: empty });
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

  it('takes PINs from the environment, and refuses what is none', async () => {
    const { code, output } = await program(['sign-in', NOBODY], { TOUCHTONE_PIN: '12' });
    expect(output).toContain('A PIN has 4 to 24 digits.');
    expect(code).toBe(2);
  });
});

describe('SIPp against the service', () => {
  it.each(SCENARIO_NAMES)('finds %s as it should be', { timeout: TIMEOUT }, async (name) => {
    expect(await results.get(name)).toMatchObject({ kind: 'passed' });
  });

  it.each(Object.entries(FAULTS))('finds fault with %s, and tells where', { timeout: TIMEOUT }, async (what, fault) => {
    const result = await results.get(what);
    expect(result).toMatchObject({ kind: 'failed', reason: expect.stringContaining(fault.reason) });
    expect(result?.kind === 'failed' && result.ladder).toMatch(/───▶ INVITE sip:[\s\S]*◀─── 200 OK to INVITE/);
  });
});

describe('the service that all of them called', () => {
  it('has met no fault, and stops', { timeout: TIMEOUT }, async () => {
    await Promise.all(results.values());
    await own.process.stop();
    expect(own.process.lines.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
