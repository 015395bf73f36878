import { EventHeader } from './event.ts';

/** A channel has as many variables as its application makes; more than this are a mistake of it. */
const mostVariables = 2_000;
const longestValue = 65_536;

/** The variables of a channel, in the order in which they were last set, as FreeSWITCH's events show them. */
export class ChannelVariables {
  readonly #headers = new Map<string, EventHeader>();

  get(name: string): string | undefined {
    return this.#headers.get(name)?.value;
  }

  /** Sets a variable, or with `undefined` or nothing takes it away. What is beyond all measure is not kept. */
  set(name: string, value: string | undefined): void {
    this.#headers.delete(name);
    if (value === undefined || value === '' || name === '') return;
    if (this.#headers.size >= mostVariables || value.length > longestValue) return;
    this.#headers.set(name, new EventHeader(`variable_${name}`, value));
  }

  /** What events say of the variables, one header for each. */
  headers(): IterableIterator<EventHeader> {
    return this.#headers.values();
  }

  /** The number at the beginning of a variable, as C's atoi reads it; 0 when there is none. */
  integer(name: string): number {
    return Number.parseInt(this.get(name) ?? '', 10) || 0;
  }

  isTrue(name: string): boolean {
    return isTrue(this.get(name));
  }

  /** Replaces each `${name}` by the variable's value, or by nothing. Functions and nested names are not offered. */
  expand(text: string): string {
    return text.replace(/\$\{([A-Za-z0-9_.-]+)\}/g, (_, name: string) => this.get(name) ?? '');
  }
}

/** What FreeSWITCH takes for true. */
export function isTrue(text: string | undefined): boolean {
  if (text === undefined) return false;
  return /^(?:yes|on|true|t|enabled|active|allow)$/i.test(text) || (/^\d+$/.test(text) && Number(text) !== 0);
}
