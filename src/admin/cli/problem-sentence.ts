import { isRecord } from '../../domain/is-record.ts';
import type { ApiAnswer } from './api-client.ts';
import type { ApiRecord } from './api-record.ts';
import { EXIT_CODES, type ExitCode } from './exit-codes.ts';
import { printable } from './format/value.ts';
import type { Parameter } from './parameter.ts';

type Problem = Extract<ApiAnswer, { kind: 'problem' }>;

/** What of a command its refusal is explained with. */
export interface AskedBy {
  readonly parameters: readonly Parameter[];
  /** What the token was taken from. */
  readonly tokenFrom: string;
  /** The roles that may do it. */
  readonly roles: string;
}

/** Which exit code a refusal ends a command with. */
export const exitCodeOf = ({ status }: Problem): ExitCode =>
  status === 401 ? EXIT_CODES.unreachable : EXIT_CODES.refused;

/** Why the service does not do it, in a line. */
export function problemSentence({ status, problem, retryAfter }: Problem, asked: AskedBy): string {
  const told = detailOf(problem, status);
  switch (status) {
    case 401:
      return `The service does not accept the token from ${asked.tokenFrom}; it may have expired or been revoked. Set TOUCHTONE_TOKEN to one that is valid.`;
    case 403:
      return `${told} It takes the role ${asked.roles}.`;
    case 429:
    case 503:
      return retryAfter === undefined ? told : `${told} Try again in ${Math.ceil(retryAfter / 1_000)} s.`;
    default:
      return status >= 500 ? `${told}${requestOf(problem)}` : (ruleSentence(problem, asked.parameters) ?? told);
  }
}

/** The service's own words, with what it lists. */
function detailOf({ detail, title, candidates, errors }: ApiRecord, status: number): string {
  const told = [detail, title].find((one) => typeof one === 'string' && one !== '');
  const sentence = closed(printable(typeof told === 'string' ? told : `The service answered ${status}`));
  return [sentence, listed('Candidates: ', candidates), errorsIn(errors)].filter((one) => one !== '').join(' ');
}

const closed = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

function listed(before: string, values: unknown): string {
  return Array.isArray(values) && values.length > 0 ? `${before}${printable(values.join(', '))}.` : '';
}

function errorsIn(errors: unknown): string {
  if (!Array.isArray(errors)) return '';
  const told = errors.filter(isRecord).map(({ path, message }) => `${path}: ${message}`);
  return told.length === 0 ? '' : closed(printable(told.join('; ')));
}

const requestOf = ({ instance }: ApiRecord): string =>
  typeof instance === 'string' ? ` The service's log tells more: ${printable(instance)}.` : '';

/** What a rule says of a PIN, or of a setting by the name of its parameter; undefined for what is no such rule. */
function ruleSentence(problem: ApiRecord, parameters: readonly Parameter[]): string | undefined {
  const { rule, setting, minimum, maximum, limit, orUnlimited } = problem;
  if (typeof setting !== 'string') return typeof rule === 'string' ? pinRule(rule, problem) : undefined;
  const named = (field: string): string => {
    const parameter = parameters.find((one) => one.field === field);
    return parameter === undefined ? field : `-${parameter.name}`;
  };
  if (typeof limit === 'string' && typeof maximum === 'number') {
    return `${named(setting)} can be at most ${maximum} here, because of ${named(limit)}.`;
  }
  if (typeof minimum === 'number' && typeof maximum === 'number') {
    const unlimited = orUnlimited === true ? ', or Unlimited' : '';
    return `${named(setting)} can be ${minimum} to ${maximum}${unlimited}.`;
  }
  return undefined;
}

function pinRule(rule: string, { minimum, maximum, lastPins, pattern }: ApiRecord): string | undefined {
  switch (rule) {
    case 'not-digits':
      return 'The PIN was refused (not-digits): a PIN is digits only.';
    case 'too-short':
      return `The PIN was refused (too-short): the policy asks for at least ${minimum} digits.`;
    case 'too-long':
      return `The PIN was refused (too-long): a PIN has at most ${maximum} digits.`;
    case 'extension-suffix':
      return 'The PIN was refused (extension-suffix): an extension of the mailbox ends with it.';
    case 'contains-extension':
      return 'The PIN was refused (contains-extension): an extension of the mailbox is in it.';
    case 'common-pattern':
      return `The PIN was refused (common-pattern, ${pattern}): others would guess it first.`;
    case 'used-before':
      return `The PIN was refused (used-before): it is one of the last ${lastPins} of this mailbox.`;
    default:
      return undefined;
  }
}

/** The last part of a problem's type, which never changes; empty for what is no problem of this API. */
export function problemNameOf({ type }: ApiRecord): string {
  return typeof type === 'string' ? (type.split('/').at(-1) ?? '') : '';
}
