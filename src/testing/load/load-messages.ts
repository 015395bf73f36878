import type { HistogramData } from './histogram.ts';

/** What one process of callers is to do. */
export interface LoadOrder {
  /** Where calls are taken, SIP over UDP: a literal IPv4 address. */
  readonly host: string;
  readonly port: number;
  /** The number that is called. */
  readonly number: string;
  /** Calls to be held; for churn, how many are made at most, 0 for no end. */
  readonly calls: number;
  /** Of these so many key an extension again and again; they are spread evenly. */
  readonly keyers: number;
  /** Calls begun in each second. */
  readonly perSecond: number;
  /** What the keyers key: an extension. */
  readonly extension: string;
  /** How long a call lasts at most, in seconds; 0 for until it is told to end. Half the calls are shorter, down to nothing. */
  readonly seconds: number;
}

/** What a process of callers is told. */
export type ToCallers =
  | { readonly kind: 'dial'; readonly order: LoadOrder }
  /** Forget what was measured so far. */
  | { readonly kind: 'measure' }
  | { readonly kind: 'report' }
  /** Begin no more calls, hang up those that there are, and report when all are over. */
  | { readonly kind: 'hang-up' };

/** What was seen, since the last `measure` where it is not said otherwise. */
export interface CallersReport {
  /** Calls that are up now. */
  readonly held: number;
  /** Calls that were begun, from the start. */
  readonly begun: number;
  /** Calls that were not answered by 200, from the start, by status; 0 is no answer at all. */
  readonly refused: Readonly<Record<string, number>>;
  /** Calls that the other side ended, from the start. */
  readonly ended: number;
  /** Calls whose BYE nobody answered, from the start. */
  readonly unanswered: number;
  readonly sent: number;
  readonly received: number;
  /** Packets missing in the sequence of what was received. */
  readonly lost: number;
  /** From one packet to the next of the same call, in milliseconds. */
  readonly spacing: HistogramData;
  /** From the first packet of the last digit to the first packet that is not silence, in milliseconds. */
  readonly keyWaits: HistogramData;
  /** How late these callers were to send their own packets, in milliseconds: the error of all that they measure. */
  readonly lateness: HistogramData;
  /** Seconds of CPU that this process has used. */
  readonly cpuSeconds: number;
}

/** What a process of callers tells. */
export type FromCallers =
  /** All calls were begun, and each is up or has failed. */
  | { readonly kind: 'dialled' }
  | { readonly kind: 'report'; readonly report: CallersReport }
  | { readonly kind: 'over'; readonly report: CallersReport };
