import type { CallResult } from './call-report.ts';

/** What became of all INVITEs since the start, each in exactly one place. */
export interface CallCounts {
  /** By the kind of refusal. */
  readonly refused: Readonly<Record<string, number>>;
  /** By the cause that ended the call before its answer. */
  readonly notAnswered: Readonly<Record<string, number>>;
  /** By the outcome of the conversation. */
  readonly answered: Readonly<Record<string, number>>;
  /** By what ended answered calls; `service` when the conversation did. */
  readonly causes: Readonly<Record<string, number>>;
}

/** Counts what became of each INVITE. */
export class CallCounters {
  readonly #refused = new Map<string, number>();
  readonly #notAnswered = new Map<string, number>();
  readonly #answered = new Map<string, number>();
  readonly #causes = new Map<string, number>();

  count(result: CallResult): void {
    switch (result.kind) {
      case 'refused':
        increment(this.#refused, result.refusal.kind);
        break;
      case 'not-answered':
        increment(this.#notAnswered, result.cause);
        break;
      case 'answered':
        increment(this.#answered, result.outcome.kind);
        increment(this.#causes, result.cause ?? 'service');
        break;
    }
  }

  read(): CallCounts {
    return {
      refused: Object.fromEntries(this.#refused),
      notAnswered: Object.fromEntries(this.#notAnswered),
      answered: Object.fromEntries(this.#answered),
      causes: Object.fromEntries(this.#causes),
    };
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
