import { UsageFailure } from './failure.ts';
import { matchName } from './name-match.ts';
import type { BoundParameters, Parameter, ParameterValue } from './parameter.ts';
import { readBoolean, readValue } from './parameter-values.ts';

/** What a command line asks for: help, or to be carried out with these parameters. */
export type Binding = { readonly kind: 'help' } | { readonly kind: 'bound'; readonly parameters: BoundParameters };

/** A parameter's name begins with a dash, as typed or as word processors make of it; a number does not. */
const NAMED = /^[-\u2013-\u2015](?=[\p{L}_?])/u;
const DASHES = /^[-\u2013-\u2015]{2}(?=[\p{L}?])/u;

const QUOTING =
  "A shell takes $true and $false away unless they are quoted: write '$true' or '$false' in single quotes, or just true or false.";

/**
 * Reads a command line as PowerShell does: names in any case, abbreviated where only one begins so, `-Name value`,
 * `-Name:value`, switches, and one value without a name.
 *
 * @throws UsageFailure, which names parameters and repeats no value.
 */
export function bindParameters(tokens: readonly string[], parameters: readonly Parameter[]): Binding {
  return new Binder(tokens, parameters).bind();
}

class Binder {
  readonly #tokens: readonly string[];
  readonly #parameters: readonly Parameter[];
  readonly #bound = new Map<string, ParameterValue>();
  readonly #unnamed: string[] = [];
  #at = 0;
  #onlyValues = false;

  constructor(tokens: readonly string[], parameters: readonly Parameter[]) {
    this.#tokens = tokens;
    this.#parameters = parameters;
  }

  bind(): Binding {
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at++] ?? '';
      if (this.#onlyValues) this.#unnamed.push(token);
      else if (token === '--') this.#onlyValues = true;
      else if (isHelp(token)) return { kind: 'help' };
      else if (DASHES.test(token)) throw new UsageFailure('Parameters are written with one dash, as in -Identity.');
      else if (NAMED.test(token)) this.#bindNamed(token);
      else this.#unnamed.push(token);
    }
    this.#bindUnnamed();
    this.#requireAll();
    return { kind: 'bound', parameters: this.#bound };
  }

  #bindNamed(token: string): void {
    const [, name = '', colon, inline = ''] = /^.([^:]*)(:?)(.*)$/su.exec(token) ?? [];
    const parameter = this.#find(name);
    if (this.#bound.has(parameter.name)) throw new UsageFailure(`-${parameter.name} is given more than once.`);
    const hasColon = colon === ':';
    const text = inline === '' ? this.#valueBehind(parameter, hasColon) : this.#wholeOf(parameter, inline);
    this.#bound.set(parameter.name, text === undefined ? valueOfBare(parameter, hasColon) : valueFrom(parameter, text));
  }

  #find(name: string): Parameter {
    const match = matchName(name, this.#parameters, ({ name: own, aliases = [] }) => [own, ...aliases]);
    switch (match.kind) {
      case 'found':
        return match.one;
      case 'ambiguous': {
        const candidates = match.candidates.map((one) => `-${one.name}`).join(', ');
        throw new UsageFailure(`-${withoutDigits(name)} can mean ${candidates}. Write more of it.`);
      }
      case 'unknown':
        throw new UsageFailure(`There is no parameter -${withoutDigits(name)} here; -? shows those that there are.`);
    }
  }

  /** The next word when it is a value for this parameter; undefined when the parameter is bare. */
  #valueBehind(parameter: Parameter, hasColon: boolean): string | undefined {
    const next = this.#tokens[this.#at];
    if (parameter.kind === 'switch' && !hasColon) {
      if (next !== undefined && readBoolean(next) !== undefined && next !== '0' && next !== '1') {
        throw new UsageFailure(
          `-${parameter.name} is a switch; a value is joined to it by a colon: '-${parameter.name}:$false'.`,
        );
      }
      return undefined;
    }
    if (next === undefined || next === '--' || NAMED.test(next) || DASHES.test(next)) return undefined;
    this.#at++;
    return this.#wholeOf(parameter, next);
  }

  /** A list goes on behind a comma, even when the shell has cut it into words. */
  #wholeOf({ kind }: Parameter, begun: string): string {
    let text = begun;
    if (kind !== 'list') return text;
    for (let next = this.#tokens[this.#at]; next !== undefined; next = this.#tokens[this.#at]) {
      if (NAMED.test(next) || !(text.endsWith(',') || next.startsWith(','))) break;
      text += next;
      this.#at++;
    }
    return text;
  }

  #bindUnnamed(): void {
    const [first, ...more] = this.#unnamed;
    if (first === undefined) return;
    const parameter = this.#parameters.find(({ positional }) => positional);
    if (parameter === undefined || this.#bound.has(parameter.name) || more.length > 0) {
      const allowed = parameter === undefined ? '' : ` Only -${parameter.name} can do without its own.`;
      throw new UsageFailure(`There is a value without a parameter's name before it.${allowed} ${QUOTING_OF_BLANKS}`);
    }
    this.#bound.set(parameter.name, valueFrom(parameter, first));
  }

  #requireAll(): void {
    const missing = this.#parameters.filter(({ required, name }) => required && !this.#bound.has(name));
    if (missing.length === 0) return;
    throw new UsageFailure(`${missing.map(({ name }) => `-${name}`).join(' and ')} must be given; -? shows how.`);
  }
}

const QUOTING_OF_BLANKS = 'A value with blanks in it has to be in quotes.';

const isHelp = (token: string): boolean => /^([-\u2013-\u2015]\?|--help|-help)$/i.test(token);

/** A name that nobody knows may have a PIN stuck to it. */
const withoutDigits = (name: string): string => name.replace(/[^\p{L}_-].*$/su, '…');

function valueFrom(parameter: Parameter, text: string): ParameterValue {
  const read = readValue(parameter, text);
  if (read.kind === 'value') return read.value;
  const quoting = isBoolean(parameter) ? ` ${QUOTING}` : '';
  throw new UsageFailure(`-${parameter.name} takes ${read.wanted}.${quoting}`);
}

/**
 * What a name with nothing behind it means. In a POSIX shell an unquoted `$false` is nothing, so that a bare boolean may
 * be meant either way: it is refused, but where true is the careful reading.
 */
function valueOfBare(parameter: Parameter, hasColon: boolean): ParameterValue {
  const { kind, name } = parameter;
  if (kind === 'boolean-or-bare' || (kind === 'switch' && !hasColon)) return true;
  if (kind === 'pin') return { kind: 'asked' };
  if (isBoolean(parameter)) throw new UsageFailure(`-${name} has nothing behind it. ${QUOTING}`);
  throw new UsageFailure(
    `-${name} needs a value behind it; one that begins with $ or a dash has to be joined and quoted: '-${name}:…'.`,
  );
}

function isBoolean({ kind }: Parameter): boolean {
  return kind === 'boolean' || kind === 'boolean-or-bare' || kind === 'switch';
}
