import type { Counted, CountedKind, Meter, Observed, ObservedKind } from '../domain/meter.ts';

export interface Measurement {
  readonly what: Observed;
  readonly kind: string;
  readonly milliseconds: number;
}

/** A meter that keeps what it is told, so that a test can look. */
export class CapturedMeter implements Meter {
  readonly measured: Measurement[] = [];
  readonly #counts = new Map<string, number>();

  count<C extends Counted>(what: C, kind: CountedKind<C>): void {
    this.#counts.set(`${what} ${kind}`, this.counted(what, kind) + 1);
  }

  observe<O extends Observed>(what: O, kind: ObservedKind<O>, milliseconds: number): void {
    this.measured.push({ what, kind, milliseconds });
  }

  /** How often it happened. */
  counted<C extends Counted>(what: C, kind: CountedKind<C>): number {
    return this.#counts.get(`${what} ${kind}`) ?? 0;
  }
}
