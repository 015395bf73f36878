import { randomInt } from 'node:crypto';
import type { Clock } from '../domain/clock.ts';
import type { PinHash } from '../domain/credential.ts';
import type { DialPlanId } from '../domain/dial-plan.ts';
import type { Log } from '../domain/log.ts';
import type { Mailbox } from '../domain/mailbox.ts';
import { normaliseNumber } from '../domain/phone-number.ts';
import { MAX_PIN_LENGTH } from '../domain/pin-policy.ts';
import { DECOY, type OpenedAttempt } from './ports/credential-store.ts';
import type { Database } from './ports/database.ts';
import type { PinHasher } from './ports/pin-hasher.ts';
import type { RecognisedCaller, SignedInMailbox, SignIn, SignInSource, SignInVerdict } from './sign-in.ts';

export interface SignInOptions {
  readonly database: Database;
  readonly hasher: PinHasher;
  readonly clock: Clock;
  readonly log: Log;
}

/** Why an attempt failed: for the log alone, for the caller hears no difference (SPEC §3.3). */
type FailureCause =
  /** No mailbox has the extension, or it may not sign in by phone; which of them, not even the statement says. */
  | 'no-mailbox'
  | 'wrong-pin'
  /** The PIN was right when the attempt was opened, and has been changed since. */
  | 'credential-changed';

const FAILED: SignInVerdict = { kind: 'failed' };

class TelephoneSignIn implements SignIn {
  readonly #database: Database;
  readonly #hasher: PinHasher;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #inUse: readonly PinHash[];

  constructor({ database, hasher, clock, log }: SignInOptions, inUse: readonly PinHash[]) {
    this.#database = database;
    this.#hasher = hasher;
    this.#clock = clock;
    this.#log = log;
    this.#inUse = inUse;
  }

  async recognise(dialPlan: DialPlanId, assertedNumber: string): Promise<RecognisedCaller | undefined> {
    const number = normaliseNumber(assertedNumber);
    if (number === undefined) return undefined;
    const mailbox = await this.#database.mailboxes.byNumber(dialPlan, number);
    if (mailbox === undefined || !(await this.#maySignIn(mailbox))) return undefined;
    return { extension: mailbox.extensions[0] };
  }

  async attempt(dialPlan: DialPlanId, extension: string, pin: string, source: SignInSource): Promise<SignInVerdict> {
    const at = this.#clock.now();
    const attempt = await this.#database.credentials.openAttempt(dialPlan, extension);
    const checkBegan = this.#clock.monotonic();
    const isRight = await this.#hasher.matches(pin, attempt.credentialId, attempt.pin, this.#inUse);
    const checked = Math.round((this.#clock.monotonic() - checkBegan) * 10) / 10;
    // The decoy is checked like any other, and no PIN is right for it.
    if (!isRight || attempt.mailboxId === undefined) {
      return this.#fail(attempt, at, source, checked, attempt.mailboxId === undefined ? 'no-mailbox' : 'wrong-pin');
    }
    const mailbox = await this.#database.mailboxes.byId(attempt.mailboxId);
    const rehashed = await this.#rehash(pin, attempt);
    if (mailbox === undefined || !(await this.#database.credentials.commitSuccess(attempt, at, rehashed))) {
      return this.#fail(attempt, at, source, checked, 'credential-changed');
    }
    this.#log.info(
      { event: 'sign-in', outcome: 'signed-in', callId: source.callId, mailbox: mailbox.id, checked },
      'A caller has signed in',
    );
    return { kind: 'signed-in', mailbox: signedIn(mailbox) };
  }

  /** @param checked how long the check of the PIN took, its turn in the queue included, in milliseconds. */
  async #fail(
    attempt: OpenedAttempt,
    at: number,
    { callId }: SignInSource,
    checked: number,
    cause: FailureCause,
  ): Promise<SignInVerdict> {
    await this.#database.credentials.commitFailure(attempt.credentialId, at);
    this.#log.info(
      { event: 'sign-in', outcome: 'failed', cause, callId, mailbox: attempt.mailboxId ?? null, checked },
      'A sign-in has failed',
    );
    return FAILED;
  }

  /** A hash of the same PIN with today's parameters and key, where the stored one has older ones (SPEC §2). */
  async #rehash(pin: string, { credentialId, pin: stored }: OpenedAttempt): Promise<PinHash | undefined> {
    return this.#hasher.isOutdated(stored) ? this.#hasher.hash(pin, credentialId) : undefined;
  }

  async #maySignIn(mailbox: Mailbox): Promise<boolean> {
    const policy = await this.#database.policies.byId(mailbox.policyId);
    return mailbox.subscriberAccess && policy?.allowSubscriberAccess === true;
  }
}

function signedIn({ id, displayName, extensions, language }: Mailbox): SignedInMailbox {
  return { id, displayName, extension: extensions[0], language };
}

/**
 * Gives the decoy a hash like those that mailboxes are given now, of a PIN that nobody knows: an unknown extension then
 * costs an attempt exactly what a wrong PIN costs. Mailboxes that have not been signed in to since the parameters were
 * changed still have hashes of another cost; that is made up for at each check, whichever hash it is against.
 */
async function prepareDecoy({ database, hasher }: SignInOptions): Promise<void> {
  const present = await database.credentials.decoy();
  if (present !== undefined && !hasher.isOutdated(present)) return;
  const pin = Array.from({ length: MAX_PIN_LENGTH }, () => randomInt(10)).join('');
  await database.credentials.putDecoy(await hasher.hash(pin, DECOY));
}

/** Makes sign-in by telephone (SPEC §3) ready to be used. Throws when the database fails. */
export async function createSignIn(options: SignInOptions): Promise<SignIn> {
  await prepareDecoy(options);
  return new TelephoneSignIn(options, await options.database.credentials.hashesOfEachCost());
}
