import { createHash } from 'node:crypto';
import type { Clock } from '../../domain/clock.ts';

/** How long a token that was good is remembered after its last use, in milliseconds. */
const REMEMBERED = 3_600_000;
const TOKENS = 1_000;

/**
 * The tokens that were good lately, by digest. Whoever has one of these is not kept waiting because others behind the
 * same address send wrong ones; it is checked as ever.
 */
export class KnownTokens {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #goodAt = new Map<string, number>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  has(token: string): boolean {
    const at = this.#goodAt.get(digest(token));
    return at !== undefined && this.#clock.monotonic() - at < REMEMBERED;
  }

  add(token: string): void {
    const key = digest(token);
    this.#goodAt.delete(key);
    this.#goodAt.set(key, this.#clock.monotonic());
    const [oldest] = this.#goodAt.keys();
    if (this.#goodAt.size > TOKENS && oldest !== undefined) this.#goodAt.delete(oldest);
  }

  remove(token: string): void {
    this.#goodAt.delete(digest(token));
  }
}

const digest = (token: string): string => createHash('sha256').update(token).digest('base64url');
