/** So often a task is repeated at most. */
const RUNS = 20;

/**
 * How long a task takes when nothing else gets in its way, in milliseconds: the least of several runs, for a busy machine
 * makes single ones longer. Repeats it until one run takes less than `enough`, so that what is quick is done soon.
 */
export function leastTime(enough: number, task: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS && least >= enough; run++) {
    const began = performance.now();
    task();
    least = Math.min(least, performance.now() - began);
  }
  return least;
}
