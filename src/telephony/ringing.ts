import type { Cancel, Clock } from '../domain/clock.ts';
import { optionTags } from './option-tags.ts';
import type { SipRequest, SipResponse } from './srf.ts';

/** After how many milliseconds without an answer a caller hears that the call goes on: usually it is there before. */
const RING_AFTER = 200;

/**
 * Says 180 when setting up a call takes long, as it does while the directory is slow or a media server that has died is
 * found out: the caller's telephone then plays a ringing tone instead of silence. Nothing for a caller who requires reliable responses
 * (RFC 3262), for whom none is needed: drachtio-server 0.9.10 ends with a fault when a reliable one that its application
 * asked for has no PRACK by the time of the answer, or after 32 s, and anybody could withhold that PRACK.
 *
 * It stops by itself at a CANCEL and when a final response has been sent.
 *
 * @returns stops it for good. Harmless when repeated.
 */
export function ringLater(req: SipRequest, res: SipResponse, clock: Clock): Cancel {
  if (optionTags(req, 'Require').includes('100rel')) return () => undefined;
  const stop = clock.after(RING_AFTER, () => {
    if (!res.finalResponseSent) res.send(180);
  });
  req.once('cancel', stop);
  return stop;
}
