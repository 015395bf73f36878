import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { freePort } from '../free-ports.ts';
import { localAddressTowards } from '../phone/local-address.ts';
import { capturesOf, type KeyedNumbers, type NamedCapture } from './captures.ts';
import { makePcaps } from './make-pcaps.ts';
import { findScenario, type Step } from './scenario.ts';
import { partsOf, stepFile } from './scenario-file.ts';
import { ladderOf, readTrace, type TracedMessage } from './trace.ts';

/** Against what a scenario is run, and what is keyed: it is never shown, nor stored beyond the run. */
export interface ScenarioSettings extends KeyedNumbers {
  /** `host` or `host:port` of the service's SIP. */
  readonly target: string;
  /** The access number to call; default 5000. */
  readonly accessNumber?: string;
  /** The payload type offered for telephone-event; default 101. */
  readonly eventPayloadType?: number;
}

/** How a scenario came out. */
export type ScenarioResult =
  | { readonly kind: 'passed'; readonly seconds: number; readonly note: string | undefined }
  | {
      readonly kind: 'failed';
      readonly seconds: number;
      readonly reason: string;
      /** The messages, one line each. */
      readonly ladder: string;
      /** The messages in full, as SIPp wrote them; no digit that was keyed is in them. */
      readonly trace: string;
    }
  /** SIPp itself is missing or cannot work here. */
  | { readonly kind: 'not-run'; readonly reason: string };

const SIPP_MISSING =
  'SIPp is not installed. Debian and Ubuntu have it as sip-tester: apt-get install sip-tester. See sipp-scenarios/README.md.';
const ROOT_NEEDED =
  'SIPp plays captured audio through a raw socket, which only root may open: run this as root, or allow sudo without a password.';

/** No scenario takes longer; a SIPp that does is stuck. */
const LONGEST_RUN_MS = 120_000;
/** Behind the port of its media, which is even: three more that it opens for media, and the one that we give it for SIP. */
const PORTS_BESIDE: readonly number[] = [1, 2, 3, 5];
const PORT_OF_SIP = 5;
/** SIPp's exit code when a port was taken (its own −2). */
const PORT_TAKEN = 254;
const ATTEMPTS = 5;
const DEFAULT_EVENT_PAYLOAD = 101;

/** A call that is ready to be made. */
interface PreparedStep {
  readonly step: Step;
  readonly captures: readonly NamedCapture[];
}

type Passed = Extract<ScenarioResult, { kind: 'passed' }>;

/**
 * Runs the calls of one scenario, up to the first that fails, and tells how it came out; any number may run at the same
 * time. Rejects for an unknown name or host, and before the first call when a PIN is needed and missing
 * ({@link PinNeeded}).
 */
export async function runScenario(name: string, settings: ScenarioSettings): Promise<ScenarioResult> {
  const scenario = findScenario(name);
  if (scenario === undefined) throw new Error(`There is no scenario "${name}"`);
  const prepared: PreparedStep[] = [];
  for (const step of scenario.steps) prepared.push({ step, captures: await capturesOf(step, settings) });
  const passed: Passed[] = [];
  for (const { step, captures } of prepared) {
    const result = await runStep({ step, captures }, settings);
    if (result.kind === 'not-run') return result;
    const seconds = passed.reduce((sum, one) => sum + one.seconds, result.seconds);
    if (result.kind === 'failed') {
      const call = prepared.length > 1 ? `call ${passed.length + 1}, ${step.file}: ` : '';
      return { ...result, seconds, reason: `${call}${result.reason}` };
    }
    passed.push(result);
  }
  const notes = passed.flatMap(({ note }) => note ?? []);
  return {
    kind: 'passed',
    seconds: passed.reduce((sum, one) => sum + one.seconds, 0),
    note: notes.length > 0 ? notes.join('; ') : undefined,
  };
}

/** Makes one call. Captures are in a folder that only this user can read, and are removed with it. */
async function runStep({ step, captures }: PreparedStep, settings: ScenarioSettings): Promise<ScenarioResult> {
  const folder = await mkdtemp(join(tmpdir(), 'sipp-'));
  try {
    const contents = makePcaps(
      captures.map(({ capture }) => capture),
      settings.eventPayloadType ?? DEFAULT_EVENT_PAYLOAD,
    );
    for (const [i, { file }] of captures.entries()) {
      await writeFile(join(folder, file), contents[i] ?? '', { mode: 0o600 });
    }
    const startedAt = performance.now();
    for (let attempt = 1; ; attempt++) {
      const exit = await runSipp(step, settings, folder, captures.length > 0);
      if (exit.kind === 'not-run') return exit;
      if (exit.code === PORT_TAKEN && attempt < ATTEMPTS) continue;
      return await resultOf(step, exit, folder, (performance.now() - startedAt) / 1_000);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Exit {
  readonly kind: 'exited';
  /** 0: the call succeeded; 1: it failed; others: SIPp had trouble of its own. `undefined`: it was stopped. */
  readonly code: number | undefined;
  readonly output: string;
}

type NotRun = Extract<ScenarioResult, { kind: 'not-run' }>;

async function runSipp(
  step: Step,
  settings: ScenarioSettings,
  folder: string,
  rawSocket: boolean,
): Promise<Exit | NotRun> {
  const args = await sippArguments(step, settings, folder);
  const asRoot = process.getuid?.() === 0 || !rawSocket;
  const child = asRoot
    ? spawn('sipp', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    : spawn('sudo', ['-n', 'sipp', ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const stuck = setTimeout(() => child.kill('SIGKILL'), LONGEST_RUN_MS);
  try {
    const [code] = await once(child, 'close');
    if (!asRoot && /^sudo:/m.test(output)) return { kind: 'not-run', reason: ROOT_NEEDED };
    return { kind: 'exited', code: typeof code === 'number' ? code : undefined, output };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      return { kind: 'not-run', reason: asRoot ? SIPP_MISSING : ROOT_NEEDED };
    }
    throw error;
  } finally {
    clearTimeout(stuck);
  }
}

async function sippArguments(step: Step, settings: ScenarioSettings, folder: string): Promise<string[]> {
  const { target, accessNumber = '5000', eventPayloadType = DEFAULT_EVENT_PAYLOAD } = settings;
  const [host = '', port = '5060'] = target.split(':');
  const { address } = await lookup(host, { family: 4 });
  const local = await localAddressTowards(address, Number(port));
  const media = await freePort(local, PORTS_BESIDE);
  const options = {
    '-sf': stepFile(step.file),
    '-s': accessNumber,
    '-i': local,
    '-p': String(media + PORT_OF_SIP),
    '-mi': local,
    '-mp': String(media),
    '-m': '1',
    '-l': '1',
    '-r': '10',
    '-key': ['event_payload', String(eventPayloadType)],
    '-message_file': join(folder, 'messages.log'),
    '-error_file': join(folder, 'errors.log'),
  };
  const flags = ['-nostdin', '-trace_msg', '-trace_err', ...(step.retransmissions === false ? ['-nr'] : [])];
  return [`${address}:${port}`, ...Object.entries(options).flatMap(([name, value]) => [name, value].flat()), ...flags];
}

async function resultOf(step: Step, exit: Exit, folder: string, seconds: number): Promise<ScenarioResult> {
  const trace = await readFile(join(folder, 'messages.log'), 'utf8').catch(() => '');
  const errors = await readFile(join(folder, 'errors.log'), 'utf8').catch(() => '');
  const messages = readTrace(trace);
  if (exit.code !== 0) {
    return failed(seconds, reasonOf(exit, errors, await partsOf(step.file)), messages, trace);
  }
  const verdict = step.check?.(messages) ?? {};
  if (verdict.failure !== undefined) return failed(seconds, verdict.failure, messages, trace);
  return { kind: 'passed', seconds, note: verdict.note };
}

function failed(
  seconds: number,
  reason: string,
  messages: readonly TracedMessage[],
  trace: string,
): Extract<ScenarioResult, { kind: 'failed' }> {
  return { kind: 'failed', seconds, reason, ladder: ladderOf(messages), trace };
}

/** Why SIPp failed, in words where it says it in its own; else the end of what it printed. */
function reasonOf(exit: Exit, errors: string, parts: readonly string[]): string {
  if (exit.code === undefined) return `SIPp was stopped after ${LONGEST_RUN_MS / 1_000} s`;
  const [, index, received = ''] =
    /unexpected message .*?while .*?\(index (\d+)\), received '([^\r\n]*)/.exec(errors) ?? [];
  if (index !== undefined) {
    const part = parts[Number(index)] ?? 'something else';
    return `${received.replace(/^SIP\/2\.0 | SIP\/2\.0$/g, '')} came unexpectedly, during: ${part}`;
  }
  const ended = /Aborting call on an unexpected (\w+)/.exec(errors)?.[1];
  if (ended !== undefined) return `an unexpected ${ended} ended the call`;
  const waited = /receive timeout on message .*:(\d+) without label/.exec(errors)?.[1];
  if (waited !== undefined) return `nothing came in time, during: ${parts[Number(waited)] ?? 'an unknown part'}`;
  const lines = (errors === '' ? exit.output : errors).trim().split('\n');
  return `SIPp ended with exit code ${exit.code}: ${lines.slice(-4).join('\n')}`;
}
