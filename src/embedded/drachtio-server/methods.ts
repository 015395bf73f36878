import type { Applications } from './application.ts';

/** They are taken inside a dialog, or without an application. */
const ofCalls: readonly string[] = ['INVITE', 'ACK', 'BYE', 'CANCEL', 'OPTIONS', 'INFO', 'UPDATE', 'PRACK'];

/** What this server knows how to hand over; others get 501. */
export const knownMethods: readonly string[] = [
  ...ofCalls,
  'REGISTER',
  'SUBSCRIBE',
  'NOTIFY',
  'REFER',
  'MESSAGE',
  'PUBLISH',
];

/** For Allow (RFC 3261 §20.5) where nothing more is known. */
export const allow: readonly [string, string] = ['Allow', knownMethods.join(', ')];

/** What is taken at the moment (RFC 3261 §8.2.1), for Allow: what calls need, and what an application wants besides. */
export function allowNow(applications: Applications): readonly [string, string] {
  const taken = knownMethods.filter((method) => ofCalls.includes(method) || applications.want(method.toLowerCase()));
  return ['Allow', taken.join(', ')];
}
