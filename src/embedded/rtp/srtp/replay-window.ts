/** RFC 3711 §3.3.2 asks for 64 at least. */
const windowSize = 128;

/** Which indices of a stream have come: the highest one, and which of those just below it (RFC 3711 §3.3.2). */
export class ReplayWindow {
  readonly #seen = new Float64Array(windowSize).fill(-1);
  #highest = -1;

  /** −1 before the first one. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether a packet with this index came before, or would be too old to tell. */
  isReplayed(index: number): boolean {
    return index <= this.#highest - windowSize || this.#seen[index % windowSize] === index;
  }

  /** A packet with this index has come and is authentic. */
  note(index: number): void {
    this.#seen[index % windowSize] = index;
    if (index > this.#highest) this.#highest = index;
  }
}
