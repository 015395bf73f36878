import { isKey, type Key } from '../domain/key.ts';

/** By which way a call's keys come. */
type KeyWay = 'media' | 'info';

/** How FreeSWITCH names keys that it found in the audio itself (`DTMF-Source`). */
const FOUND_IN_AUDIO = 'INBAND_AUDIO';

/**
 * Lets the keys of one call through by one way only, for a PBX may send each key twice (SPEC §3.2): telephone events
 * when both sides agreed on them, otherwise whichever of INFO and tones in the audio delivers a key first.
 */
export class KeySource {
  readonly #deliver: (key: Key) => void;
  #telephoneEvent = false;
  #way: KeyWay | undefined;

  /** @param deliver receives each key that counts, in order. */
  constructor(deliver: (key: Key) => void) {
    this.#deliver = deliver;
  }

  /**
   * Says what offer and answer agreed on, at the answer and again after each re-INVITE. A way that was found out by
   * its first key stays as long as telephone events are out of the question.
   */
  negotiated(telephoneEvent: boolean): void {
    if (telephoneEvent !== this.#telephoneEvent) this.#way = undefined;
    this.#telephoneEvent = telephoneEvent;
  }

  /** A key that the media server reports, with its `DTMF-Source`. What is no key is ignored. */
  fromMedia(digit: string | undefined, source: string | undefined): void {
    if (this.#telephoneEvent && source === FOUND_IN_AUDIO) return;
    this.#accept('media', digit?.toUpperCase());
  }

  /** A key out of an INFO request. */
  fromInfo(key: Key): void {
    if (this.#telephoneEvent) return;
    this.#accept('info', key);
  }

  #accept(way: KeyWay, digit: string | undefined): void {
    if (digit === undefined || !isKey(digit)) return;
    this.#way ??= way;
    if (this.#way === way) this.#deliver(digit);
  }
}
