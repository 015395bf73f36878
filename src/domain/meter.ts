/**
 * What is counted, and what of each is told apart: closed lists, for each pair is a time series that is kept for good.
 * Never anything that names a mailbox, a caller or a machine.
 */
export const COUNTED = {
  /** How an attempt to sign in came out. */
  'sign-in': ['signed-in', 'failed', 'locked', 'source-refused', 'not-checked'],
  /** What had a PIN replaced. */
  'pin-reset': ['failed-sign-ins', 'administrator', 'user'],
  /** What locked a mailbox. */
  lockout: ['failed-sign-ins', 'on-request'],
  /** What opened a lock, or set failures back. */
  unlock: ['on-request', 'lock-ran-out'],
  /** What a source of failed sign-ins has come to; a trunk is never refused (SPEC §3.11). */
  'source-limit': ['slowed', 'refused', 'trunk'],
  /** What kind of source failed at many mailboxes. */
  'spray-alarm': ['number', 'address', 'trunk'],
  /** What an attempt to deliver a mail came to, or that it was given up. */
  mail: ['delivered', 'postponed', 'refused', 'expired'],
  /** What became of an alert to the operator: `retried` is an attempt that failed and is made again. */
  alert: ['delivered', 'retried', 'refused', 'expired', 'dropped'],
  /**
   * What became of links by which users sign in to their page: mailed, used, shown when they were no good, or not made
   * because too many were asked for.
   */
  'sign-in-link': ['sent', 'used', 'refused', 'withheld'],
  /** How the thread of the embedded media server was lost, for which another one is started. */
  'media-restart': ['died', 'hung'],
} as const;

/** What takes time, and what of each is told apart. */
export const OBSERVED = {
  /** Waiting for the turn of a hash. */
  'hash-wait': ['check', 'change'],
  /** Computing a hash. */
  hash: ['check', 'change'],
  /** From the key that completed an entry to the first sound of the answer, and whether a service was asked meanwhile. */
  'digit-to-prompt': ['dialogue', 'service'],
} as const;

export type Counted = keyof typeof COUNTED;
export type CountedKind<C extends Counted> = (typeof COUNTED)[C][number];
export type Observed = keyof typeof OBSERVED;
export type ObservedKind<O extends Observed> = (typeof OBSERVED)[O][number];

/** Counts and measures, for whoever watches over the service. Nothing here waits, throws, or is of consequence to a caller. */
export interface Meter {
  /** One more. To be called once what happened is stored. */
  count<C extends Counted>(what: C, kind: CountedKind<C>): void;
  /** It took so many milliseconds, by the monotonic clock. */
  observe<O extends Observed>(what: O, kind: ObservedKind<O>, milliseconds: number): void;
}

/** For what is only tried out: nothing of it has happened. */
export const SILENT_METER: Meter = { count: () => undefined, observe: () => undefined };
