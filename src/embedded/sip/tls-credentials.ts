import type { Cancel, Clock } from '../clock.ts';
import { faultOf, type Log } from '../log.ts';
import { readTlsIdentity, TlsFileRefused, type TlsFiles, type TlsIdentity } from './tls-identity.ts';

/** What became of the files since the start. */
export interface TlsCredentialCounters {
  /** Times that new files were taken. */
  reloaded: number;
  /** Times that new files were kept out. */
  refused: number;
}

/** How often the files are looked at, in milliseconds. Their content is compared: links that are turned are noticed, too. */
const lookEvery = 10_000;
const day = 86_400_000;
/** So long before its end a certificate is warned of, once a day. */
const warnBefore = 21 * day;

/**
 * The certificate of this server, which follows its files: new ones are taken for new connections without a restart,
 * and files that cannot be used are kept out with a line in the log, while the old certificate stays.
 */
export class TlsCredentials {
  readonly counters: TlsCredentialCounters = { reloaded: 0, refused: 0 };
  readonly #files: TlsFiles;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #listeners = new Set<(identity: TlsIdentity) => void>();
  #current: TlsIdentity;
  #cancel: Cancel | undefined;
  /** Why the files could not be used when they were looked at last: half of a pair may have been written just then. */
  #doubt: string | undefined;
  #told: string | undefined;
  #warnedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(files: TlsFiles, clock: Clock, log: Log, current: TlsIdentity) {
    this.#files = files;
    this.#clock = clock;
    this.#log = log;
    this.#current = current;
    this.#warn();
    this.#schedule();
  }

  /** Reads the files. Rejects with a `TlsFileRefused` when they cannot be used. */
  static async open(files: TlsFiles, clock: Clock, log: Log): Promise<TlsCredentials> {
    return new TlsCredentials(files, clock, log, await readTlsIdentity(files, clock.now()));
  }

  get current(): TlsIdentity {
    return this.#current;
  }

  /** Calls back with each certificate that takes the place of the one before. */
  onChange(listener: (identity: TlsIdentity) => void): void {
    this.#listeners.add(listener);
  }

  /**
   * Reads the files at once; it never rejects. What cannot be used is told and counted, and told again only when the
   * reason is another.
   */
  async reload(): Promise<'changed' | 'unchanged' | 'refused'> {
    return this.#look(true);
  }

  /** Looks at the files no more. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#listeners.clear();
  }

  #schedule(): void {
    this.#cancel = this.#clock.after(lookEvery, () => {
      void this.#look(false).then(() => {
        if (!this.#closed) this.#schedule();
      });
    });
  }

  async #look(certain: boolean): Promise<'changed' | 'unchanged' | 'refused'> {
    this.#warn();
    try {
      const identity = await readTlsIdentity(this.#files, this.#clock.now());
      this.#doubt = undefined;
      this.#told = undefined;
      if (this.#closed || identity.digest === this.#current.digest) return 'unchanged';
      this.#take(identity);
      return 'changed';
    } catch (error) {
      this.#refuse(error, certain);
      return 'refused';
    }
  }

  #take(identity: TlsIdentity): void {
    this.#current = identity;
    this.#warnedAt = Number.NEGATIVE_INFINITY;
    for (const listener of this.#listeners) listener(identity);
    this.counters.reloaded++;
    this.#log.info({ expires: new Date(identity.expires).toISOString() }, 'A new TLS certificate is in use');
    this.#warn();
  }

  /** A certificate and its key are two files: what does not fit is told when it still does not at the next look. */
  #refuse(error: unknown, certain: boolean): void {
    const reason = error instanceof TlsFileRefused ? error.message : faultOf(error).message;
    const isSettled = certain || this.#doubt === reason;
    this.#doubt = reason;
    if (this.#closed || !isSettled || this.#told === reason) return;
    this.#told = reason;
    this.counters.refused++;
    this.#log.error({ reason }, 'The new TLS files cannot be used; the certificate that was read before stays in use');
  }

  #warn(): void {
    const now = this.#clock.now();
    const left = this.#current.expires - now;
    if (left > warnBefore || now - this.#warnedAt < day) return;
    this.#warnedAt = now;
    const expires = new Date(this.#current.expires).toISOString();
    if (left > 0) this.#log.warn({ expires, days: Math.floor(left / day) }, 'The TLS certificate expires soon');
    else this.#log.error({ expires }, 'The TLS certificate has expired');
  }
}
