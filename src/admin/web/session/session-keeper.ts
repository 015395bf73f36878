import { SignedOut } from '../api/failure.ts';
import { type AdministratorSession, personOf, type UserSession } from './session.ts';

export type SessionState<S> =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'signed-out' }
  | { readonly kind: 'signed-in'; readonly session: S }
  /** It has run out. Requests wait until its person has signed in again, and what is on the page stays there. */
  | { readonly kind: 'run-out'; readonly session: S };

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: SignedOut) => void;
}

/** Knows whether somebody is signed in, and lets requests wait while its person signs in again. */
export class SessionKeeper<S extends AdministratorSession | UserSession> {
  #state: SessionState<S> = { kind: 'unknown' };
  #waiting: Waiting[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #startOver: () => void;

  /** @param startOver called when another person has signed in than the one whose work is on the page. */
  constructor(startOver: () => void) {
    this.#startOver = startOver;
  }

  readonly state = (): SessionState<S> => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  csrfToken(): string | undefined {
    return this.#state.kind === 'signed-in' ? this.#state.session.csrfToken : undefined;
  }

  /** Somebody has signed in, or is known to be. */
  begin(session: S): void {
    if (this.#state.kind === 'run-out' && personOf(this.#state.session) !== personOf(session)) {
      this.#startOver();
      return;
    }
    this.#become({ kind: 'signed-in', session });
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /** Nobody is signed in any more, on purpose; what waits is given up. */
  end(): void {
    this.#become({ kind: 'signed-out' });
    for (const { reject } of this.#waiting.splice(0)) reject(new SignedOut());
  }

  /** The session is not taken any more. */
  runOut(): void {
    if (this.#state.kind === 'signed-in') this.#become({ kind: 'run-out', session: this.#state.session });
  }

  /** Resolves when the same person is signed in again. Rejects with {@link SignedOut} when nobody is going to be. */
  signedInAgain(): Promise<void> {
    this.runOut();
    if (this.#state.kind !== 'run-out') return Promise.reject(new SignedOut());
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ resolve, reject });
    return promise;
  }

  #become(state: SessionState<S>): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
