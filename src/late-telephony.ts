import type { LiveCalls } from './services/ports/live-calls.ts';
import type { Telephony, TelephonyFigures } from './telephony/telephony.ts';

const NOTHING_YET: TelephonyFigures = {
  signallingUp: false,
  draining: false,
  calls: 0,
  endpoints: 0,
  mediaServers: [],
  counts: { refused: {}, notAnswered: {}, answered: {}, causes: {} },
};

/** What HTTP sees of the telephone side, which comes after it: nothing is up, and there are no calls, until then. */
export class LateTelephony implements LiveCalls {
  #telephony: Telephony | undefined;

  attach(telephony: Telephony): void {
    this.#telephony = telephony;
  }

  figures(): TelephonyFigures {
    return this.#telephony?.figures() ?? NOTHING_YET;
  }

  list(): ReturnType<LiveCalls['list']> {
    return this.#telephony?.calls.list() ?? [];
  }

  hangUp(id: string): boolean {
    return this.#telephony?.calls.hangUp(id) ?? false;
  }
}
