import type { Clock } from '../domain/clock.ts';
import { CAPABILITIES } from './refusal.ts';
import { type Settled, settle } from './settle.ts';
import type { SipDialog, SipRequest, SipResponse, Srf } from './srf.ts';

export interface AnswerOptions {
  readonly srf: Srf;
  readonly clock: Clock;
  /** Aborted when no word of what became of the 200 can come any more. */
  readonly signal: AbortSignal;
  /** Our session description. */
  readonly sdp: string;
  /** What the 200 says besides what every one says. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Called in the very turn in which the dialog comes to be: a BYE may be handled in the same one, and who listens
   * later would miss it.
   */
  readonly onDialog: (dialog: SipDialog) => void;
  /** Ends a dialog that came to be although the call has ended meanwhile. */
  readonly discard: (dialog: SipDialog) => void;
}

/** How long drachtio may take to say that the 200 was sent, in milliseconds. */
const DEADLINE = 5_000;

/**
 * Answers an INVITE with 200. drachtio-srf calls back for a CANCEL and again when the 200 is sent, without telling one
 * from the other; the first word counts here, and a dialog that comes behind it is discarded. Never rejects.
 */
export function answerInvite(
  req: SipRequest,
  res: SipResponse,
  { srf, clock, signal, sdp, headers, onDialog, discard }: AnswerOptions,
): Promise<Settled<SipDialog>> {
  let answered = false;
  const start = (): Promise<SipDialog> =>
    new Promise((resolve, reject) => {
      srf.createUAS(req, res, { localSdp: sdp, headers: { ...CAPABILITIES, ...headers } }, (error, dialog) => {
        if (answered) {
          if (dialog !== undefined) discard(dialog);
          return;
        }
        answered = true;
        if (dialog === undefined) {
          reject(error);
          return;
        }
        onDialog(dialog);
        resolve(dialog);
      });
    });
  return settle(start, { clock, deadline: DEADLINE, signal, late: discard });
}
