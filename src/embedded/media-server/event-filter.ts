import type { FsEvent } from './event.ts';

interface Condition {
  readonly header: string;
  readonly value: string;
}

/** Conditions are kept for each connection; nobody needs more. */
const mostConditions = 256;

/**
 * Which events pass, after `filter` commands: without any, all; else those of which a header has one of the named
 * values and none of those that are named with a minus. Header names and values are compared without regard to case.
 */
export class EventFilter {
  #conditions: Condition[] = [];

  /** Adds a condition; `false` when there are too many. */
  add(header: string, value: string): boolean {
    if (this.#conditions.length >= mostConditions) return false;
    this.#conditions.push({ header, value });
    return true;
  }

  /** Takes back the conditions on a header, or only the one with this value. */
  remove(header: string, value: string | undefined): void {
    this.#conditions = this.#conditions.filter(
      (condition) =>
        condition.header.toLowerCase() !== header.toLowerCase() || (value !== undefined && condition.value !== value),
    );
  }

  clear(): void {
    this.#conditions = [];
  }

  /** The channel whose events alone can pass; `undefined` when others can, too. */
  get focus(): string | undefined {
    const [first, ...others] = this.#conditions;
    return first?.header.toLowerCase() === 'unique-id' && others.length === 0 && /^[^+\- ]/.test(first.value)
      ? first.value
      : undefined;
  }

  passes(event: FsEvent): boolean {
    if (this.#conditions.length === 0) return true;
    let passes = false;
    for (const { header, value } of this.#conditions) {
      const actual = event.get(header);
      if (actual === undefined) continue;
      const wanted = value.replace(/^[+\- ]+/, '');
      if (actual.toLowerCase() !== wanted.toLowerCase()) continue;
      if (isExclusion(value)) return false;
      passes = true;
    }
    return passes;
  }
}

/** The last sign in front of the value decides. */
function isExclusion(value: string): boolean {
  const signs = /^[+\- ]*/.exec(value)?.[0] ?? '';
  return signs.lastIndexOf('-') > signs.lastIndexOf('+');
}
