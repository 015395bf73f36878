import type { PinStatus } from '../../../services/pin-administration.ts';
import type { PinStatus as PinStatusAnswer } from '../schemas/pins.ts';
import { momentOf, momentOrNull } from './moment.ts';

function lockAnswer({ reason, scope, since, opensAt }: NonNullable<PinStatus['lock']>): PinStatusAnswer['lock'] {
  return { reason, scope, since: momentOf(since), opensAt: momentOrNull(opensAt) };
}

function mailAnswer(mail: NonNullable<PinStatus['mail']>): PinStatusAnswer['mail'] {
  return {
    ...mail,
    queuedAt: momentOf(mail.queuedAt),
    settledAt: momentOrNull(mail.settledAt),
    lastError: mail.lastError ?? null,
  };
}

/** The state of a PIN as it is answered. */
export function pinStatusAnswer({ lock, mail, ...status }: PinStatus): PinStatusAnswer {
  return {
    ...status,
    lock: lock === undefined ? null : lockAnswer(lock),
    lastFailureAt: momentOrNull(status.lastFailureAt),
    lastSuccessAt: momentOrNull(status.lastSuccessAt),
    pinSetAt: momentOf(status.pinSetAt),
    mail: mail === undefined ? null : mailAnswer(mail),
  };
}
