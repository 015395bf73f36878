import { type PinRefusal, type PinRules, refusePin } from '../domain/pin-policy.ts';
import type { PinChanged, PinChanges } from '../services/pin-changes.ts';
import type { SignInSession, SignInSource } from '../services/sign-in.ts';
import { MemorySession } from './in-memory-sign-in.ts';
import { ServiceTime, type ServiceTimeOptions } from './service-time.ts';

/** A confirmed new PIN and what became of it. */
export interface ChangeRecord {
  readonly pin: string;
  readonly source: SignInSource;
  /** Undefined as long as it is being stored. */
  result: PinChanged['kind'] | undefined;
}

export interface InMemoryPinChangesOptions extends ServiceTimeOptions {
  readonly rules: PinRules;
  /** The former PINs, which may not be used again. */
  readonly history: readonly string[];
  /** What a storing comes to instead of `changed`. */
  readonly result?: PinChanged;
}

/** Changes of PINs without database and hashing: the port's contract over the real rules. Each call takes its time. */
export class InMemoryPinChanges implements PinChanges {
  readonly changes: ChangeRecord[] = [];
  readonly #rules: PinRules;
  readonly #history: string[];
  readonly #result: PinChanged | undefined;
  readonly #time: ServiceTime;

  constructor({ rules, history, result, ...time }: InMemoryPinChangesOptions) {
    this.#rules = rules;
    this.#history = [...history];
    this.#result = result;
    this.#time = new ServiceTime(time);
  }

  /** When the last call of it was or will be over, on the clock. */
  get busyUntil(): number {
    return this.#time.busyUntil;
  }

  /** The PINs that were stored, in order. */
  get stored(): readonly string[] {
    return this.changes.filter(({ result }) => result === 'changed').map(({ pin }) => pin);
  }

  async minimumLength(_session: SignInSession): Promise<number> {
    await this.#time.pass();
    return this.#rules.minPinLength;
  }

  async judge(_session: SignInSession, pin: string): Promise<PinRefusal | undefined> {
    await this.#time.pass();
    return this.#refusalOf(pin);
  }

  async change(session: SignInSession, pin: string, source: SignInSource): Promise<PinChanged> {
    const record: ChangeRecord = { pin, source, result: undefined };
    this.changes.push(record);
    await this.#time.pass();
    const result = this.#decide(session, pin);
    record.result = result.kind;
    return result;
  }

  #decide(session: SignInSession, pin: string): PinChanged {
    if (session instanceof MemorySession && session.endedBy !== undefined) return { kind: 'session-over' };
    if (this.#result !== undefined) return this.#result;
    const refusal = this.#refusalOf(pin);
    if (refusal !== undefined) return { kind: 'refused', refusal };
    this.#history.push(pin);
    return { kind: 'changed' };
  }

  #refusalOf(pin: string): PinRefusal | undefined {
    const refusal = refusePin(pin, this.#rules);
    if (refusal !== undefined) return refusal;
    return this.#history.includes(pin) ? { kind: 'used-before', lastPins: 5 } : undefined;
  }
}
