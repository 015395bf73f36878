import type { PinHash } from '../domain/credential.ts';
import { changePin } from '../domain/lockout.ts';
import type { MailboxPolicy } from '../domain/mailbox-policy.ts';
import { MAILBOX_POLICY_RANGES } from '../domain/mailbox-policy-settings.ts';
import type { PinRefusal } from '../domain/pin-policy.ts';
import { audit } from './audit.ts';
import type { ServiceParts } from './parts.ts';
import type { PinChanged, PinChanges } from './pin-changes.ts';
import { judgePin } from './pin-choice.ts';
import { type PinMailbox, readPinMailbox } from './pin-mailbox.ts';
import { pinHistoryOf, pinRulesOf, storeNewPin } from './pin-replacement.ts';
import type { Stores } from './ports/database.ts';
import { PIN_LETTERS } from './ports/letter.ts';
import type { SignInSession, SignInSource } from './sign-in.ts';
import { callSource } from './sign-in-records.ts';

/** A PIN that is judged and hashed, and not stored yet. */
interface ChosenPin {
  readonly hash: PinHash;
  readonly policy: MailboxPolicy;
  /** The version of the credential that it was chosen under. */
  readonly version: number;
}

type Stored =
  /** The version that the session goes on under. */
  | { readonly kind: 'stored'; readonly version: number }
  | { readonly kind: 'session-over' }
  /** Somebody else has changed the credential at the same moment. */
  | { readonly kind: 'again' };

class TelephonePinChanges implements PinChanges {
  readonly #parts: ServiceParts;

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  async minimumLength(session: SignInSession): Promise<number> {
    const found = await readPinMailbox(this.#parts.database, session.mailbox.id);
    return found?.policy.minPinLength ?? MAILBOX_POLICY_RANGES.minPinLength.minimum;
  }

  async judge(session: SignInSession, pin: string): Promise<PinRefusal | undefined> {
    const found = await readPinMailbox(this.#parts.database, session.mailbox.id);
    // When the mailbox is gone, the session is over, and that is what storing the PIN answers.
    return found && this.#judge(found, pin);
  }

  async change(session: SignInSession, pin: string, source: SignInSource): Promise<PinChanged> {
    const { database, hasher, sessions } = this.#parts;
    // Asked before anything is waited for: whoever hangs up meanwhile closes the session, and the PIN is stored all the same.
    const version = sessions.versionOf(session);
    const found = version === undefined ? undefined : await readPinMailbox(database, session.mailbox.id);
    if (version === undefined || found?.credential.state.version !== version) return { kind: 'session-over' };
    const refusal = await this.#judge(found, pin);
    if (refusal !== undefined) return { kind: 'refused', refusal };
    const hash = await hasher.hash(pin, found.credential.id);
    return this.#store(session, { hash, policy: found.policy, version }, source);
  }

  #judge({ mailbox, policy, credential }: PinMailbox, pin: string): Promise<PinRefusal | undefined> {
    return judgePin(pin, pinRulesOf(mailbox, policy), pinHistoryOf(this.#parts, credential.id, policy));
  }

  async #store(session: SignInSession, chosen: ChosenPin, source: SignInSource): Promise<PinChanged> {
    const { database, sessions, log } = this.#parts;
    const mailboxId = session.mailbox.id;
    for (;;) {
      const stored = await database.transact((stores) => this.#storeOnce(stores, session, chosen, source));
      if (stored.kind === 'again') continue;
      if (stored.kind === 'session-over') return stored;
      sessions.renew(session, stored.version);
      sessions.end(mailboxId, 'pin-changed', session);
      log.info({ event: 'pin-change', callId: source.callId, mailbox: mailboxId }, 'A user has chosen another PIN');
      return { kind: 'changed' };
    }
  }

  /**
   * The credential is read in the transaction that changes it: somebody who calls all night could otherwise always come
   * between, while the PIN is hashed. As long as the version is the same, so are the PINs that it was compared with.
   */
  async #storeOnce(
    stores: Stores,
    { mailbox, changeCauses }: SignInSession,
    { hash, policy, version }: ChosenPin,
    source: SignInSource,
  ): Promise<Stored> {
    const now = this.#parts.clock.now();
    const read = await stores.credentials.byMailbox(mailbox.id);
    const state = read && changePin(read.state, version, now);
    if (read === undefined || state === undefined) return { kind: 'session-over' };
    if (!(await storeNewPin(stores, read, state, hash, policy, now))) return { kind: 'again' };
    // Its user knows the new PIN, and one that is still on its way by mail is no longer right.
    await stores.outbox.supersede(mailbox.id, PIN_LETTERS, now);
    await audit(stores, this.#parts.auditSealer, now, {
      action: 'pin-change',
      outcome: 'done',
      actor: { kind: 'user' },
      source: callSource(source),
      mailboxId: mailbox.id,
      // What the change was due for when the call signed in; it may be the second one of the call.
      reason: changeCauses.length === 0 ? 'wanted' : changeCauses.join(' '),
    });
    return { kind: 'stored', version: state.version };
  }
}

/** Makes the changes of PINs that users make by telephone (SPEC §3.9, §4). */
export function createPinChanges(parts: ServiceParts): PinChanges {
  return new TelephonePinChanges(parts);
}
