import type { InviteServerTransaction } from './invite-server-transaction.ts';
import type { NonInviteServerTransaction } from './non-invite-server-transaction.ts';

type ServerTransaction = InviteServerTransaction | NonInviteServerTransaction;

/** A request above this size in bytes is large: that of a call is far smaller. */
const largeBytes = 4_096;
/** What large requests may hold altogether for the half minute that transactions last; above it, they alone are refused. */
const maxLargeHeld = 64 * 1_048_576;
/** When there are too many transactions, this share of them is given up at once, so that not every request looks for one. */
const shareGivenUp = 1 / 16;

/**
 * The server transactions that there are, bounded in number and in memory. For half a minute after its answer a
 * transaction only absorbs retransmissions (timers H, I and J of RFC 3261 §17.2): when there are too many, the oldest of
 * these make room, or else a peer could lock all others out with a few hundred requests in a second.
 */
export class ServerTransactions {
  readonly #all = new Map<string, ServerTransaction>();
  readonly #most: number;
  #largeHeld = 0;
  /** Requests that may still be refused before it is worth looking for transactions to give up again. */
  #refusals = 0;

  /** @param most how many there may be, 1 and more. */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#all.size;
  }

  get(key: string): ServerTransaction | undefined {
    return this.#all.get(key);
  }

  /** All of them now; they may end while the list is gone through. */
  list(): readonly ServerTransaction[] {
    return [...this.#all.values()];
  }

  /** Whether there is room for a request of so many bytes; makes it if it can. */
  hasRoom(size: number): boolean {
    if (size > largeBytes && this.#largeHeld + size > maxLargeHeld) return false;
    if (this.#all.size >= this.#most) this.#giveUpAnswered();
    return this.#all.size < this.#most;
  }

  /** Keeps the transaction that `make` makes, of a request of so many bytes, until it calls its `onEnd`. */
  add(key: string, size: number, make: (onEnd: () => void) => ServerTransaction): ServerTransaction {
    const counted = size > largeBytes ? size : 0;
    const transaction = make(() => {
      this.#all.delete(key);
      this.#largeHeld -= counted;
    });
    this.#largeHeld += counted;
    this.#all.set(key, transaction);
    return transaction;
  }

  #giveUpAnswered(): void {
    if (this.#refusals > 0) {
      this.#refusals -= 1;
      return;
    }
    const wanted = Math.ceil(this.#most * shareGivenUp);
    let found = 0;
    for (const transaction of this.#all.values()) {
      if (transaction.state !== 'completed' && transaction.state !== 'confirmed') continue;
      transaction.close();
      found += 1;
      if (found === wanted) return;
    }
    if (found === 0) this.#refusals = wanted;
  }
}
