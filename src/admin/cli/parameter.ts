import type { Secret } from './secret.ts';

/** What a parameter may be given. */
export type ParameterKind =
  | 'text'
  /** A text, or `$null` for none. */
  | 'text-or-null'
  /** `a,b,c` */
  | 'list'
  /** `$true`, `$false`, `true`, `false`, `1`, `0`; never bare. */
  | 'boolean'
  /** A boolean that means true when nothing is behind it, because that is the careful choice. */
  | 'boolean-or-bare'
  /** True by its name alone; `-Name:$false` takes it back. */
  | 'switch'
  | 'number'
  | 'number-or-unlimited'
  | 'days'
  | 'days-or-unlimited'
  | 'minutes'
  | 'minutes-or-unlimited'
  | 'seconds'
  /** A moment in the zone of this machine, unless it names another. */
  | 'moment'
  /** The same; a day alone means its end. */
  | 'end-moment'
  | 'pin'
  | { readonly oneOf: readonly string[] };

/** One parameter of a cmdlet. */
export interface Parameter {
  /** As Exchange writes it, where Exchange has it. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly kind: ParameterKind;
  /** One or two sentences. */
  readonly help: string;
  readonly required?: true;
  /** Whether it may be given without its name, too. One at most. */
  readonly positional?: true;
  /** The field of the request's body, or the query, that takes its value. */
  readonly field?: string;
}

/** Where a PIN comes from. */
export type PinSource =
  | { readonly kind: 'given'; readonly pin: Secret }
  /** Asked for in the terminal, without echo. */
  | { readonly kind: 'asked' }
  /** The first line of standard input. */
  | { readonly kind: 'standard-input' };

export type ParameterValue = string | number | boolean | null | readonly string[] | PinSource;

/** What the parameters of a command were given, by their full names. */
export type BoundParameters = ReadonlyMap<string, ParameterValue>;

/** The text given to a parameter; undefined when it was not given. */
export function textOf(bound: BoundParameters, name: string): string | undefined {
  const value = bound.get(name);
  return typeof value === 'string' ? value : undefined;
}

/** The list given to a parameter; undefined when it was not given. */
export function listOf(bound: BoundParameters, name: string): readonly string[] | undefined {
  const value = bound.get(name);
  return isList(value) ? value : undefined;
}

/** The boolean given to a parameter; undefined when it was not given. */
export function booleanOf(bound: BoundParameters, name: string): boolean | undefined {
  const value = bound.get(name);
  return typeof value === 'boolean' ? value : undefined;
}

/** The number given to a parameter; undefined when it was not given. */
export function limitOf(bound: BoundParameters, name: string): number | 'unlimited' | undefined {
  const value = bound.get(name);
  return typeof value === 'number' || value === 'unlimited' ? value : undefined;
}

/** Where the PIN given to a parameter comes from; undefined when none was given. */
export function pinOf(bound: BoundParameters, name: string): PinSource | undefined {
  const value = bound.get(name);
  return typeof value === 'object' && value !== null && !isList(value) ? value : undefined;
}

/** The fields of a request that parameters stand for. */
export function fieldsOf(bound: BoundParameters, parameters: readonly Parameter[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    parameters.flatMap(({ field, name }) =>
      field === undefined || !bound.has(name) ? [] : [[field, bound.get(name)]],
    ),
  );
}

const isList = (value: ParameterValue | undefined): value is readonly string[] => Array.isArray(value);
