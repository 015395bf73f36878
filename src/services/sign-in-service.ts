import { randomUUID } from 'node:crypto';
import type { AttemptId, PinHash } from '../domain/credential.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import { describeFault } from '../domain/fault.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import { normaliseNumber } from '../domain/phone-number.ts';
import type { ServiceParts } from './parts.ts';
import type { SignInKey } from './ports/credential-store.ts';
import type { Decoys } from './ports/decoys.ts';
import { HashQueueFull } from './ports/hash-queue-full.ts';
import type { RecognisedCaller, SignIn, SignInSource, SignInVerdict } from './sign-in.ts';
import {
  type CheckedAttempt,
  decideAfterFault,
  decideRight,
  decideWrong,
  takeBackUnchecked,
} from './sign-in-decision.ts';
import { prepareDecoys } from './sign-in-decoys.ts';
import { type AttemptParts, type OpenedAttempt, openAttempt } from './sign-in-opening.ts';
import { OverloadAlarm, type OverloadCause } from './sign-in-overload.ts';
import { auditAttempt, logAttempt } from './sign-in-records.ts';
import { believedNumber } from './source-key.ts';
import { SourceGuard, type SourceLimits } from './source-limits.ts';
import { SprayAlarm, type SprayLimits } from './spray-alarm.ts';
import { Turns, TurnsFull } from './turns.ts';

export interface SignInOptions extends ServiceParts {
  readonly decoys: Decoys;
  readonly sourceLimits: SourceLimits;
  readonly sprayLimits: SprayLimits;
}

class TelephoneSignIn implements SignIn {
  readonly #parts: AttemptParts;
  readonly #decoys: Decoys;
  readonly #inUse: readonly PinHash[];
  readonly #turns = new Turns();
  readonly #overload: OverloadAlarm;
  readonly #underWay = new Set<AttemptId>();

  constructor({ decoys, sourceLimits, sprayLimits, ...parts }: SignInOptions, inUse: readonly PinHash[]) {
    this.#parts = {
      ...parts,
      guard: new SourceGuard(parts, sourceLimits),
      spray: new SprayAlarm(parts, sprayLimits),
      underWay: this.#underWay,
    };
    this.#decoys = decoys;
    this.#inUse = inUse;
    this.#overload = new OverloadAlarm(parts);
  }

  async recognise(dialPlan: DialPlanId, assertedNumber: string): Promise<RecognisedCaller | undefined> {
    const number = normaliseNumber(assertedNumber);
    if (number === undefined) return undefined;
    const mailbox = await this.#parts.database.mailboxes.byNumber(dialPlan, number);
    if (mailbox === undefined || !(await this.#maySignIn(mailbox))) return undefined;
    return { extension: mailbox.extensions[0] };
  }

  async attempt(dialPlan: DialPlanId, extension: string, pin: string, source: SignInSource): Promise<SignInVerdict> {
    // A source waits before its turn comes, so that it holds up nobody else who calls the mailbox.
    if (!(await this.#parts.guard.admit(source))) return this.#refuse(source);
    const key: SignInKey = {
      dialPlan,
      extension,
      assertedNumber: believedNumber(source),
      decoy: this.#decoys.for(dialPlan, extension),
    };
    try {
      return await this.#turns.run(JSON.stringify([dialPlan, extension]), () => this.#takeTurn(key, pin, source));
    } catch (error) {
      if (error instanceof TurnsFull) return this.#turnAwayUncounted('turns-full', source);
      throw error;
    }
  }

  async #takeTurn(key: SignInKey, pin: string, source: SignInSource): Promise<SignInVerdict> {
    const id = randomUUID() as string as AttemptId;
    this.#underWay.add(id);
    try {
      return await this.#tryPin(id, key, pin, source);
    } finally {
      this.#underWay.delete(id);
    }
  }

  async #tryPin(id: AttemptId, key: SignInKey, pin: string, source: SignInSource): Promise<SignInVerdict> {
    const opening = await openAttempt(this.#parts, id, key, source);
    switch (opening.kind) {
      case 'source-refused':
        return this.#refuse(source);
      case 'locked': {
        const { mailboxId } = opening.credential;
        logAttempt(this.#parts, { outcome: 'locked', source, mailboxId });
        return { kind: 'locked', opensByItself: opening.opensByItself };
      }
      case 'overloaded':
        return this.#turnAwayUncounted(opening.cause, source);
      case 'opened':
        return this.#decide(opening.attempt, pin, source);
    }
  }

  /**
   * Whatever goes wrong from here on, the attempt is not left undecided for the next one to wait for; and it stays
   * counted, unless its PIN could not be looked at because too many wait.
   */
  async #decide(attempt: OpenedAttempt, pin: string, source: SignInSource): Promise<SignInVerdict> {
    let isChecked = false;
    try {
      const { isRight, checked } = await this.#check(attempt, pin);
      isChecked = true;
      return await this.#judge({ ...attempt, source, checked }, pin, isRight);
    } catch (error) {
      const isTooMany = !isChecked && error instanceof HashQueueFull;
      const isClosed = await this.#close(isTooMany ? takeBackUnchecked : decideAfterFault, attempt, source);
      if (isTooMany && isClosed) return this.#turnAway('hashes-full');
      throw error;
    }
  }

  /** False when it could not be stored, and the attempt stays as it is. */
  async #close(close: typeof decideAfterFault, attempt: OpenedAttempt, source: SignInSource): Promise<boolean> {
    try {
      await close(this.#parts, attempt, source);
      return true;
    } catch (error) {
      this.#parts.log.error({ fault: describeFault(error) }, 'A sign-in stays undecided until its lease ends');
      return false;
    }
  }

  async #check({ credential }: OpenedAttempt, pin: string): Promise<{ isRight: boolean; checked: number }> {
    const { clock, hasher } = this.#parts;
    const began = clock.monotonic();
    const isRight = await hasher.matches(pin, credential.id, credential.pin, this.#inUse);
    return { isRight, checked: Math.round((clock.monotonic() - began) * 10) / 10 };
  }

  async #judge(attempt: CheckedAttempt, pin: string, isRight: boolean): Promise<SignInVerdict> {
    const { database } = this.#parts;
    const { credential, policy } = attempt;
    // A decoy is checked like any other, and no PIN is right for it.
    if (credential.mailboxId === undefined || policy === undefined) {
      return decideWrong(this.#parts, attempt, 'no-mailbox');
    }
    if (!isRight) return decideWrong(this.#parts, attempt, 'wrong-pin');
    const mailbox = await database.mailboxes.byId(credential.mailboxId);
    if (mailbox === undefined) return decideWrong(this.#parts, attempt, 'credential-changed');
    const rehashed = await this.#rehash(pin, attempt);
    return decideRight(this.#parts, attempt, { mailbox, policy, length: pin.length, rehashed });
  }

  /** A hash of the same PIN with today's parameters and key, where the stored one has older ones (SPEC §2). */
  async #rehash(pin: string, { credential }: OpenedAttempt): Promise<PinHash | undefined> {
    const { hasher, log } = this.#parts;
    if (!hasher.isOutdated(credential.pin)) return undefined;
    try {
      return await hasher.hash(pin, credential.id);
    } catch (error) {
      // A right PIN is right all the same; the next success makes up for it.
      log.warn({ fault: describeFault(error) }, 'A PIN could not be hashed anew');
      return undefined;
    }
  }

  async #refuse(source: SignInSource): Promise<SignInVerdict> {
    const { database, clock } = this.#parts;
    const facts = { outcome: 'source-refused', source, mailboxId: undefined } as const;
    await database.transact((stores) => auditAttempt(stores, this.#parts, clock.now(), facts));
    logAttempt(this.#parts, facts);
    return { kind: 'source-refused' };
  }

  /** Of an attempt that was never counted there is nothing to take back, and nothing is stored: the flood costs no writes. */
  #turnAwayUncounted(cause: OverloadCause, source: SignInSource): SignInVerdict {
    logAttempt(this.#parts, { outcome: 'not-checked', source, mailboxId: undefined });
    return this.#turnAway(cause);
  }

  #turnAway(cause: OverloadCause): SignInVerdict {
    this.#overload.note(cause);
    return { kind: 'overloaded' };
  }

  async #maySignIn(mailbox: Mailbox): Promise<boolean> {
    const policy = await this.#parts.database.policies.byId(mailbox.policyId);
    return mailbox.subscriberAccess && policy?.allowSubscriberAccess === true;
  }
}

/** Makes sign-in by telephone (SPEC §3) ready to be used. Throws when the database fails. */
export async function createSignIn(options: SignInOptions): Promise<SignIn> {
  return new TelephoneSignIn(options, await prepareDecoys(options));
}
