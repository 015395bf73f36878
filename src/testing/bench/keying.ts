/** Keys as pressed by a machine, or typed ahead in a hurry: the shortest that a receiver has to take (ITU-T Q.24). */
export const FAST_KEYS = { toneMs: 40, gapMs: 40 } as const;

/** Another PIN of the same length: the first digit is one higher, 0 after 9. */
export function wrongPin(pin: string): string {
  return `${(Number(pin[0]) + 1) % 10}${pin.slice(1)}`;
}
