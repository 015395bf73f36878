import type { Cancel, Clock } from '../clock.ts';

/** Something that is to be done at exact times, over and over, such as sending a packet. */
export interface Paced {
  /**
   * Does it.
   *
   * @param due when it was to be done, in the clock's monotonic milliseconds; now, or a little earlier.
   * @param now the time.
   * @returns when it is next due; `undefined` to be left out until it is scheduled again.
   */
  tick(due: number, now: number): number | undefined;
}

/** A place in the pacer; made once for each stream, so that scheduling allocates nothing. */
export interface Slot {
  readonly paced: Paced;
  due: number;
  /** Its place in the heap; −1 when it is not scheduled. */
  index: number;
}

/** Timers count whole milliseconds: what is due within half of one is done rather than waited for. */
const tolerance = 0.5;

/**
 * One timer for all streams of a thread. Each is called at its own times, which are computed from one another and not
 * from when the timer went off, so that they do not drift.
 */
export class Pacer {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** A binary heap by `due`: the earliest in front. */
  readonly #heap: Slot[] = [];
  #cancel: Cancel | undefined;
  /** What the timer waits for. */
  #armedFor = Number.POSITIVE_INFINITY;
  #running = false;

  /** @param onError told of what a `tick` throws; its stream is left out from then on, and the others go on. */
  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /** How many streams are scheduled. */
  get size(): number {
    return this.#heap.length;
  }

  slot(paced: Paced): Slot {
    return { paced, due: 0, index: -1 };
  }

  /** Calls the slot's `tick` at `due`, in monotonic milliseconds, instead of when it was scheduled before. */
  schedule(slot: Slot, due: number): void {
    slot.due = due;
    if (slot.index === -1) {
      slot.index = this.#heap.length;
      this.#heap.push(slot);
    }
    this.#sift(slot);
    this.#arm();
  }

  /** Takes a slot out. Harmless when it is not in. */
  cancel(slot: Slot): void {
    const at = slot.index;
    if (at === -1) return;
    slot.index = -1;
    const last = this.#heap.pop() as Slot;
    if (last !== slot) {
      this.#heap[at] = last;
      last.index = at;
      this.#sift(last);
    }
    // With nothing left the timer goes, too; else it wakes once in vain, which is cheaper than setting it anew.
    if (this.#heap.length === 0) this.#arm();
  }

  /**
   * Does what is due, if anything is. For whoever takes up much of the thread piece by piece, such as reading what hundreds
   * of sockets have received, to call between the pieces: the timer waits until all of that is done.
   *
   * @param now the time, in the clock's monotonic milliseconds.
   */
  catchUp(now: number): void {
    const first = this.#heap[0];
    // The timer, which was set for something of these, then wakes once in vain.
    if (first !== undefined && first.due <= now && !this.#running) this.#run(now);
  }

  readonly #wake = (): void => {
    this.#cancel = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    this.#run(this.#clock.monotonic());
    this.#arm();
  };

  #run(now: number): void {
    this.#running = true;
    for (let first = this.#heap[0]; first !== undefined && first.due <= now + tolerance; first = this.#heap[0]) {
      const next = this.#tick(first, now);
      // The tick may have taken its own slot out, or scheduled it anew, or others.
      if (next === undefined) this.cancel(first);
      else this.schedule(first, next);
    }
    this.#running = false;
  }

  #tick(slot: Slot, now: number): number | undefined {
    try {
      return slot.paced.tick(slot.due, now);
    } catch (error) {
      this.#onError(error);
      return undefined;
    }
  }

  #arm(): void {
    const first = this.#heap[0];
    if (this.#running || (first !== undefined && first.due >= this.#armedFor)) return;
    if (first === undefined && this.#cancel === undefined) return;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#armedFor = Number.POSITIVE_INFINITY;
    if (first === undefined) return;
    this.#armedFor = first.due;
    this.#cancel = this.#clock.after(
      Math.max(0, Math.ceil(first.due - this.#clock.monotonic() - tolerance)),
      this.#wake,
    );
  }

  #sift(slot: Slot): void {
    const heap = this.#heap;
    let at = slot.index;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Slot;
      if (parent.due <= slot.due) break;
      heap[at] = parent;
      parent.index = at;
      at = above;
    }
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      if (left >= heap.length) break;
      const below = right < heap.length && (heap[right] as Slot).due < (heap[left] as Slot).due ? right : left;
      const child = heap[below] as Slot;
      if (child.due >= slot.due) break;
      heap[at] = child;
      child.index = at;
      at = below;
    }
    heap[at] = slot;
    slot.index = at;
  }
}
