import { type HeaderField, header, type SipMessage } from './sip-message.ts';
import type { Timers } from './timers.ts';

/** How a phone keeps a call alive (RFC 4028). */
export interface SessionOptions {
  /** The Session-Expires of the INVITE, in seconds; absent, the phone only says that it knows session timers. */
  readonly seconds?: number;
  /** How it refreshes when that is its work; `silent`: not at all. */
  readonly refresh: 'INVITE' | 'UPDATE' | 'silent';
}

/** The session timer of a call: what it says of it, and the refreshes in the middle of each interval. */
export class Session {
  readonly #options: SessionOptions;
  readonly #timers: Timers;
  readonly #refresh: (method: 'INVITE' | 'UPDATE') => void;
  #cancel: (() => void) | undefined;

  constructor(options: SessionOptions, timers: Timers, refresh: (method: 'INVITE' | 'UPDATE') => void) {
    this.#options = options;
    this.#timers = timers;
    this.#refresh = refresh;
  }

  /** The headers of the INVITE; with a `refresher` where it is known, those of a refresh. */
  headers(refresher?: 'uac'): readonly HeaderField[] {
    const { seconds } = this.#options;
    const supported = { name: 'Supported', value: 'timer' };
    if (seconds === undefined) return [supported];
    const value = refresher === undefined ? String(seconds) : `${seconds};refresher=${refresher}`;
    return [supported, { name: 'Session-Expires', value }];
  }

  /** Takes what a 2xx says: an interval that the phone is to keep alive, or none. */
  agreed(response: SipMessage): void {
    this.stop();
    const { refresh } = this.#options;
    const [seconds = '', ...params] = (header(response, 'session-expires') ?? '').split(';');
    const isOurs = params.some((param) => param.trim() === 'refresher=uac');
    if (refresh === 'silent' || !isOurs) return;
    this.#cancel = this.#timers.after((Number(seconds) * 1_000) / 2, () => this.#refresh(refresh));
  }

  stop(): void {
    this.#cancel?.();
  }
}
