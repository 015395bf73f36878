import { cpus } from 'node:os';
import type { SessionCounts } from './session-counts.ts';

/** The version that is told to clients, in the form of FreeSWITCH's, whose release it follows. */
export const version = { full: '1.11.1-touchtone~64bit', human: '1.11.1-touchtone 64bit', short: '1.11.1' };

/** Sessions in a second are not limited; FreeSWITCH's field has to have some number. */
export const sessionsPerSecond = 1_000;

const units = [
  ['year', 365 * 86_400_000_000],
  ['day', 86_400_000_000],
  ['hour', 3_600_000_000],
  ['minute', 60_000_000],
  ['second', 1_000_000],
  ['millisecond', 1_000],
  ['microsecond', 1],
] as const;

/** A duration in words, from years to microseconds. */
export function uptimeText(milliseconds: number): string {
  let left = Math.round(milliseconds * 1_000);
  return units
    .map(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return `${count} ${unit}${count === 1 ? '' : 's'}`;
    })
    .join(', ');
}

/** What `status` answers. */
export function statusText(uptime: number, counts: SessionCounts, maxSessions: number, idleCpu: number): string {
  return [
    `UP ${uptimeText(uptime)}`,
    `FreeSWITCH (Version ${version.human}) is ready`,
    `${counts.total} session(s) since startup`,
    `${counts.current} session(s) - peak ${counts.peak}, last 5min ${counts.recentPeak} `,
    `${counts.lastSecond} session(s) per Sec out of max ${sessionsPerSecond}, peak ${counts.mostInSecond}, last 5min ${counts.mostInSecond} `,
    `${maxSessions} session(s) max`,
    `min idle cpu 0.00/${idleCpu.toFixed(2)}`,
    '',
  ].join('\n');
}

const wide = 97;

/** What `sofia status` answers: one profile, at `address`, with the number of its calls. */
export function sofiaStatusText(profile: string, address: string, calls: number): string {
  const line = '='.repeat(wide);
  return [
    `${'Name'.padStart(25)}\t${'   Type'}\t${'Data'.padStart(42)}\tState`,
    line,
    `${profile.padStart(25)}\tprofile\t${`sip:mod_sofia@${address}`.padStart(42)}\tRUNNING (${calls})`,
    line,
    '1 profile 0 aliases',
    '',
  ].join('\n');
}

/** Over less than this, in milliseconds of all processors together, what is idle is chance: a tick has ten of them. */
const LEAST_WINDOW = 1_000;

/** The share of time in which the machine's processors were idle, in percent, over a second or so at least. */
export class IdleCpu {
  readonly #fixed: number | undefined;
  #last = readTimes();
  #value = 100;

  /** @param fixed what to say instead, where nothing is to depend on how busy the machine is. */
  constructor(fixed?: number) {
    this.#fixed = fixed;
  }

  /** 100 until there is a reading that says something. */
  read(): number {
    if (this.#fixed !== undefined) return this.#fixed;
    const now = readTimes();
    const total = now.total - this.#last.total;
    if (total >= LEAST_WINDOW) {
      this.#value = (100 * (now.idle - this.#last.idle)) / total;
      this.#last = now;
    }
    return this.#value;
  }
}

function readTimes(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.idle + times.irq;
  }
  return { idle, total };
}
