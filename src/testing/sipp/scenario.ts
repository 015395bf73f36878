import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Capture } from './make-pcaps.ts';
import { isTo, type TracedMessage } from './trace.ts';

/** What a scenario cannot tell by itself, and the runner looks up in the trace. */
export interface TraceVerdict {
  /** Why it failed; undefined when all is well. */
  readonly failure?: string;
  /** What is worth knowing of a run that passed. */
  readonly note?: string;
}

/** One scenario: its file says what it proves. */
export interface Scenario {
  readonly name: ScenarioName;
  /** Whether SIPp repeats requests and takes repeated messages for such; off where a scenario counts them. */
  readonly retransmissions: boolean;
  readonly check?: (trace: readonly TracedMessage[]) => TraceVerdict;
}

/** In the order in which all of them are run: after the wrong PINs comes a right one, so that no failures add up. */
export const SCENARIO_NAMES = [
  'sign-in',
  'three-wrong-pins',
  'wrong-pin-then-right',
  'unknown-extension',
  'no-input',
  'hang-up-during-prompt',
  'cancel-before-answer',
  'lost-ack',
  'lost-answer',
  'hold-and-resume',
] as const;

export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** RFC 3261 §13.3.1.4: repetitions after 0.5, 1, 2 and then each 4 s make ten in 32 s; less than six is no repeating. */
const FEWEST_REPETITIONS = 6;

const CHECKS: Partial<Record<ScenarioName, NonNullable<Scenario['check']>>> = {
  'cancel-before-answer': (trace) => {
    const cancelled = trace.some((message) => isTo(message, 200, 'CANCEL'));
    if (!cancelled) return { failure: 'CANCEL was not answered with 200' };
    const answered = trace.some((message) => isTo(message, 200, 'INVITE'));
    return { note: answered ? 'the answer won the race, and BYE ended the call' : 'cancelled with 487' };
  },
  'lost-ack': (trace) => {
    const answers = trace.filter((message) => isTo(message, 200, 'INVITE')).length;
    if (answers <= FEWEST_REPETITIONS) return { failure: `the answer was sent ${answers} times only` };
    return { note: `the answer was sent ${answers} times` };
  },
};

/** The scenario of this name; undefined when there is none. */
export function findScenario(name: string): Scenario | undefined {
  const known = SCENARIO_NAMES.find((candidate) => candidate === name);
  if (known === undefined) return undefined;
  const check = CHECKS[known];
  return { name: known, retransmissions: known !== 'lost-answer', ...(check === undefined ? {} : { check }) };
}

/** Where a scenario's file is. */
export function scenarioFile(name: ScenarioName): string {
  return fileURLToPath(new URL(`../../../sipp-scenarios/${name}.xml`, import.meta.url));
}

/** What is keyed in the captures that scenarios name. */
export interface KeyedNumbers {
  readonly extension: string;
  /** Needed by the scenarios that sign in. */
  readonly pin: string | undefined;
}

/** A capture of a scenario, with the name of the file it expects. */
export interface NamedCapture {
  readonly file: string;
  readonly capture: Capture;
}

/**
 * Reads which captures a scenario plays: each is named by its place and what it holds, as `2-wrong-pin.pcap`. Throws
 * an Error for a name it does not know, and when a PIN is needed and missing.
 */
export async function capturesOf(name: ScenarioName, numbers: KeyedNumbers): Promise<NamedCapture[]> {
  const xml = await readFile(scenarioFile(name), 'utf8');
  const files = [...xml.matchAll(/play_pcap_audio="([^"]+)"/g)].map((match) => match[1] ?? '');
  return files.map((file) => ({ file, capture: captureNamed(file, numbers) }));
}

/** What the steps of a scenario do, in SIPp's numbering from 0, for telling where it failed. */
export async function stepsOf(name: ScenarioName): Promise<string[]> {
  const xml = await readFile(scenarioFile(name), 'utf8');
  const bare = xml.replace(/<!--[\s\S]*?-->/g, '').replace(/<!\[CDATA\[\s*(\S+)[\s\S]*?\]\]>/g, '$1');
  return [...bare.matchAll(/<(send|recv|pause|nop)\b([^>]*)>\s*([A-Z]*)/g)].map(([, kind, attributes = '', sent]) => {
    const what = /(?:response|request)="(\w+)"/.exec(attributes)?.[1];
    const pause = /milliseconds="(\d+)"/.exec(attributes)?.[1];
    if (kind === 'send') return `sending ${sent === 'SIP' ? 'a response' : sent}`;
    if (kind === 'recv') return `waiting for ${what}`;
    return kind === 'pause' ? `a pause of ${pause} ms` : 'an action';
  });
}

function captureNamed(file: string, { extension, pin }: KeyedNumbers): Capture {
  const [, what = ''] = /^\d+-(.+)\.pcap$/.exec(file) ?? [];
  const seconds = /^silence-(\d+)s$/.exec(what)?.[1];
  if (seconds !== undefined) return { kind: 'silence', ms: Number(seconds) * 1_000 };
  switch (what) {
    case 'extension':
      return { kind: 'keys', keys: `${extension}#` };
    case 'unknown-extension':
      return { kind: 'keys', keys: `${otherDigits(extension)}#` };
    case 'pin':
      return { kind: 'keys', keys: `${needed(pin)}#` };
    case 'wrong-pin':
      return { kind: 'keys', keys: `${otherDigits(needed(pin))}#` };
    case 'star':
      return { kind: 'keys', keys: '*' };
    default:
      throw new Error(`The capture ${file} does not say what it holds`);
  }
}

function needed(pin: string | undefined): string {
  if (pin === undefined) throw new PinNeeded();
  return pin;
}

/** The scenario keys a PIN, and none was given. */
export class PinNeeded extends Error {
  override readonly name = 'PinNeeded';
  constructor() {
    super('This scenario keys a PIN, and none was given');
  }
}

/** A number as long as the given one that differs from it in every digit. */
function otherDigits(digits: string): string {
  return [...digits].map((digit) => String((Number(digit) + 3) % 10)).join('');
}
