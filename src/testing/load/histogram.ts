/** Width of a bin, in milliseconds. */
const BIN = 0.1;
/** What is longer is counted in the last bin; the exact maximum is kept beside. */
const BINS = 10_000;

/** A histogram as plain data, to be sent from one process to another. */
export interface HistogramData {
  /** Pairs of a bin's index and its count, those that are 0 left out. */
  readonly bins: readonly (readonly [index: number, count: number])[];
  readonly max: number;
}

/** Times in milliseconds, counted in tenths of one: adding allocates nothing, so that measuring hardly disturbs. */
export class Histogram {
  readonly #bins = new Float64Array(BINS);
  #count = 0;
  #max = 0;

  /** Adds a time from 0. */
  add(milliseconds: number): void {
    const index = Math.min(BINS - 1, Math.floor(milliseconds / BIN));
    this.#bins[index] = (this.#bins[index] as number) + 1;
    this.#count += 1;
    if (milliseconds > this.#max) this.#max = milliseconds;
  }

  addAll({ bins, max }: HistogramData): void {
    for (const [index, count] of bins) {
      this.#bins[index] = (this.#bins[index] as number) + count;
      this.#count += count;
    }
    this.#max = Math.max(this.#max, max);
  }

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  /** The upper end of the bin in which the given fraction (0–1) of all times is reached; 0 when there are none. */
  percentile(rank: number): number {
    const wanted = rank * this.#count;
    let reached = 0;
    for (let index = 0; index < BINS; index++) {
      reached += this.#bins[index] as number;
      if (reached > 0 && reached >= wanted) return Math.min((index + 1) * BIN, this.#max);
    }
    return this.#max;
  }

  get data(): HistogramData {
    const bins = [...this.#bins.entries()].filter(([, count]) => count > 0);
    return { bins, max: this.#max };
  }

  clear(): void {
    this.#bins.fill(0);
    this.#count = 0;
    this.#max = 0;
  }
}
