import type { Output } from '../host.ts';

const WIDTH = 30;

/** Shows on a terminal how far a run is; elsewhere nothing. */
export class ProgressBar {
  readonly #output: Output;
  readonly #total: number;

  constructor(output: Output, total: number) {
    this.#output = output;
    this.#total = total;
  }

  show(done: number, refused: number): void {
    if (!this.#output.isTTY) return;
    const filled = this.#total === 0 ? WIDTH : Math.floor((done / this.#total) * WIDTH);
    const bar = '#'.repeat(filled) + '.'.repeat(WIDTH - filled);
    const bad = refused === 0 ? '' : `, ${refused} refused`;
    this.#output.write(`\r[${bar}] ${done} of ${this.#total}${bad}\u001b[K`);
  }

  clear(): void {
    if (this.#output.isTTY) this.#output.write('\r\u001b[K');
  }
}
