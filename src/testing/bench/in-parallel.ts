/**
 * Runs a task for each index from 0 up to `count`, up to `atOnce` at the same time, and resolves with the results in
 * the order of their indices. Rejects with the first failure.
 */
export async function inParallel<T>(
  atOnce: number,
  count: number,
  task: (index: number) => Promise<T>,
): Promise<readonly T[]> {
  const results = new Map<number, T>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) results.set(index, await task(index));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
}

/** Lets one task run at a time; the others wait in the order in which they came. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** Settles as `task` does, which is started when all tasks before it have settled. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
