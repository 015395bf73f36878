import { stripVTControlCharacters } from 'node:util';
import { isRecord } from '../../../domain/is-record.ts';
import type { Property, ValueForm } from './view.ts';

/** What is at a path of names joined by dots; of several paths joined by bars, the first that leads to something. */
export function fieldOf(record: Readonly<Record<string, unknown>>, field: string): unknown {
  for (const path of field.split('|')) {
    const found = path.split('.').reduce<unknown>((at, name) => (isRecord(at) ? at[name] : undefined), record);
    if (found !== undefined && found !== null) return found;
  }
  return undefined;
}

/** A property of a record as people read it: on one line, nothing in it that a terminal would act on. */
export function shownProperty(record: Readonly<Record<string, unknown>>, { field, form }: Property): string {
  return printable(shownValue(fieldOf(record, field), form));
}

/** Writes a value as PowerShell does. */
function shownValue(value: unknown, form: ValueForm = 'plain'): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (value === 'unlimited') return 'Unlimited';
  if (typeof value === 'number') return shownNumber(value, form);
  if (typeof value === 'string') return form === 'moment' ? shownMoment(value) : value;
  if (Array.isArray(value)) return `{${value.map((one) => shownValue(one, form)).join(', ')}}`;
  if (!isRecord(value)) return String(value);
  if (form === 'mails') return `${value.kind} to ${value.to}${value.state === undefined ? '' : ` (${value.state})`}`;
  return Object.entries(value)
    .map(([name, one]) => `${name}: ${shownValue(one)}`)
    .join(', ');
}

function shownNumber(value: number, form: ValueForm): string {
  switch (form) {
    case 'days':
      return `${value}.00:00:00`;
    case 'minutes':
      return timeSpan(value);
    default:
      return String(value);
  }
}

/** Minutes as .NET writes a time span. */
function timeSpan(minutes: number): string {
  const days = Math.floor(minutes / 1_440);
  const clock = `${twoDigits(Math.floor(minutes / 60) % 24)}:${twoDigits(minutes % 60)}:00`;
  return days === 0 ? clock : `${days}.${clock}`;
}

/** A moment in the zone of this machine, told apart from others by its offset; what is no moment, as it is. */
function shownMoment(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  const day = [date.getFullYear(), twoDigits(date.getMonth() + 1), twoDigits(date.getDate())].join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  const offset = -date.getTimezoneOffset();
  const size = Math.abs(offset);
  return `${day} ${time} ${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(size / 60))}:${twoDigits(size % 60)}`;
}

const twoDigits = (number: number): string => String(number).padStart(2, '0');

/** Control characters, and those that turn the direction of writing round. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** Text from elsewhere, made harmless to a terminal and put on one line. */
export const printable = (text: string): string => stripVTControlCharacters(text).replace(UNPRINTABLE, ' ').trim();
