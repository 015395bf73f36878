/** Undoes something that was started; calling it again does nothing. */
export type Cancel = () => void;

/**
 * The source of time that the embedded parts are given. The embedded pair imports nothing of the application, so this
 * type is written again here; it is structurally the application's own.
 */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01T00:00:00Z. It may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start; it never goes back. */
  monotonic(): number;
  /** Calls back once after `milliseconds` (0 and more). A waiting timer does not keep the process alive. */
  after(milliseconds: number, callback: () => void): Cancel;
}
