import type { Call } from '../phone/call.ts';
import type { ServiceLogLine, ServiceProcess } from '../service-process.ts';

/** How long the service may take to log the end of a call that was hung up, in milliseconds. */
const LOGGED_WITHIN_MS = 5_000;

/** The calls that were made, and what the service must say of each: caller and service have to agree. */
export class CallBook {
  readonly #signedIn = new Map<string, boolean>();

  /** How many calls were entered. */
  get size(): number {
    return this.#signedIn.size;
  }

  /** Hangs up and enters the call; throws when it had ended before. */
  async hangUp(call: Call, facts: { readonly signedIn: boolean }): Promise<void> {
    const ending = await call.hangUp();
    if (ending.kind !== 'hung-up') throw new Error(`The call had ended before: ${ending.kind}.\n${call.describe()}`);
    this.#signedIn.set(call.callId, facts.signedIn);
  }

  /**
   * What the service logged of these calls, one line for each. Rejects when a line is missing, or one says that the
   * call came out differently.
   */
  async confirmedBy(service: ServiceProcess): Promise<readonly ServiceLogLine[]> {
    const isOurs = (line: ServiceLogLine): boolean =>
      line.msg === 'Call ended' && this.#signedIn.has(String(line.sipCallId));
    const lines = await service.linesThat('"Call ended"', this.size, isOurs, LOGGED_WITHIN_MS);
    if (lines.length > this.size) throw new Error(`Of ${this.size} calls the service logged ${lines.length} ends`);
    for (const line of lines) {
      const { sipCallId, outcome, cause, signedIn } = line;
      const agrees = signedIn === this.#signedIn.get(String(sipCallId));
      if (outcome !== 'ended' || cause !== 'caller-hung-up' || !agrees) {
        throw new Error(`The service logged another outcome than the caller's: ${JSON.stringify(line)}`);
      }
    }
    return lines;
  }
}
