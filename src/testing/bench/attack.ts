import { setTimeout as sleep } from 'node:timers/promises';
import type { StockedMailbox } from '../mailbox-stock.ts';
import type { Call } from '../phone/call.ts';
import { FAST_KEYS } from '../phone/fast-keys.ts';
import { VICTIMS_FAILURES, VICTIMS_NUMBER } from './bench-service.ts';
import type { Bench } from './benchmark.ts';
import { inCall } from './in-call.ts';

/** How long it takes to get going, in milliseconds; nothing is measured before. */
const RAMP_MS = 3_000;
/** How long a guess may wait for its verdict, in milliseconds. */
const TOLD_WITHIN_MS = 30_000;

/** What the attackers have done while it was measured. */
export interface AttackReport {
  readonly attempts: number;
  readonly perSecond: number;
}

/**
 * Callers who guess: each keys wrong PINs at a mailbox of its own, call after call, and presses the `#` when its turn
 * comes, so that all together they make a given number of attempts a second; or fewer, when the verdicts are slow.
 */
export class Attack {
  readonly #bench: Bench;
  readonly #interval: number;
  readonly #attackers: Promise<void>[];
  #nextTurn = performance.now();
  #attempts = 0;
  #countedFrom = 0;
  #startedAt = 0;
  #isOver = false;

  private constructor(bench: Bench, perSecond: number, victims: readonly StockedMailbox[]) {
    this.#bench = bench;
    this.#interval = 1_000 / perSecond;
    this.#attackers = victims.map((victim, index) => this.#attack(victim, (index * RAMP_MS) / 2 / victims.length));
  }

  /** Begins, and resolves when the attack is in full swing; there are as many attackers as victims. */
  static async start(bench: Bench, perSecond: number, victims: readonly StockedMailbox[]): Promise<Attack> {
    const attack = new Attack(bench, perSecond, victims);
    await sleep(RAMP_MS);
    attack.#countedFrom = attack.#attempts;
    attack.#startedAt = performance.now();
    return attack;
  }

  /** Ends the attack when the guesses under way have been answered. */
  async stop(): Promise<AttackReport> {
    const attempts = this.#attempts - this.#countedFrom;
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    this.#isOver = true;
    await Promise.all(this.#attackers);
    return { attempts, perSecond: attempts / seconds };
  }

  async #attack(victim: StockedMailbox, delay: number): Promise<void> {
    await sleep(delay);
    while (!this.#isOver) {
      const guesses = await this.#bench.failures.note('an attack', () => this.#guessInCall(victim));
      if (guesses === undefined) return;
    }
  }

  /** Resolves with how many guesses were answered. */
  async #guessInCall(victim: StockedMailbox): Promise<number> {
    const target = this.#bench.service.uri(VICTIMS_NUMBER);
    return await inCall({ ...this.#bench, target }, { signedIn: false }, async (call) => {
      await call.heard('welcome');
      await call.press(victim.extension, FAST_KEYS);
      let guesses = 0;
      // One less than ends the call, so that it is the caller who hangs up.
      for (; guesses < VICTIMS_FAILURES - 1 && !this.#isOver; guesses++) await this.#guess(call, victim);
      return guesses;
    });
  }

  async #guess(call: Call, { wrongPin }: StockedMailbox): Promise<void> {
    await call.press(wrongPin, FAST_KEYS);
    await this.#turn();
    await call.press('#', FAST_KEYS);
    await call.heard('sign-in-failed', { within: TOLD_WITHIN_MS });
    this.#attempts++;
  }

  /** Waits for a turn; turns that nobody was there to take are not made up for. */
  async #turn(): Promise<void> {
    const now = performance.now();
    const turn = Math.max(this.#nextTurn, now);
    this.#nextTurn = turn + this.#interval;
    await sleep(turn - now);
  }
}
