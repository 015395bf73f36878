import { isEventKey } from './telephone-event.ts';

/** One thing that a call without hands does. */
export type Step =
  | { readonly kind: 'press'; readonly keys: string }
  /** Waits until a prompt has begun. */
  | { readonly kind: 'hear'; readonly id: string; readonly withinMs: number }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  | { readonly kind: 'hang-up' };

/** A script or a string of keys that cannot be followed; the message says where and why, and repeats no digit. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

const DEFAULT_HEARING_MS = 20_000;
const COMMA_MS = 1_000;

/**
 * Reads a string of keys: `0`–`9`, `*`, `#`; a comma waits a second, `q` hangs up, spaces and line ends mean nothing.
 * Throws a {@link ScriptError} for anything else.
 */
export function readKeys(text: string): Step[] {
  const steps: Step[] = [];
  for (const [position, character] of [...text].entries()) {
    const last = steps.at(-1);
    if (/\s/.test(character)) continue;
    if (character === ',') steps.push({ kind: 'wait', milliseconds: COMMA_MS });
    else if (character === 'q') steps.push({ kind: 'hang-up' });
    else if (!isEventKey(character)) throw new ScriptError(`Character ${position + 1} of the keys is no key`);
    else if (last?.kind === 'press') steps[steps.length - 1] = { kind: 'press', keys: last.keys + character };
    else steps.push({ kind: 'press', keys: character });
  }
  return steps;
}

/**
 * Reads a script, one step a line: `hear <prompt id> [seconds]`, `press <keys>`, `wait <seconds>`, `hang up`; lines that
 * begin with `;` and empty ones mean nothing. `$NAME` in the keys stands for an environment variable, so that no PIN
 * need be in the file. Throws a {@link ScriptError} that names the line.
 */
export function readScript(text: string, environment: Readonly<Record<string, string | undefined>>): Step[] {
  return text.split(/\r?\n/).flatMap((line, index): Step[] => {
    const words = line.trim().split(/\s+/);
    const [verb = '', first, second] = words;
    if (verb === '' || verb.startsWith(';')) return [];
    const wrong = (why: string) => new ScriptError(`Line ${index + 1} of the script: ${why}`);
    switch (verb) {
      case 'press':
        return pressed(words.slice(1).join(''), environment, wrong);
      case 'hear': {
        const seconds = second === undefined ? DEFAULT_HEARING_MS / 1_000 : Number(second);
        if (first === undefined || !(seconds > 0)) throw wrong('it should be: hear <prompt id> [seconds]');
        return [{ kind: 'hear', id: first, withinMs: seconds * 1_000 }];
      }
      case 'wait':
        if (!(Number(first) >= 0)) throw wrong('it should be: wait <seconds>');
        return [{ kind: 'wait', milliseconds: Number(first) * 1_000 }];
      case 'hang':
        if (first !== 'up') throw wrong('it should be: hang up');
        return [{ kind: 'hang-up' }];
      default:
        throw wrong(`"${verb}" is none of press, hear, wait, hang up`);
    }
  });
}

function pressed(
  keys: string,
  environment: Readonly<Record<string, string | undefined>>,
  wrong: (why: string) => ScriptError,
): Step[] {
  const filled = keys.replace(/\$\{?([A-Z][A-Z0-9_]*)\}?/g, (_, name: string) => {
    const value = environment[name];
    if (value === undefined) throw wrong(`the environment has no ${name}`);
    return value;
  });
  if (filled === '' || [...filled].some((key) => !isEventKey(key))) throw wrong('press takes the keys 0–9, * and #');
  return [{ kind: 'press', keys: filled }];
}
