import type { OwnMailbox } from '../../../services/self-service.ts';
import type { OwnMailbox as Answer } from '../schemas/web.ts';
import { momentOf, momentOrNull } from './moment.ts';

/** A mailbox as its user sees it. */
export function ownMailboxAnswer({ mailbox, accessNumbers, pin, mail, ...state }: OwnMailbox): Answer {
  const { displayName, address, extensions, timeZone, clock } = mailbox;
  return {
    displayName,
    address,
    extensions: [...extensions],
    accessNumbers: [...accessNumbers],
    pin: { state: pin.state, setAt: momentOf(pin.setAt), expiresAt: momentOrNull(pin.expiresAt) },
    lockedOut: state.lockedOut,
    lockedUntil: momentOrNull(state.lockedUntil),
    failuresSinceSuccess: state.failuresSinceSuccess,
    lastSuccessAt: momentOrNull(state.lastSuccessAt),
    recentSignIns: state.recentSignIns.map(({ at, outcome, callingNumber = null }) => ({
      at: momentOf(at),
      outcome,
      callingNumber,
    })),
    timeZone,
    clock,
    mail: mail === undefined ? null : { status: mail.state, queuedAt: momentOf(mail.queuedAt) },
  };
}
