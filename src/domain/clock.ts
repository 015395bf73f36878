/** Undoes something that was started; calling it again does nothing. */
export type Cancel = () => void;

/**
 * The one source of time. It is passed to whatever waits or stamps, so that tests move time by hand and no rule
 * depends on when it runs.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. It may jump when the machine's clock is set. */
  now(): number;
  /** Milliseconds from an arbitrary start; it never goes back. Durations are measured with this. */
  monotonic(): number;
  /** Calls back once after `milliseconds` (0 and more). The process is not kept alive by a waiting timer. */
  after(milliseconds: number, callback: () => void): Cancel;
}
