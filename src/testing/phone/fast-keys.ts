/** Keys as pressed by a machine, or typed ahead in a hurry: the shortest that a receiver has to take (ITU-T Q.24). */
export const FAST_KEYS = { toneMs: 40, gapMs: 40 } as const;
