import { otherDigits } from '../other-digits.ts';
import type { Capture } from './make-pcaps.ts';
import type { Step } from './scenario.ts';
import { captureFilesOf } from './scenario-file.ts';

/** What is keyed in the captures that scenarios name. */
export interface KeyedNumbers {
  readonly extension: string;
  /** Needed by the scenarios that sign in. */
  readonly pin?: string | undefined;
  /** Needed by the scenarios that change it: a PIN that the mailbox may be given. */
  readonly newPin?: string | undefined;
}

/** A capture of a scenario, with the name of the file it expects. */
export interface NamedCapture {
  readonly file: string;
  readonly capture: Capture;
}

/**
 * Reads which captures a step plays: each is named by its place and what it holds, as `2-wrong-pin.pcap`. Throws an
 * Error for a name it does not know, and {@link PinNeeded} when a PIN is needed and missing.
 */
export async function capturesOf(step: Step, numbers: KeyedNumbers): Promise<NamedCapture[]> {
  const files = await captureFilesOf(step.file);
  return files.map((file) => ({ file, capture: captureNamed(file, keyedBy(step, numbers)) }));
}

function keyedBy({ pin }: Step, numbers: KeyedNumbers): KeyedNumbers {
  if (pin === undefined) return numbers;
  return {
    ...numbers,
    pin: pin === 'new' ? needed(numbers.newPin, 'new-pin') : otherDigits(needed(numbers.pin, 'pin')),
  };
}

/** Longer than most policies ask, so that it is refused for being one up all the way, not for its length. */
const SEQUENTIAL_PIN = '123456789';

function captureNamed(file: string, { extension, pin, newPin }: KeyedNumbers): Capture {
  const [, what = ''] = /^\d+-(.+)\.pcap$/.exec(file) ?? [];
  const seconds = /^silence-(\d+)s$/.exec(what)?.[1];
  if (seconds !== undefined) return { kind: 'silence', ms: Number(seconds) * 1_000 };
  const key = /^key-(\d)$/.exec(what)?.[1];
  return { kind: 'keys', keys: key ?? keysNamed(what, { extension, pin, newPin }) };
}

function keysNamed(what: string, { extension, pin, newPin }: KeyedNumbers): string {
  switch (what) {
    case 'extension':
      return `${extension}#`;
    case 'unknown-extension':
      return `${otherDigits(extension)}#`;
    case 'pin':
      return `${needed(pin, 'pin')}#`;
    case 'wrong-pin':
      return `${otherDigits(needed(pin, 'pin'))}#`;
    case 'new-pin':
      return `${needed(newPin, 'new-pin')}#`;
    case 'new-pin-digits':
      return needed(newPin, 'new-pin');
    case 'other-pin':
      return `${otherDigits(needed(newPin, 'new-pin'))}#`;
    case 'sequential-pin':
      return `${SEQUENTIAL_PIN}#`;
    case 'star':
      return '*';
    case 'pound':
      return '#';
    default:
      throw new Error(`The capture of ${what} does not say what it holds`);
  }
}

function needed(pin: string | undefined, which: 'pin' | 'new-pin'): string {
  if (pin === undefined) throw new PinNeeded(which);
  return pin;
}

/** The scenario keys a PIN, and none was given. */
export class PinNeeded extends Error {
  override readonly name = 'PinNeeded';
  readonly which: 'pin' | 'new-pin';

  constructor(which: 'pin' | 'new-pin') {
    super(`This scenario keys a ${which === 'pin' ? 'PIN' : 'new PIN'}, and none was given`);
    this.which = which;
  }
}
